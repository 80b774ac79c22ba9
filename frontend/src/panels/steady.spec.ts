import { expect, test } from "vitest";
import { steady } from "./steady";

const a = { id: 1 };
const b = { id: 2 };
const c = { id: 3 };
test("a held list keeps every row in its place, counts newcomers, and marks who left", () => {
  expect(steady([a, b], [c, b], true)).toEqual({
    rows: [
      { item: a, gone: true },
      { item: b, gone: false },
    ],
    waiting: 1,
  });
});
test("a list let go is the newest list", () => {
  expect(steady([a, b], [c, b], false)).toEqual({
    rows: [
      { item: c, gone: false },
      { item: b, gone: false },
    ],
    waiting: 0,
  });
});
