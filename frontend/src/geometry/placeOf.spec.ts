import { expect, test } from "vitest";
import { placeOf } from "./placeOf";

test("half a place is none, and the place at zero is one", () => {
  expect(placeOf({ lon: 105.8, lat: null })).toBeNull();
  expect(placeOf(undefined)).toBeNull();
  expect(placeOf({ lon: 0, lat: 0 })).toEqual([0, 0]);
});
