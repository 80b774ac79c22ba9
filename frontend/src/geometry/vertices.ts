/** A shape as chains of corners that can be added to and taken from, and back; the corner that closes a ring is left out of its chain. */
import type { Geometry, Position } from "geojson";

export const closedRing = (shape: Geometry): boolean => shape.type === "Polygon" || shape.type === "MultiPolygon";
const opened = (ring: Position[]): Position[] => ring.slice(0, -1);
const closed = (chain: Position[]): Position[] => [...chain, chain[0] as Position];

/** The chains, holes among them, or null for a kind that has none. */
export function parted(shape: Geometry): Position[][] | null {
  switch (shape.type) {
    case "Point":
      return [[shape.coordinates]];
    case "MultiPoint":
      return shape.coordinates.map((at) => [at]);
    case "LineString":
      return [shape.coordinates];
    case "MultiLineString":
      return shape.coordinates;
    case "Polygon":
      return shape.coordinates.map(opened);
    case "MultiPolygon":
      return shape.coordinates.flat().map(opened);
    default:
      return null;
  }
}

/** The shape of the same kind with these chains; null where a chain is too short for it. */
export function rejoined(shape: Geometry, chains: Position[][]): Geometry | null {
  const least = closedRing(shape) ? 3 : shape.type.endsWith("LineString") ? 2 : 1;
  if (chains.some((one) => one.length < least)) return null;
  const [first] = chains;
  if (!first) return null;
  switch (shape.type) {
    case "Point":
      return { type: "Point", coordinates: first[0] as Position };
    case "MultiPoint":
      return { type: "MultiPoint", coordinates: chains.map((one) => one[0] as Position) };
    case "LineString":
      return { type: "LineString", coordinates: first };
    case "MultiLineString":
      return { type: "MultiLineString", coordinates: chains };
    case "Polygon":
      return { type: "Polygon", coordinates: chains.map(closed) };
    case "MultiPolygon": {
      let taken = 0;
      const coordinates = shape.coordinates.map((rings) => {
        taken += rings.length;
        return chains.slice(taken - rings.length, taken).map(closed);
      });
      return { type: "MultiPolygon", coordinates };
    }
    default:
      return null;
  }
}
