/** Moments at which a layer changed, as the history slider needs them: in their order, where each tick stands, and which holds at a time. */
import type { Moment, Version } from "../../../api/edits";

/** Oldest first, each moment once. */
export function inOrder(items: readonly Moment[]): Moment[] {
  const byTime = new Map(items.map((one) => [Date.parse(one.at), one]));
  return [...byTime.entries()].sort(([one], [other]) => one - other).map(([, moment]) => moment);
}

/** Where each tick stands between 0 and 1. Ticks closer than `apart` are pushed on, so that each can be hit; their order stays. */
export function ticks(times_ms: readonly number[], apart: number): number[] {
  const first = times_ms[0];
  const last = times_ms.at(-1);
  if (first === undefined || last === undefined) return [];
  const span = last - first;
  const n = times_ms.length;
  const gap = n > 1 ? Math.min(apart, 1 / (n - 1)) : 0;
  const places: number[] = [];
  times_ms.forEach((time, i) => {
    const wanted = span ? (time - first) / span : 0;
    // Room is kept for those that follow.
    places.push(Math.max(i ? (places[i - 1] as number) + gap : 0, Math.min(wanted, 1 - (n - 1 - i) * gap)));
  });
  return places;
}

/** The moment that holds at a time: the last one not after it; -1 before all of them. */
export function holding(times_ms: readonly number[], at_ms: number): number {
  let found = -1;
  times_ms.forEach((time, i) => {
    if (time <= at_ms) found = i;
  });
  return found;
}

/** Everything that happened in it, for a list: created, changed, deleted. */
export const sizeOf = (moment: Moment): number => moment.created + moment.changed + moment.deleted;

/** Just before the first change: what stood until then. Where that change only made features, nothing stood. */
export function withBeginning(moments: readonly Moment[]): Moment[] {
  const [first] = moments;
  if (!first || first.changed + first.deleted === 0) return [...moments];
  const at = new Date(Date.parse(first.at) - 1).toISOString();
  return [
    { ...first, at, by: null, because: null, document: null, change_set: null, created: 0, changed: 0, deleted: 0 },
    ...moments,
  ];
}

/** Versions, the newest first, with the one that the oldest kept change found: it stands in no list of changes, and can be brought back. */
export function withFirst(versions: readonly Version[]): Version[] {
  const oldest = versions.at(-1);
  if (!oldest || oldest.op === "insert" || oldest.version <= 1) return [...versions];
  const at = new Date(Date.parse(oldest.at) - 1).toISOString();
  return [
    ...versions,
    { version: oldest.version - 1, at, by: null, because: null, op: "first", changed: null, geometry: null },
  ];
}

export const byWhom = (by: Moment["by"]): string =>
  typeof by === "string" ? by : (by?.name ?? by?.display_name ?? "");
