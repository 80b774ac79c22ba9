import type { MultiPolygon, Polygon } from "geojson";
import { expect, test } from "vitest";
import { assembled, chainsOf, corners, partsOf } from "./parts";

const r = (value: number): number => Number(value.toFixed(9));
const square = (x: number, y: number, side: number): [number, number][] => [
  [x, y],
  [r(x + side), y],
  [r(x + side), r(y + side)],
  [x, r(y + side)],
  [x, y],
];
const holed: Polygon = { type: "Polygon", coordinates: [square(105.8, 9.8, 0.01), square(105.803, 9.803, 0.002)] };

test("taken apart and put together it is the same shape, holes and all", () => {
  const two: MultiPolygon = { type: "MultiPolygon", coordinates: [holed.coordinates, [square(105.9, 9.9, 0.01)]] };
  expect(assembled("MultiPolygon", partsOf(two) ?? [], two)).toEqual(two);
  expect(assembled("Point", partsOf({ type: "Point", coordinates: [105.8, 9.8] }) ?? [], null)).toEqual({
    type: "Point",
    coordinates: [105.8, 9.8],
  });
});
test("a part moved as a whole takes its holes along; a part whose form changed leaves them", () => {
  const moved = square(105.81, 9.8, 0.01);
  const whole = assembled("Polygon", [{ type: "Polygon", coordinates: [moved] }], holed) as Polygon;
  expect(whole.coordinates[1]?.[0]?.[0]).toBeCloseTo(105.813, 9);
  const bent = square(105.8, 9.8, 0.01);
  bent[1] = [105.815, 9.8];
  const kept = assembled("Polygon", [{ type: "Polygon", coordinates: [bent] }], holed) as Polygon;
  expect(kept.coordinates[1]).toEqual(holed.coordinates[1]);
});
test("one shape is not made of two parts, and a long number is rounded to what the tool takes", () => {
  const part = { type: "Polygon" as const, coordinates: [square(105.8, 9.8, 0.01)] };
  expect(assembled("Polygon", [part, part], null)).toBeNull();
  expect(partsOf({ type: "Point", coordinates: [105.8123456789, 9.8] })?.[0]?.coordinates).toEqual([
    105.812345679, 9.8,
  ]);
  expect(corners(holed)).toHaveLength(10);
});
test("edges run along chains: a hole is one of its own, a point is a chain without an edge", () => {
  expect(chainsOf(holed).map((one) => one.length)).toEqual([5, 5]);
  expect(chainsOf({ type: "Point", coordinates: [105.8, 9.8] })).toEqual([[[105.8, 9.8]]]);
});
