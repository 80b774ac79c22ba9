import { expect, test } from "vitest";
import type { ChangeSetEdit, Edit } from "../../api/edits";
import { byRecord, kept, steps } from "./steps";

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
