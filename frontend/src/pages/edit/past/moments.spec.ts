import { expect, test } from "vitest";
import type { Moment } from "../../../api/edits";
import { byWhom, holding, inOrder, sizeOf, ticks, withBeginning, withFirst } from "./moments";

const at = (at: string): Moment => ({
  at,
  by: null,
  because: "",
  document: "",
  change_set: null,
  created: 0,
  changed: 1,
  deleted: 0,
});

test("moments run from the oldest to the newest, whatever offset they are written with", () => {
  const found = inOrder([at("2026-03-01T07:00:00+07:00"), at("2026-02-01T00:00:00Z"), at("2026-03-01T00:00:00Z")]);

  expect(found.map((one) => one.at)).toEqual(["2026-02-01T00:00:00Z", "2026-03-01T00:00:00Z"]);
});

test("ticks stand where their time is, from end to end", () => {
  expect(ticks([0, 50, 100], 0.01)).toEqual([0, 0.5, 1]);
  expect(ticks([7], 0.01)).toEqual([0]);
  expect(ticks([], 0.01)).toEqual([]);
});

test("ticks of one busy minute are kept apart, in their order, and none leaves the scale", () => {
  const places = ticks([0, 998, 999, 1000], 0.1);

  expect(places.map((one) => Number(one.toFixed(3)))).toEqual([0, 0.8, 0.9, 1]);
});

test("more ticks than there is room for still fit", () => {
  const places = ticks(
    Array.from({ length: 50 }, () => 5),
    0.1,
  );

  expect(places.at(-1)).toBeLessThanOrEqual(1.000001);
  expect(new Set(places).size).toBe(50);
});

test("what holds at a time is the last change not after it", () => {
  expect([holding([10, 20], 5), holding([10, 20], 10), holding([10, 20], 15), holding([10, 20], 99)]).toEqual([
    -1, 0, 0, 1,
  ]);
});

test("what stood before the first change can be seen too, where anything stood", () => {
  const found = withBeginning([at("2026-03-01T00:00:00.000Z")]);

  expect(found.map((one) => one.at)).toEqual(["2026-02-28T23:59:59.999Z", "2026-03-01T00:00:00.000Z"]);
  expect(sizeOf(found[0] as Moment)).toBe(0);
  expect(withBeginning([{ ...at("2026-03-01T00:00:00Z"), created: 3, changed: 0 }])).toHaveLength(1);
  expect(withBeginning([])).toEqual([]);
});

test("the version that the first kept change found can be brought back as well", () => {
  const version = (n: number, op: string) =>
    ({ version: n, op, at: "2026-03-01T00:00:00.000Z", by: null, because: "", changed: null, geometry: null }) as const;

  expect(withFirst([version(3, "update"), version(2, "update")]).map((one) => one.version)).toEqual([3, 2, 1]);
  expect(withFirst([version(2, "update"), version(1, "insert")]).map((one) => one.version)).toEqual([2, 1]);
  expect(withFirst([])).toEqual([]);
});

test("who did it is a name, an object with one, or nobody", () => {
  expect([byWhom("psql"), byWhom({ name: "Lan" }), byWhom(null)]).toEqual(["psql", "Lan", ""]);
});
