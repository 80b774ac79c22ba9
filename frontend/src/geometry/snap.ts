/** Where a pointer is caught: by a corner first, then by an edge, then by the right angle to the line being drawn; all within a reach in pixels. */
import type { Position } from "geojson";

export interface Pixel {
  x: number;
  y: number;
}
export interface Snap {
  at: Position;
  kind: "vertex" | "edge" | "angle";
}
interface Given {
  pointer: Pixel;
  /** Chains of corners, in degrees; a ring repeats its first corner at its end. */
  chains: readonly (readonly Position[])[];
  /** The line being drawn so far, in degrees; a right angle is taken from its last two corners. */
  drawn?: readonly Position[];
  reach_px: number;
  project: (at: Position) => Pixel;
  unproject: (spot: Pixel) => Position;
}

const away = (a: Pixel, b: Pixel): number => Math.hypot(a.x - b.x, a.y - b.y);

/** The foot of the pointer on a segment, and how far along it lies (0 to 1). */
function foot(a: Pixel, b: Pixel, p: Pixel): { spot: Pixel; share: number } {
  const [dx, dy] = [b.x - a.x, b.y - a.y];
  const length = dx * dx + dy * dy;
  const share = length ? Math.min(1, Math.max(0, ((p.x - a.x) * dx + (p.y - a.y) * dy) / length)) : 0;
  return { spot: { x: a.x + share * dx, y: a.y + share * dy }, share };
}

const between = (a: Position, b: Position, share: number): Position =>
  [0, 1].map((axis) => (a[axis] as number) + share * ((b[axis] as number) - (a[axis] as number)));

export function snap({ pointer, chains, drawn = [], reach_px, project, unproject }: Given): Snap | null {
  let corner: Position | null = null;
  let corner_px = reach_px;
  let edge: Position | null = null;
  let edge_px = reach_px;
  // Most corners of a city are far from the pointer: they are passed over in degrees, before anything is projected.
  const low = unproject({ x: pointer.x - reach_px, y: pointer.y + reach_px });
  const high = unproject({ x: pointer.x + reach_px, y: pointer.y - reach_px });
  const beside = (a: Position, b: Position): boolean =>
    [0, 1].some((axis) => {
      const [p, q] = [a[axis] as number, b[axis] as number];
      return Math.max(p, q) < (low[axis] as number) || Math.min(p, q) > (high[axis] as number);
    });
  for (const chain of chains)
    for (const [i, b] of chain.entries()) {
      const a = chain[i - 1] ?? b;
      if (beside(a, b)) continue;
      const [pa, pb] = [project(a), project(b)];
      for (const [at, spot] of [
        [a, pa],
        [b, pb],
      ] as const)
        if (away(spot, pointer) < corner_px) {
          corner = at;
          corner_px = away(spot, pointer);
        }
      if (a === b) continue;
      const { spot, share } = foot(pa, pb, pointer);
      if (away(spot, pointer) < edge_px) {
        edge = between(a, b, share);
        edge_px = away(spot, pointer);
      }
    }
  if (corner) return { at: corner, kind: "vertex" };
  if (edge) return { at: edge, kind: "edge" };
  return square(pointer, drawn.map(project), reach_px, unproject);
}

/** The right angle, or the straight line, that continues the last side. Web Mercator keeps angles: a right one on the screen is one on the ground. */
function square(pointer: Pixel, drawn: Pixel[], reach_px: number, unproject: (spot: Pixel) => Position): Snap | null {
  const [before, last] = drawn.slice(-2);
  if (!before || !last || away(last, pointer) < 2 * reach_px) return null;
  const length = away(before, last);
  if (!length) return null;
  const along = { x: (last.x - before.x) / length, y: (last.y - before.y) / length };
  for (const way of [along, { x: -along.y, y: along.x }]) {
    const reach = (pointer.x - last.x) * way.x + (pointer.y - last.y) * way.y;
    const spot = { x: last.x + reach * way.x, y: last.y + reach * way.y };
    if (away(spot, pointer) < reach_px) return { at: unproject(spot), kind: "angle" };
  }
  return null;
}
