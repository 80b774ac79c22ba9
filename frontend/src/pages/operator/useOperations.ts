/** Keeps what the page has read current: what each kind of event makes old. A new kind of event is a line in LIVE. */
import { useEffect } from "react";
import type { Change } from "../../api/types";
import { gathered } from "../../live/gathered";
import { closeStream, listen, openStream } from "../../live/stream";
import { client, seat } from "./desk";
import { type Units, useSession } from "./queries";

const GATHER_MS = 250;

interface Freshness {
  /** The event's layer and the beginning of its kind, where only some of them matter. */
  layer?: string;
  kind?: string;
  /** First words of the query keys that are asked again. */
  stale: readonly string[];
}
export const LIVE: readonly Freshness[] = [
  { layer: "incidents", kind: "incident.", stale: ["queue", "case", "candidates", "units", "alarms", "log"] },
  { layer: "incidents", kind: "unit.", stale: ["queue", "case", "candidates", "units", "alarms", "log"] },
  { layer: "incidents", kind: "alarm.", stale: ["alarms"] },
  { layer: "incidents", kind: "call.", stale: ["calls"] },
  { layer: "incidents", kind: "incident.called", stale: ["calls"] },
  { layer: "incidents", kind: "incident.", stale: ["opinions", "handover"] },
  { layer: "incidents", kind: "incident.exercise", stale: ["exercise", "exercises"] },
  // Who may not see the case hears only that something is gone from what they see: it may be a question to them.
  { layer: "incidents", kind: "gone", stale: ["opinions", "notices"] },
  { layer: "responders", stale: ["units", "alarms"] },
  { layer: "responders", kind: "roster.", stale: ["roster", "members"] },
  { layer: "responders", kind: "unit.", stale: ["holds", "readiness", "candidates"] },
  // Told to the agency that is asked and to nobody else: it sees neither the units of others nor what becomes of them.
  { layer: "", kind: "request.", stale: ["requests"] },
  { layer: "", kind: "speeds.", stale: ["calibration", "candidates", "readiness"] },
  { layer: "closures", stale: ["closures", "candidates", "readiness"] },
  { layer: "flood_zones", stale: ["flood", "candidates", "readiness"] },
  { kind: "layer.made", stale: ["layers"] },
  { kind: "layer.changed", stale: ["layers"] },
  { kind: "layer.dropped", stale: ["layers"] },
];
/** Applied at once and never asked again: they come many times a second. */
const APPLIED = "responder.moved";
/** What is no longer for this person: it is not told what happened, only that it is gone, so everything of its layer is asked again. */
const HIDDEN = "gone";

/** What an event makes old. */
export const madeStale = (change: Pick<Change, "layer" | "kind">): readonly string[] =>
  change.kind === APPLIED
    ? []
    : LIVE.filter(
        (one) =>
          (one.layer ?? change.layer) === change.layer &&
          (change.kind === HIDDEN || change.kind.startsWith(one.kind ?? "")),
      ).flatMap((one) => one.stale);

/** A unit moved: its new place at once, without asking; an older word than the one shown changes nothing. */
export function moved(was: Units | undefined, change: Change): Units | undefined {
  if (!was) return was;
  return {
    ...was,
    items: was.items.map((one) => {
      const feature = change.features.find((each) => Number(each.id) === one.id);
      if (feature?.geometry?.type !== "Point") return one;
      const position_at = String(feature.properties?.position_at ?? change.at);
      if (one.position_at && Date.parse(position_at) < Date.parse(one.position_at)) return one;
      const [lon, lat] = feature.geometry.coordinates as [number, number];
      return { ...one, lon, lat, position_at };
    }),
  };
}

/** Changes of one burst, applied to what the page holds: units move in place, the rest is asked for again, each key once. */
export function apply(changes: readonly Change[]): void {
  const positions = changes.filter((one) => one.layer === "responders");
  if (positions.length) client.setQueryData<Units>(["units"], (was) => positions.reduce<Units | undefined>(moved, was));
  for (const key of new Set(changes.flatMap(madeStale))) void client.invalidateQueries({ queryKey: [key] });
}

/** Who sits here, and the stream that keeps the page current; once a page. */
export function useOperations(): void {
  const session = useSession();
  const user = session?.user?.id;
  const known = session !== undefined;
  useEffect(() => seat(session), [session]);
  useEffect(() => {
    if (known) openStream();
    return closeStream;
  }, [user, known]);
  useEffect(() => {
    // Units may move many times a second: the lists hear of it a few times.
    const burst = gathered<Change>(apply, GATHER_MS);
    const deaf = listen({
      refetch: () =>
        void client.invalidateQueries({
          predicate: (query) => !["city", "session"].includes(String(query.queryKey[0])),
        }),
      change: burst.put,
    });
    return () => {
      deaf();
      burst.stop();
    };
  }, []);
}
