/** Closures that count now: rows of the past and of the future are in the tiles too, and no row changes when one begins or ends. */
import type { ExpressionSpecification, FilterSpecification, Map as MapLibreMap } from "maplibre-gl";
import { get } from "../api/client";
import { newest } from "../api/newest";
import { slugOf } from "./create";

const LOOK_MS = 15_000;
const ASK_MS = 60_000;

export interface Spell {
  id: number;
  properties: { starts_at: string; ends_at: string | null };
}
/** The ids of what has begun and has not ended. */
export const countingAt = (rows: readonly Spell[], now_ms: number): number[] =>
  rows
    .filter(
      ({ properties: { starts_at, ends_at } }) =>
        Date.parse(starts_at) <= now_ms && (ends_at === null || Date.parse(ends_at) > now_ms),
    )
    .map((one) => one.id);

/** A filter that keeps those, of what a layer's own filter keeps. */
export function only(ids: readonly number[], kept?: FilterSpecification): FilterSpecification {
  const counts: ExpressionSpecification = ["in", ["id"], ["literal", [...ids]]];
  return kept ? (["all", kept as ExpressionSpecification, counts] as ExpressionSpecification) : counts;
}

/**
 * Shows no closures of a map but those that count; `tell` gives it what is newest, and it asks by itself from time to time; `rest` shows none at
 * all, while another moment is looked at. Once a map: it takes the layers' filters as it finds them for their own.
 */
export function keepStanding(map: MapLibreMap): {
  tell: (rows: readonly Spell[]) => void;
  rest: (resting: boolean) => void;
  stop: () => void;
} {
  const own = new Map(
    map
      .getStyle()
      .layers.filter((one) => slugOf(one as { "source-layer"?: string; source?: unknown }) === "closures")
      .map((one) => [one.id, map.getFilter(one.id) || undefined]),
  );
  let rows: readonly Spell[] = [];
  let said = "";
  let resting = false;
  const look = (): void => {
    const ids = resting ? [] : countingAt(rows, Date.now());
    if (said === ids.join()) return;
    said = ids.join();
    for (const [id, kept] of own) if (map.getLayer(id)) map.setFilter(id, only(ids, kept));
  };
  const asked = newest();
  const tell = (known: readonly Spell[]): void => {
    asked.drop();
    rows = known;
    look();
  };
  const rest = (now: boolean): void => {
    resting = now;
    look();
  };
  const ask = (): void => void asked.ask(get<{ items: Spell[] }>("/api/closures"), ({ items }) => tell(items));
  ask();
  const timers = [setInterval(look, LOOK_MS), setInterval(ask, ASK_MS)];
  const stop = (): void => {
    asked.drop();
    timers.forEach(clearInterval);
  };
  map.once("remove", stop);
  return { tell, rest, stop };
}
