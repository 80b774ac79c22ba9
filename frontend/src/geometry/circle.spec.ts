import { expect, test } from "vitest";
import { circle } from "./circle";
import { distance_m } from "./distance";

test("every corner stands the radius away and the ring closes", () => {
  const ring = circle(105.82, 9.81, 150).coordinates[0] ?? [];
  expect(ring).toHaveLength(49);
  expect(ring[48]).toEqual(ring[0]);
  for (const [lon, lat] of ring)
    expect(Math.abs(distance_m([105.82, 9.81], [lon as number, lat as number]) - 150)).toBeLessThan(0.5);
});
