import { expect, test } from "vitest";
import type { ChangeSetEdit, Edit } from "../../api/edits";
import { byRecord, kept, steps, together } from "./steps";

const item = (number: number, edit: Partial<Edit>, record: unknown = null): ChangeSetEdit => ({
  item: number,
  edit: { layer: "parcels", op: "update", ...edit },
  record,
  before: null,
  after: null,
  conflict: null,
});
const one = item(1, { fid: 7, properties: { land_use: "ODT" } });
const folded = item(1, { fid: 7, properties: { status: "planned", land_use: "ODT" } });
const made = item(2, { op: "create", properties: { parcel_no: 12 } }, { kind: "tach_thua" });

test("an edit that was added is taken out again, and nothing else is touched", () => {
  expect(steps([one, made], kept([one]))).toEqual({ out: [2], put: [] });
});
test("an edit that was folded into another gives way to what stood before", () => {
  expect(steps([folded], kept([one]))).toEqual({ out: [1], put: kept([one]) });
});
test("what was taken out comes back with its deed; the order of names does not matter", () => {
  expect(steps([folded], kept([folded, made]))).toEqual({ out: [], put: kept([made]) });
  const turned = item(9, { fid: 7, properties: { land_use: "ODT", status: "planned" } });
  expect(steps([turned], kept([folded]))).toEqual({ out: [], put: [] });
});
test("two equal edits are two", () => {
  expect(steps([made], kept([made, { ...made, item: 3 }]))).toEqual({ out: [], put: kept([made]) });
});
test("the edits of one deed travel together", () => {
  expect(byRecord(kept([made, one, made])).map((group) => group.edits.length)).toEqual([2, 1]);
});

test("parts of a part that was split go with the whole family, and nothing else does", () => {
  const first = { kind: "tach_thua", deed: "a" };
  const then = { kind: "tach_thua", deed: "b" };
  const edits = [
    item(1, { op: "delete", fid: 7 }, first),
    item(2, { op: "create", parents: [7] }, first),
    item(3, { op: "create", parents: [7] }, then),
    item(4, { op: "create", parents: [7] }, then),
    item(5, { fid: 8 }, then),
    item(6, { fid: 9 }),
    item(7, { fid: 7, layer: "wards" }),
  ];
  expect(together(edits, 4)).toEqual([1, 2, 3, 4, 5]);
  expect(together(edits, 1)).toEqual([1, 2, 3, 4, 5]);
  expect(together(edits, 6)).toEqual([6]);
});
