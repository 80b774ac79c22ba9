/** The display's token: taken from the address once, kept on the machine, used whenever the session has ended. */
import { ApiProblem, session, signIn } from "../../api/client";
import type { Session } from "../../api/types";

const KEPT = "nbioc.wall.token";

/** Moves `?token=` out of the address (it would show on the wall and in the history) into the machine's own store. */
export function keepToken(): void {
  const query = new URLSearchParams(location.search);
  const token = query.get("token");
  if (token === null) return;
  if (token) localStorage.setItem(KEPT, token);
  query.delete("token");
  history.replaceState(null, "", `${location.pathname}${query.size ? `?${query}` : ""}`);
}

export type Entry = { state: "in"; session: Session } | { state: "refused" } | { state: "asked" };

/** Who the display is; a kept token signs in again by itself. A network failure is thrown, to be tried again. */
export async function enter(): Promise<Entry> {
  const now = await session();
  if (now.authenticated) return { state: "in", session: now };
  const token = localStorage.getItem(KEPT);
  if (!token) return { state: "asked" };
  try {
    return { state: "in", session: await signIn({ token }) };
  } catch (error) {
    if (error instanceof ApiProblem && [401, 403].includes(error.body.status)) return { state: "refused" };
    throw error;
  }
}
