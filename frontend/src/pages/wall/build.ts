/** Whether the server serves a newer page than the one on screen. */
export function scriptOf(html: string): string | null {
  return /<script[^>]+src="([^"]*\/wall-[^"]+\.js)"/.exec(html)?.[1] ?? null;
}

export async function newerBuild(): Promise<boolean> {
  const mine = scriptOf(document.documentElement.outerHTML);
  if (!mine) return false;
  const answer = await fetch(location.pathname, { cache: "no-store" });
  if (!answer.ok) return false;
  const theirs = scriptOf(await answer.text());
  return theirs !== null && theirs !== mine;
}
