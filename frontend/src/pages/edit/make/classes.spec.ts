import { expect, test } from "vitest";
import { breaks } from "./classes";

const HUNDRED = Array.from({ length: 101 }, (_, i) => i);

test("equal counts: each class holds as many", () => {
  // Two thirds lie above 1, a third above 3: a bound at the least would make an empty class.
  expect(breaks([1, 1, 1, 2, 3, 50, 100], 3, "quantile")).toEqual([3]);
  expect(breaks(HUNDRED, 4, "quantile")).toEqual([25, 50, 75]);
});

test("equal width: each class spans as much", () => {
  expect(breaks([0, 1, 2, 100], 4, "equal")).toEqual([25, 50, 75]);
});

test("bounds are figures that people can read", () => {
  expect(breaks([0.123456, 17.98765], 5, "equal").every((one) => String(one).length <= 4)).toBe(true);
});

test("one value makes one class, and none makes none", () => {
  expect(breaks([4, 4, 4], 5, "quantile")).toEqual([]);
  expect(breaks([], 5, "quantile")).toEqual([]);
});
