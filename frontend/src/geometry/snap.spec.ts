import type { Position } from "geojson";
import { expect, test } from "vitest";
import { type Pixel, snap } from "./snap";

// One degree is a hundred pixels, north is up.
const project = (at: Position): Pixel => ({ x: (at[0] as number) * 100, y: -(at[1] as number) * 100 });
const unproject = (spot: Pixel): Position => [spot.x / 100, -spot.y / 100];
const ring: Position[] = [
  [0, 0],
  [1, 0],
  [1, 1],
  [0, 1],
  [0, 0],
];
const at = (x: number, y: number, drawn: Position[] = []) =>
  snap({ pointer: { x, y: -y }, chains: [ring], drawn, reach_px: 10, project, unproject });

test("a corner comes before an edge, an edge before nothing, and far away nothing catches", () => {
  expect(at(104, 3)).toEqual({ at: [1, 0], kind: "vertex" });
  expect(at(50, 6)).toEqual({ at: [0.5, 0], kind: "edge" });
  expect(at(50, 30)).toBeNull();
  expect(at(111, 0)).toBeNull();
});
test("a corner is caught exactly as it stands, not as it was projected", () => {
  const exact: Position = [0.123456789, 5.987654321];
  const found = snap({ pointer: project(exact), chains: [[exact]], reach_px: 10, project, unproject });
  expect(found?.at).toBe(exact);
});
test("beside the line being drawn the right angle and the straight line catch, close to its end nothing does", () => {
  const drawn: Position[] = [
    [3, 3],
    [4, 3],
  ];
  expect(at(405, 350, drawn)?.at.map((one) => Number(one.toFixed(9)))).toEqual([4, 3.5]);
  expect(at(450, 296, drawn)?.at.map((one) => Number(one.toFixed(9)))).toEqual([4.5, 3]);
  expect(at(450, 350, drawn)).toBeNull();
  expect(at(404, 308, drawn)).toBeNull();
});
