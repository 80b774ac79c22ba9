import { expect, test } from "vitest";
import type { ChangeSetEdit, Issue } from "../../../api/edits";
import type { Layer } from "../../../api/types";
import { changeOf, nameOf, rowsOf, sideOf, stepped, touched, unanswered } from "./compare";

const field = (name: string) => ({ name, title: { vi: name, en: name } });
const PARCELS = { slug: "parcels", label: "number", fields: [field("number"), field("land_use")] } as unknown as Layer;
const SQUARE = {
  type: "Polygon" as const,
  coordinates: [
    [
      [0, 0],
      [1, 0],
      [1, 1],
      [0, 0],
    ],
  ],
};
const WIDER = {
  type: "Polygon" as const,
  coordinates: [
    [
      [0, 0],
      [2, 0],
      [1, 1],
      [0, 0],
    ],
  ],
};
const feature = (id: number, properties: Record<string, unknown>, geometry = SQUARE) =>
  ({ type: "Feature", id, properties, geometry }) as const;

const CHANGED: ChangeSetEdit = {
  item: 1,
  edit: { layer: "parcels", op: "update", fid: 47, version: 3 },
  before: feature(47, { number: "12/47", land_use: "LUC" }),
  after: feature(47, { number: "12/47", land_use: "ODT" }, WIDER),
  conflict: { clashes: ["land_use"] },
};
const MADE: ChangeSetEdit = {
  item: 2,
  edit: { layer: "parcels", op: "create" },
  before: null,
  after: feature(0, { number: "12/48", land_use: "ODT" }),
  conflict: null,
};
const GONE: ChangeSetEdit = {
  item: 3,
  edit: { layer: "roads", op: "delete", fid: 5, version: 1 },
  before: feature(5, { name: "Hẻm 4" }),
  after: null,
  conflict: null,
};

test("each field stands with what it was and will be, and what somebody else changed since is marked", () => {
  const rows = rowsOf(PARCELS, CHANGED);

  expect(rows.map((row) => row.name)).toEqual(["number", "land_use", "geometry"]);
  expect(rows.map((row) => row.changed)).toEqual([false, true, true]);
  expect(rows.map((row) => row.clash)).toEqual([false, true, false]);
});

test("a field that the layer does not name is still shown: nothing is approved unseen", () => {
  expect(rowsOf(undefined, GONE).map((row) => [row.name, row.changed])).toEqual([
    ["name", true],
    ["geometry", true],
  ]);
});

test("a name that the author may not see does not look as if it were erased", () => {
  const seen = { ...CHANGED, before: feature(47, { number: "12/47", land_use: "LUC", land_user_name: "Đỗ Ngọc An" }) };
  expect(rowsOf(PARCELS, seen).find((row) => row.name === "land_user_name")).toMatchObject({
    changed: false,
    after: "Đỗ Ngọc An",
  });
});

test("an edit is new, changed or gone", () => {
  expect([CHANGED, MADE, GONE].map(changeOf)).toEqual(["changed", "new", "gone"]);
  expect(changeOf({ ...MADE, edit: { layer: "parcels", op: "restore", fid: 9 } })).toBe("new");
});

test("each side of the swipe draws what stands on it", () => {
  const keys = (side: "before" | "after") =>
    sideOf([CHANGED, MADE, GONE], side).features.map((one) => one.properties?.key);

  expect(keys("before")).toEqual([1, 3]);
  expect(keys("after")).toEqual([1, 2]);
});

test("the standing features that are drawn by hand are those that edits touch", () => {
  expect([...touched([CHANGED, MADE, GONE])]).toEqual([
    ["parcels", [47]],
    ["roads", [5]],
  ]);
});

test("a feature is called by its label, else by its number", () => {
  expect([nameOf(PARCELS, CHANGED), nameOf(undefined, GONE), nameOf(undefined, { ...MADE, after: null })]).toEqual([
    "12/47",
    "#5",
    "+2",
  ]);
});

test("a blank is no reason, and an error is not answered by reasons", () => {
  const issues = [
    { key: "a", severity: "warning" },
    { key: "b", severity: "warning" },
    { key: "c", severity: "error" },
  ] as Issue[];
  expect(unanswered(issues, { a: "theo biên bản", b: " " }).map((one) => one.key)).toEqual(["b"]);
});

test("walking stops at both ends", () => {
  expect([stepped(0, -1, 3), stepped(0, 1, 3), stepped(2, 1, 3)]).toEqual([0, 1, 2]);
});
