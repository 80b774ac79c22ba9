import { expect, test } from "vitest";
import { lightened, lightStyle } from "./light";

test("dark becomes light, light becomes dark, the hue stays, and twice is back", () => {
  expect(lightened("#000")).toBe("#ffffff");
  expect(lightened("#10161d")).toBe("#e2e8ef");
  expect(lightened(lightened("#a98c52"))).toBe("#a98c52");
});
test("colours inside expressions turn too, words do not", () => {
  const style = lightStyle({
    version: 8,
    sources: {},
    layers: [
      { id: "a", type: "background", paint: { "background-color": ["match", ["get", "x"], "dad", "#000000", "#fff"] } },
    ],
  } as never);
  expect(JSON.stringify(style)).toContain('["match",["get","x"],"dad","#ffffff","#000000"]');
});
