/** What calls for a person now, one line a case: alarms that nobody has taken, and new cases before their alarm is there; most urgent first. */
import type { Alarm, Incident, Words } from "../../../api/types";

export interface Calling {
  /** The case, or the alarm that is of none: one line each, however much calls for it. */
  key: string;
  /** The alarm that stands first; null for a new case that has none yet. */
  alarm: number | null;
  /** The alarm by which the whole line is taken; null where taking the case is all there is to take. */
  taken: number | null;
  incident: number | null;
  /** Nobody has taken the case itself. */
  unheard: boolean;
  severity: number;
  since: string;
  /** What is the matter; null for a new case. */
  words: Words | null;
  /** What else calls for the same case, each said once. */
  others: readonly Words[];
  category: string;
  place: string;
  unit: string;
  /** How often it went up because nobody took it. */
  level: number;
  urgency: number;
  /** Our own people are in danger. */
  help: boolean;
  /** What the line is made of: a new part, or one that went up, is heard and said again. */
  parts: readonly string[];
}
const SOUNDS_FROM = 4;
const UNHEARD = "case_unheard";
// A crew that calls for help stands before every case.
const HELP = "unit_help";

/** `every`: at night each new case calls, by day the high and the critical ones. Alarms always do. */
export function callings(open: readonly Incident[], alarms: readonly Alarm[], every: boolean): Calling[] {
  const called = alarms.filter((one) => !one.acknowledged_at && one.sounds).map(ofAlarm);
  const known = new Set(called.filter((one) => one.unheard).map((one) => one.key));
  const fresh = open
    .filter((one) => !one.acknowledged_at && one.status === "new" && (every || one.severity >= SOUNDS_FROM))
    .map(ofCase)
    .filter((one) => !known.has(one.key));
  return grouped([...called, ...fresh]).sort(
    (a, b) => Number(b.help) - Number(a.help) || b.severity - a.severity || within(a, b),
  );
}

/** The more urgent kind first, then the one that has waited longer. */
const within = (a: Calling, b: Calling): number => b.urgency - a.urgency || a.since.localeCompare(b.since);

/** One line a case: it says what is most urgent of it, and what else there is. */
function grouped(all: readonly Calling[]): Calling[] {
  const lines = new Map<string, Calling[]>();
  for (const one of all) lines.set(one.key, [...(lines.get(one.key) ?? []), one]);
  return [...lines.values()].map((line) => {
    const [first, ...rest] = line.sort((a, b) => Number(b.help) - Number(a.help) || within(a, b)) as [
      Calling,
      ...Calling[],
    ];
    const others = new Map(rest.flatMap((one) => (one.words ? [[one.words.vi, one.words] as const] : [])));
    others.delete(first.words?.vi ?? "");
    return {
      ...first,
      alarm: line.find((one) => one.alarm !== null)?.alarm ?? null,
      taken: line.find((one) => one.taken !== null)?.taken ?? null,
      unheard: line.some((one) => one.unheard),
      level: Math.max(...line.map((one) => one.level)),
      others: [...others.values()],
      parts: line.flatMap((one) => one.parts),
    };
  });
}

function ofAlarm(one: Alarm): Calling {
  const key = one.incident ? `case:${one.incident.id}` : `alarm:${one.id}`;
  const unheard = one.kind === UNHEARD && one.incident !== null;
  return {
    key,
    alarm: one.id,
    taken: unheard ? null : one.id,
    incident: one.incident?.id ?? null,
    unheard,
    // An alarm without a case (a unit that does not answer) is as grave as a high case.
    severity: one.incident?.severity ?? SOUNDS_FROM,
    since: one.raised_at,
    words: one.words,
    others: [],
    category: one.incident?.category ?? "",
    place: one.incident?.place_name || one.incident?.ward_name || "",
    unit: one.responder?.code ?? "",
    level: one.level,
    urgency: one.urgency,
    help: one.kind === HELP,
    // A new case and the alarm that nobody took it are the same, until it goes up.
    parts: [`${unheard ? key : `alarm:${one.id}`}/${one.level}`],
  };
}
const ofCase = (one: Incident): Calling => ({
  key: `case:${one.id}`,
  alarm: null,
  taken: null,
  incident: one.id,
  unheard: true,
  severity: one.severity,
  since: one.reported_at,
  words: null,
  others: [],
  category: one.category,
  place: one.place_name || one.road_name || one.ward_name || "",
  unit: "",
  level: 0,
  urgency: NEW,
  help: false,
  parts: [`case:${one.id}/0`],
});
// As urgent as the alarm that nobody took it.
const NEW = 3;

/** How grave the sound is: nothing while it is snoozed, unless something new has come since. */
export function loudest(
  calls: readonly Calling[],
  snoozed: ReadonlySet<string>,
  until_ms: number,
  now_ms: number,
): number {
  const heard = now_ms < until_ms ? calls.filter((one) => !one.parts.every((part) => snoozed.has(part))) : calls;
  return heard.reduce((most, one) => Math.max(most, one.severity), 0);
}
