/** The lon/lat box around features: [west, south, east, north]; null around nothing. */
import type { FeatureCollection, Geometry, Position } from "geojson";

export type Bounds = [number, number, number, number];

export function bounds({ features }: Pick<FeatureCollection<Geometry | null>, "features">): Bounds | null {
  let box: Bounds | null = null;
  const take = (at: Position): void => {
    const [lon, lat] = at as [number, number];
    box = box
      ? [Math.min(box[0], lon), Math.min(box[1], lat), Math.max(box[2], lon), Math.max(box[3], lat)]
      : [lon, lat, lon, lat];
  };
  const walk = (part: unknown): void => {
    if (!Array.isArray(part)) return;
    if (typeof part[0] === "number") take(part as Position);
    else for (const one of part) walk(one);
  };
  const open = (shape: Geometry | null): void => {
    if (!shape) return;
    if (shape.type === "GeometryCollection") shape.geometries.forEach(open);
    else walk(shape.coordinates);
  };
  for (const { geometry } of features) open(geometry);
  return box;
}
