import { expect, test } from "vitest";
import { colorOf, hatchOf, LONG_S } from "./surface";

const ramp = [
  { seconds: 0, color: "#000000" },
  { seconds: 100, color: "#646464" },
  { seconds: 300, color: "#ff0000" },
];

test("colour flows between the steps and stays at the ends", () => {
  expect(colorOf(0, ramp)).toBe("#000000");
  expect(colorOf(50, ramp)).toBe("#323232");
  expect(colorOf(100, ramp)).toBe("#646464");
  expect(colorOf(9_999, ramp)).toBe("#ff0000");
});

test("a long wait, no way and outside are told without colour", () => {
  expect([LONG_S, LONG_S + 1, -1, -2].map(hatchOf)).toEqual(["none", "long", "no way", "outside"]);
});
