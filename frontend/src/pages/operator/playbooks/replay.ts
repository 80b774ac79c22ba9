/** Where a replay stands at a moment: pure, so that it can be tested without a map. */
export type Fix = [at_s: number, lon: number, lat: number];
export interface ReplayUnit {
  assignment: number;
  code: string;
  requested_at: string;
  accepted_at: string | null;
  enroute_at: string | null;
  on_scene_at: string | null;
  cleared_at: string | null;
  ended_at: string | null;
  track: Fix[][];
}
export interface ReplayEntry {
  at: string;
  by: string | null;
  kind: string;
  status: string | null;
  note: string;
}

export interface Drawn {
  /** The parts of the track up to the moment; where the unit was silent nothing is drawn. */
  trail: [number, number][][];
  /** Where it was; null before its first position, and while it was silent. */
  place: [number, number] | null;
  /** Where it was last seen, while it is silent. */
  last: [number, number] | null;
  status: UnitStatus;
}
export type UnitStatus = "none" | "requested" | "accepted" | "enroute" | "on_scene" | "ended";

const MOMENTS: [UnitStatus, keyof ReplayUnit][] = [
  ["ended", "ended_at"],
  ["ended", "cleared_at"],
  ["on_scene", "on_scene_at"],
  ["enroute", "enroute_at"],
  ["accepted", "accepted_at"],
  ["requested", "requested_at"],
];

/** What the unit's status was: the furthest of its moments that had come. */
export function statusAt(unit: ReplayUnit, at_s: number): UnitStatus {
  for (const [status, name] of MOMENTS) {
    const moment = unit[name] as string | null;
    if (moment && Date.parse(moment) / 1000 <= at_s) return status;
  }
  return "none";
}

export function drawnAt(unit: ReplayUnit, at_s: number, gap_s: number): Drawn {
  const trail: [number, number][][] = [];
  let newest: Fix | null = null;
  let between: [number, number] | null = null;
  for (const part of unit.track) {
    const past = part.filter((fix) => fix[0] <= at_s);
    if (!past.length) break;
    newest = past[past.length - 1] as Fix;
    const line = past.map((fix): [number, number] => [fix[1], fix[2]]);
    // Between two positions of one part it moved from one to the other: only there may a place be thought up.
    const next = part[past.length];
    between = next ? along(newest, next, at_s) : null;
    if (between) line.push(between);
    trail.push(line);
  }
  const status = statusAt(unit, at_s);
  if (!newest) return { trail, place: null, last: null, status };
  const here: [number, number] = [newest[1], newest[2]];
  const silent = !between && at_s - newest[0] > gap_s;
  return { trail, place: silent || status === "ended" ? null : (between ?? here), last: silent ? here : null, status };
}

function along(from: Fix, to: Fix, at_s: number): [number, number] {
  const share = (at_s - from[0]) / (to[0] - from[0]);
  return [from[1] + (to[1] - from[1]) * share, from[2] + (to[2] - from[2]) * share];
}

/** A closure as it stood from one change of it until the next. */
export interface ReplayClosure {
  from: string;
  until: string | null;
  geometry: GeoJSON.Geometry | null;
  properties: { reason: string; factor: number; starts_at: string; ends_at: string | null };
}
/** The water from one moment on; null where no level counted. */
export interface ReplayLevel {
  from: string;
  level_cm: number | null;
  station: string;
}
/** How many units were at work from one moment on, by force. */
export interface ReplayForce {
  from: string;
  kinds: Record<string, number>;
}

const seconds = (moment: string): number => Date.parse(moment) / 1000;
export const isOn = (starts_at: string, ends_at: string | null, at_s: number): boolean =>
  seconds(starts_at) <= at_s && (ends_at === null || at_s < seconds(ends_at));

/** The closures as they stood at a moment: of each the version of then, where it counted then by what it said then. */
export const standingAt = (closures: readonly ReplayClosure[], at_s: number): ReplayClosure[] =>
  closures.filter(
    (one) => isOn(one.from, one.until, at_s) && isOn(one.properties.starts_at, one.properties.ends_at, at_s),
  );

/** The newest of what had begun by a moment. */
export const newestAt = <T extends { from: string }>(rows: readonly T[], at_s: number): T | undefined =>
  rows.filter((one) => seconds(one.from) <= at_s).at(-1);

/** The case's status at a moment, and what has been written by then, newest first. */
export function toldAt(entries: readonly ReplayEntry[], at_s: number): { status: string | null; past: ReplayEntry[] } {
  const past = entries.filter((one) => Date.parse(one.at) / 1000 <= at_s).reverse();
  return { status: past.find((one) => one.status)?.status ?? null, past };
}
