import { expect, test } from "vitest";
import { cut, lightness, RAMPS, type Ramp } from "./ramps";

test.each(Object.keys(RAMPS) as Ramp[])("%s grows lighter at every step, in any number of classes", (ramp) => {
  for (const n of [3, 5, 9]) {
    const light = cut(ramp, n).map(lightness);
    for (let i = 1; i < n; i++) expect(light[i]).toBeGreaterThan((light[i - 1] as number) + 2);
  }
});

test("a cut leaves out what is as dark as the map, and ends at the ramp's own end", () => {
  expect(cut("viridis", 2)).toEqual([RAMPS.viridis[2], "#fde725"]);
  expect(cut("magma", 5)[0]).toBe("#51127c");
});

test("lightness knows black and white", () => {
  expect([lightness("#000000"), Math.round(lightness("#ffffff"))]).toEqual([0, 100]);
});
