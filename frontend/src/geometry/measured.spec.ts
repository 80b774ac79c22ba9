import type { Polygon, Position } from "geojson";
import { expect, test } from "vitest";
import { measured } from "./measured";
import { metres } from "./metres";
import golden from "./metres.golden.json";

const { toCity, toLonLat } = metres(golden.proj4);
const box = (x: number, y: number, side: number): Position[] =>
  [
    [x, y],
    [x + side, y],
    [x + side, y + side],
    [x, y + side],
    [x, y],
  ].map((at) => toLonLat(at as Position));

test("a parcel of twenty metres with a well of two is 396 square metres within a square centimetre", () => {
  const parcel: Polygon = { type: "Polygon", coordinates: [box(589_000, 1_084_000, 20), box(589_005, 1_084_005, 2)] };
  expect(measured(parcel, toCity).area_m2).toBeCloseTo(396, 2);
  expect(measured(parcel, toCity).length_m).toBeCloseTo(88, 3);
});
test("a line has a length and no area, a point neither", () => {
  const line = { type: "LineString" as const, coordinates: box(589_000, 1_084_000, 20).slice(0, 3) };
  expect(measured(line, toCity).length_m).toBeCloseTo(40, 3);
  expect(measured(line, toCity).area_m2).toBe(0);
  expect(measured({ type: "Point", coordinates: [105.8, 9.8] }, toCity)).toEqual({ length_m: 0, area_m2: 0 });
});
