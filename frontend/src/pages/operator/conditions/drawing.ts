/** Drawing what is to be closed: each click a place; two of a street become the stretch between them, as the server snaps it. */
import type { Geometry } from "geojson";
import { get } from "../../../api/client";
import { desk } from "../desk";
import { putConditions, useConditions } from "./conditions";

interface Stretch {
  geometry: Geometry;
  distance_m: number;
}
type Place = [number, number];

/** The ring of an area from its corners; null below three. */
export const areaOf = (points: readonly Place[]): Geometry | null =>
  points.length < 3 ? null : { type: "Polygon", coordinates: [[...points, points[0] as Place]] };

export async function addPlace(place: Place): Promise<void> {
  const { tool, points } = useConditions.getState();
  if (tool === null) return;
  if (tool === "point") return putConditions({ points: [place], shape: { type: "Point", coordinates: place } });
  if (tool === "area") {
    const corners = [...points, place];
    return putConditions({ points: corners, shape: areaOf(corners) });
  }
  const [start] = points.length === 1 ? points : [];
  if (!start) return putConditions({ points: [place], shape: null, length_m: null });
  putConditions({ points: [start, place] });
  await snap(start, place);
}

/** By street, and where none is near, by canal. */
async function snap(start: Place, end: Place): Promise<void> {
  const ask = (medium: string): Promise<Stretch> =>
    get<Stretch>(`/api/network/stretch?from=${start.join()}&to=${end.join()}&medium=${medium}`);
  // Another place may be put down, or the tool away, before the answer is here: then nobody waits for this stretch.
  const { points } = useConditions.getState();
  const isWanted = (): boolean => useConditions.getState().points === points;
  try {
    const found = await nearer(ask);
    if (isWanted()) putConditions({ shape: found.geometry, length_m: found.distance_m });
  } catch (error) {
    if (!isWanted()) return;
    putConditions({ points: [] });
    desk().tell(error);
  }
}
interface Snapped extends Stretch {
  snapped_m?: number[];
}
async function nearer(ask: (medium: string) => Promise<Snapped>): Promise<Snapped> {
  const answers = await Promise.allSettled([ask("street"), ask("canal")]);
  const found = answers.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
  const off = (one: Snapped): number => (one.snapped_m ?? []).reduce((sum, metres) => sum + metres, 0);
  const best = found.sort((one, other) => off(one) - off(other))[0];
  if (best) return best;
  throw (answers[0] as PromiseRejectedResult).reason;
}
