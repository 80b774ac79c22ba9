/** The report that is being written, kept on this machine until it has arrived: a closed tab or a lost network loses nothing. */
import type { Spot } from "./intake";

export interface Draft {
  /** Sent again after a lost answer, it is the same case. */
  key: string;
  category: string;
  severity: number | null;
  channel: string;
  where: "spot" | "centre" | "none";
  spot: Spot | null;
  place_name: string;
  description: string;
  reporter_name: string;
  reporter_phone: string;
  accuracy: string;
  call: number | null;
  saved_ms: number;
}
const STORE = "report-draft";
// Older than a shift it is no longer what somebody is writing.
const KEPT_MS = 12 * 3_600_000;

/** What whoever sits here was writing, where there is anything worth keeping. */
export function readDraft(user: number, now_ms: number, store: Storage = localStorage): Draft | null {
  try {
    const kept = JSON.parse(store.getItem(`${STORE}:${user}`) ?? "null") as Draft | null;
    return kept && typeof kept.key === "string" && now_ms - kept.saved_ms < KEPT_MS ? kept : null;
  } catch {
    return null;
  }
}
export function keepDraft(user: number, draft: Draft, store: Storage = localStorage): void {
  try {
    store.setItem(`${STORE}:${user}`, JSON.stringify(draft));
  } catch {
    // A full or forbidden store: the form itself still holds it.
  }
}
export function dropDraft(user: number, store: Storage = localStorage): void {
  try {
    store.removeItem(`${STORE}:${user}`);
  } catch {
    // Nothing was kept there.
  }
}
/** Whether something was written that would be missed. */
export const isWorthKeeping = (one: Draft): boolean =>
  Boolean(one.place_name || one.description || one.reporter_name || one.reporter_phone || one.spot || one.call);
