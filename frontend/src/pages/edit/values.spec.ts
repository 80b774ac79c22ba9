import { expect, test } from "vitest";
import type { LayerField } from "../../api/types";
import { changedOnly, clashes, faultsOf, fromBox, toBox } from "./values";

const field = (type: string, more: Partial<LayerField> = {}): LayerField => ({
  name: "x",
  title: { vi: "X", en: "X" },
  type,
  unit: "",
  choices: null,
  editable: true,
  required: false,
  ...more,
});
test("a box means a typed value; a comma is a decimal point; a needed one may not be empty", () => {
  expect(fromBox("6,5", field("float"))).toEqual({ value: 6.5 });
  expect(fromBox("6.5", field("int"))).toHaveProperty("problem");
  expect(fromBox("sáu", field("float"))).toHaveProperty("problem");
  expect(fromBox(" ", field("float"))).toEqual({ value: null });
  expect(fromBox("", field("text", { required: true }))).toHaveProperty("problem");
  expect(fromBox("4", field("int", { choices: [{ value: 4, vi: "Cao", en: "High" }] }))).toEqual({ value: 4 });
  expect(toBox(null, field("text"))).toBe("");
});
test("only what differs travels, and nothing counts as empty text", () => {
  expect(changedOnly({ a: 1, b: null, c: "x" }, { a: 1, b: "", c: "y" })).toEqual({ c: "y" });
});
test("a side that alone changed an attribute keeps it; where both did, a person chooses", () => {
  const rows = clashes(["a", "b", "c", "d"], { a: 1, b: 1, c: 1, d: 1 }, { a: 2, c: 2 }, { a: 3, b: 2, c: 1, d: 1 });
  expect(rows.map((one) => [one.name, one.choice])).toEqual([
    ["a", null],
    ["b", "theirs"],
    ["c", "mine"],
  ]);
});
test("faults are found by attribute in both languages", () => {
  expect(faultsOf({ errors: [{ field: "width_m", vi: "phải lớn hơn 0", en: "must be more than 0" }] })).toEqual({
    width_m: { vi: "phải lớn hơn 0", en: "must be more than 0" },
  });
  expect(
    faultsOf({ code: "invalid_value", field: "name", detail: "Tên: bắt buộc.", detail_en: "Name: required." }),
  ).toEqual({
    name: { vi: "Tên: bắt buộc.", en: "Name: required." },
  });
  expect(faultsOf({ code: "out_of_extent", detail: "ngoài", detail_en: "out" })).toHaveProperty("geometry");
  expect(faultsOf({ fields: { name: "x" } }).name).toEqual({ vi: "x", en: "x" });
});
