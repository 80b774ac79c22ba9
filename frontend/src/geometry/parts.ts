/** A shape as the simple parts that a drawing tool can hold, and back: multi-parts are taken apart, holes are carried along. */
import type { Geometry, LineString, Point, Polygon, Position } from "geojson";

export type Simple = Point | LineString | Polygon;
// The drawing tool refuses more decimals than this; nine are a tenth of a millimetre.
const DECIMALS = 9;

const rounded = (at: Position): Position => at.slice(0, 2).map((one) => Number(one.toFixed(DECIMALS)));
const ring = (ring: Position[]): Position[] => ring.map(rounded);

/** The parts without their holes, or null for a kind that cannot be drawn. */
export function partsOf(geometry: Geometry): Simple[] | null {
  switch (geometry.type) {
    case "Point":
      return [{ type: "Point", coordinates: rounded(geometry.coordinates) }];
    case "MultiPoint":
      return geometry.coordinates.map((at) => ({ type: "Point", coordinates: rounded(at) }));
    case "LineString":
      return [{ type: "LineString", coordinates: ring(geometry.coordinates) }];
    case "MultiLineString":
      return geometry.coordinates.map((line) => ({ type: "LineString", coordinates: ring(line) }));
    case "Polygon":
      return [{ type: "Polygon", coordinates: [ring(geometry.coordinates[0] ?? [])] }];
    case "MultiPolygon":
      return geometry.coordinates.map((one) => ({ type: "Polygon", coordinates: [ring(one[0] ?? [])] }));
    default:
      return null;
  }
}

/** By how much the whole ring was moved, or null when its form changed. */
function movedBy(before: Position[], after: Position[]): Position | null {
  const [a, b] = [before[0], after[0]];
  if (!a || !b || before.length !== after.length) return null;
  const shift = [(b[0] as number) - (a[0] as number), (b[1] as number) - (a[1] as number)];
  const same = before.every((at, i) =>
    [0, 1].every(
      (axis) => Math.abs((after[i]?.[axis] as number) - (at[axis] as number) - (shift[axis] as number)) < 1e-7,
    ),
  );
  return same ? shift : null;
}

/** The holes of a part: moved with it when the whole part was moved, else where they were; whether they still fit, the server judges. */
function holes(before: Position[][], after: Position[]): Position[][] {
  const shift = movedBy(before[0] ?? [], after);
  return before
    .slice(1)
    .map((hole) =>
      shift
        ? hole.map((at) => [(at[0] as number) + (shift[0] as number), (at[1] as number) + (shift[1] as number)])
        : hole,
    );
}

/** The shape of `type` made of `parts`; holes come from `before`, the shape that was taken apart. */
export function assembled(type: string, parts: readonly Simple[], before: Geometry | null): Geometry | null {
  const olds: Position[][][] =
    before?.type === "Polygon" ? [before.coordinates] : before?.type === "MultiPolygon" ? before.coordinates : [];
  const polygons = parts.flatMap((one, i) =>
    one.type === "Polygon" ? [[one.coordinates[0] ?? [], ...holes(olds[i] ?? [], one.coordinates[0] ?? [])]] : [],
  );
  const lines = parts.flatMap((one) => (one.type === "LineString" ? [one.coordinates] : []));
  const points = parts.flatMap((one) => (one.type === "Point" ? [one.coordinates] : []));
  const multi = type.startsWith("Multi");
  if (polygons.length && (multi || polygons.length === 1))
    return multi
      ? { type: "MultiPolygon", coordinates: polygons }
      : { type: "Polygon", coordinates: polygons[0] as Position[][] };
  if (lines.length && (multi || lines.length === 1))
    return multi
      ? { type: "MultiLineString", coordinates: lines }
      : { type: "LineString", coordinates: lines[0] as Position[] };
  if (points.length && (multi || points.length === 1))
    return multi ? { type: "MultiPoint", coordinates: points } : { type: "Point", coordinates: points[0] as Position };
  return null;
}

/** Every corner of a shape, for snapping. */
export function corners(geometry: Geometry): Position[] {
  if (geometry.type === "GeometryCollection") return geometry.geometries.flatMap(corners);
  const found: Position[] = [];
  const walk = (value: unknown): void => {
    if (!Array.isArray(value)) return;
    if (typeof value[0] === "number") found.push(value as Position);
    else for (const one of value) walk(one);
  };
  walk(geometry.coordinates);
  return found;
}

/** The chains of corners that a shape's edges run along; a point is a chain of one. */
export function chainsOf(geometry: Geometry): Position[][] {
  switch (geometry.type) {
    case "Point":
      return [[geometry.coordinates]];
    case "MultiPoint":
      return geometry.coordinates.map((at) => [at]);
    case "LineString":
      return [geometry.coordinates];
    case "MultiLineString":
    case "Polygon":
      return geometry.coordinates;
    case "MultiPolygon":
      return geometry.coordinates.flat();
    case "GeometryCollection":
      return geometry.geometries.flatMap(chainsOf);
  }
}
