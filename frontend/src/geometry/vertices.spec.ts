import type { MultiPolygon, Polygon, Position } from "geojson";
import { expect, test } from "vitest";
import { parted, rejoined } from "./vertices";

const ring = (x: number): Position[] => [
  [x, 0],
  [x + 1, 0],
  [x + 1, 1],
  [x, 0],
];
const holed: Polygon = { type: "Polygon", coordinates: [ring(0), ring(0.2)] };
const two: MultiPolygon = { type: "MultiPolygon", coordinates: [holed.coordinates, [ring(5)]] };

test("apart and together it is the same shape, holes in their own polygon", () => {
  for (const shape of [holed, two, { type: "Point" as const, coordinates: [1, 2] }])
    expect(rejoined(shape, parted(shape) ?? [])).toEqual(shape);
});
test("a ring stays closed when its first corner moves, and does not fall below three corners", () => {
  const [outer, hole] = parted(holed) as [Position[], Position[]];
  const moved = rejoined(holed, [[[9, 9], ...outer.slice(1)], hole]) as Polygon;
  expect(moved.coordinates[0]?.at(-1)).toEqual([9, 9]);
  expect(rejoined(holed, [outer.slice(1), hole])).toBeNull();
});
