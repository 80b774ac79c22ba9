import { expect, test } from "vitest";
import { distance_m } from "./distance";

test("one degree of latitude is 111.195 km and distance is symmetric", () => {
  expect(distance_m([105.8, 9], [105.8, 10])).toBeCloseTo(111_195.08, 1);
  expect(distance_m([105.8, 9.8], [105.9, 9.9])).toBe(distance_m([105.9, 9.9], [105.8, 9.8]));
});
