/** Ages and clock times as an operator reads them: 00:14, 1:02:03, 3d 04h. */
export function age(seconds: number): string {
  const s = Math.max(0, Math.floor(seconds));
  const two = (n: number): string => String(n).padStart(2, "0");
  if (s < 3600) return `${two(Math.floor(s / 60))}:${two(s % 60)}`;
  if (s < 86_400) return `${Math.floor(s / 3600)}:${two(Math.floor(s / 60) % 60)}:${two(s % 60)}`;
  return `${Math.floor(s / 86_400)}d ${two(Math.floor(s / 3600) % 24)}h`;
}

export function secondsSince(at: string, now_ms: number): number {
  return (now_ms - Date.parse(at)) / 1000;
}
/** The same in words that can be read aloud: 1 phút 14 giây. */
export function ageInWords(seconds: number, language: "vi" | "en"): string {
  const s = Math.max(0, Math.floor(seconds));
  const [hour, minute, second] = language === "vi" ? ["giờ", "phút", "giây"] : ["h", "min", "s"];
  if (s < 60) return `${s} ${second}`;
  if (s < 3600) return `${Math.floor(s / 60)} ${minute} ${s % 60} ${second}`;
  return `${Math.floor(s / 3600)} ${hour} ${Math.floor(s / 60) % 60} ${minute}`;
}
