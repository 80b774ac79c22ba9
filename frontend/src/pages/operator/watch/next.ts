/** The next best thing to do: one pure answer from what the page knows, with the key that does it. */
import type { Candidates, Incident, IncidentDetail } from "../../../api/types";
import type { Key } from "../../../language/messages";
import { secondsSince } from "../../../panels/age";
import type { Calling } from "./callings";

export type NextKind =
  | "confirm"
  | "pin"
  | "verify"
  | "arm"
  | "nobody"
  | "unanswered"
  | "calling"
  | "take"
  | "unplaced"
  | "quiet";
export interface Next {
  kind: NextKind;
  /** The key that does it, as the key table writes it; empty where only hands can. */
  key: string;
  words: Key;
  incident: number | null;
}
export interface Situation {
  open: readonly Incident[];
  item: IncidentDetail | undefined;
  candidates: Candidates | undefined;
  callings: readonly Calling[];
  selected: number | null;
  armed: number | null;
  /** Somebody is on their way out to the case in hand: the seconds in which that can still be taken back. */
  sending: boolean;
  now_ms: number;
  may: (permission: string) => boolean;
}

export const UNCERTAIN_M = 100;
export const ANSWER_S = 60;
const HEARD = ["new", "verifying", "reopened"];
const UNANSWERED = ["requested", "assigned"];

/** The place is so uncertain that nobody is sent before a person has looked at it. */
export const isUncertain = (one: Pick<Incident, "accuracy_m">): boolean =>
  one.accuracy_m !== null && one.accuracy_m > UNCERTAIN_M;

/** Nobody has verified it, or nobody has been sent. */
export const waits = (one: Incident): boolean =>
  HEARD.includes(one.status) || (one.status === "verified" && one.process === "immediate");
/** The gravest case that waits, the oldest of them first. */
export const gravest = (open: readonly Incident[]): Incident | undefined =>
  open.filter(waits).sort((a, b) => b.severity - a.severity || a.reported_at.localeCompare(b.reported_at))[0];

export function nextBest(now: Situation): Next {
  const { selected, armed, item } = now;
  if (armed !== null && armed === selected) return { kind: "confirm", key: "enter", words: "confirm", incident: armed };
  const worst = gravest(now.open);
  const inHand = item && withCase(item, now);
  // The case in hand goes on, unless a graver one waits.
  if (inHand && (!worst || worst.id === item.id || worst.severity <= item.severity)) return inHand;
  const overdue = now.callings.find((one) => one.alarm !== null && one.incident !== selected);
  if (overdue && (!worst || overdue.severity >= worst.severity))
    return { kind: "calling", key: "a", words: "nextCalling", incident: overdue.incident };
  if (worst && worst.id !== selected) return { kind: "take", key: "g", words: "keyTake", incident: worst.id };
  if (inHand) return inHand;
  const lost = now.open.find((one) => one.lon === null && one.id !== selected);
  if (lost) return { kind: "unplaced", key: "x", words: "nextUnplaced", incident: lost.id };
  return { kind: "quiet", key: "", words: "nextQuiet", incident: null };
}

/** What the case in hand asks for; nothing where others are at work on it. */
function withCase(item: IncidentDetail, { candidates, sending, now_ms, may }: Situation): Next | undefined {
  const of = (kind: NextKind, key: string, words: Key): Next => ({ kind, key, words, incident: item.id });
  if (item.lon === null) return of("unplaced", "x", "nextUnplaced");
  if (HEARD.includes(item.status)) return item.allowed.includes("verify") ? of("verify", "v", "verify") : undefined;
  if (sending || !item.allowed.includes("dispatch") || !may("dispatch_units")) return undefined;
  const standing = item.assignments.filter((one) => !one.cleared_at && !["declined", "cancelled"].includes(one.status));
  const silent = standing.filter(
    (one) => UNANSWERED.includes(one.status) && secondsSince(one.requested_at, now_ms) > ANSWER_S,
  );
  if (standing.length > silent.length || item.process !== "immediate") return undefined;
  if (isUncertain(item)) return of("pin", "p", "nextPin");
  if (candidates && !candidates.candidates.length) return of("nobody", "", "noUnits");
  return silent.length ? of("unanswered", "d", "nextUnanswered") : of("arm", "d", "dispatch");
}
