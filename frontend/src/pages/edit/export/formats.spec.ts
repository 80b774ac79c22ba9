import { expect, test } from "vitest";
import { FORMATS, named } from "./formats";

test("a file says what it holds, when it was taken and how it is written", () => {
  expect(named("parcels", "shp.zip", new Date(2026, 0, 9))).toBe("parcels-20260109.shp.zip");
});

test("no format is offered twice", () => {
  expect(new Set(FORMATS.map(([one]) => one)).size).toBe(FORMATS.length);
});
