import { expect, test } from "vitest";
import { better } from "./better";

const first = { lon: 105.815, lat: 9.8165, accuracy_m: 50 };

test("the first fix is sent, the same one again is not", () => {
  expect(better(first, null)).toBe(true);
  expect(better(first, first)).toBe(false);
});
test("a much surer one and one that is elsewhere are sent, a slightly surer one is not", () => {
  expect(better({ ...first, accuracy_m: 20 }, first)).toBe(true);
  expect(better({ ...first, accuracy_m: 45 }, first)).toBe(false);
  expect(better({ ...first, lon: 105.817 }, first)).toBe(true);
});
