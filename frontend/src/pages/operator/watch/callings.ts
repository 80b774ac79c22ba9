/** What calls for a person now: alarms that nobody has taken, and new cases before their alarm is there; gravest first. */
import type { Alarm, Incident, Words } from "../../../api/types";

export interface Calling {
  /** The same for a case and for the alarm that says that nobody took it, so that it is said once. */
  key: string;
  alarm: number | null;
  incident: number | null;
  severity: number;
  since: string;
  /** What is the matter; null for a new case. */
  words: Words | null;
  category: string;
  place: string;
  unit: string;
  /** How often it went up because nobody took it. */
  level: number;
  /** Our own people are in danger. */
  help: boolean;
}
const SOUNDS_FROM = 4;
const UNHEARD = "case_unheard";
// A crew that calls for help stands before every case.
const HELP = "unit_help";

/** `every`: at night each new case calls, by day the high and the critical ones. Alarms always do. */
export function callings(open: readonly Incident[], alarms: readonly Alarm[], every: boolean): Calling[] {
  const called = alarms.filter((one) => !one.acknowledged_at && one.sounds).map(ofAlarm);
  const known = new Set(called.map((one) => one.key));
  const fresh = open
    .filter((one) => !one.acknowledged_at && one.status === "new" && (every || one.severity >= SOUNDS_FROM))
    .map(ofCase)
    .filter((one) => !known.has(one.key));
  return [...called, ...fresh].sort(
    (a, b) => Number(b.help) - Number(a.help) || b.severity - a.severity || a.since.localeCompare(b.since),
  );
}

const ofAlarm = (one: Alarm): Calling => ({
  key: one.kind === UNHEARD && one.incident ? `case:${one.incident.id}` : `alarm:${one.id}`,
  alarm: one.id,
  incident: one.incident?.id ?? null,
  // An alarm without a case (a unit that does not answer) is as grave as a high case.
  severity: one.incident?.severity ?? SOUNDS_FROM,
  since: one.raised_at,
  words: one.words,
  category: one.incident?.category ?? "",
  place: one.incident?.place_name || one.incident?.ward_name || "",
  unit: one.responder?.code ?? "",
  level: one.level,
  help: one.kind === HELP,
});
const ofCase = (one: Incident): Calling => ({
  key: `case:${one.id}`,
  alarm: null,
  incident: one.id,
  severity: one.severity,
  since: one.reported_at,
  words: null,
  category: one.category,
  place: one.place_name || one.road_name || one.ward_name || "",
  unit: "",
  level: 0,
  help: false,
});

/** How grave the sound is: nothing while it is snoozed, unless something new has come since. */
export function loudest(
  calls: readonly Calling[],
  snoozed: ReadonlySet<string>,
  until_ms: number,
  now_ms: number,
): number {
  const heard = now_ms < until_ms ? calls.filter((one) => !snoozed.has(one.key)) : calls;
  return heard.reduce((most, one) => Math.max(most, one.severity), 0);
}
