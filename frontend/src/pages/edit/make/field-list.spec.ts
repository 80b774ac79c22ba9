import { expect, test } from "vitest";
import { asked, choicesOf, type Draft, faultOf, NEW_FIELD, nameOf, plainName } from "./field-list";

const field = (more: Partial<Draft>): Draft => ({ ...NEW_FIELD, ...more });

test("a name comes from the title without its marks", () => {
  expect(plainName("Độ cao (m) đường bờ", "field")).toBe("do_cao_m_duong_bo");
  expect(plainName("Ngã Bảy 2026", "layer")).toBe("nga_bay_2026");
  expect(plainName("2026", "layer")).toBe("layer_2026");
  expect(plainName("…", "field")).toBe("field");
});

test("names that every table of ours has are moved aside", () => {
  expect(nameOf(field({ vi: "Version" }))).toBe("source_version");
});

test("what is wrong with a field is found before it is sent", () => {
  const name = field({ vi: "Tên" });
  expect(faultOf(name, [name])).toBeNull();
  expect(faultOf(field({}), [])).toBe("title");
  expect(faultOf(field({ vi: "Tên", name: "Tên" }), [])).toBe("name");
  expect(faultOf(field({ vi: "Tên", name: "geom" }), [])).toBe("name");
  expect(faultOf(name, [name, field({ vi: "TÊN" })])).toBe("twice");
  expect(faultOf(field({ vi: "Số", type: "int", choices: "1\nhai" }), [])).toBe("choices");
});

test("a closed list has a value a line, with its words after an equals sign", () => {
  expect(choicesOf(field({ choices: "ODT = Đất ở đô thị\n LUC \n\n" }))).toEqual([
    { value: "ODT", vi: "Đất ở đô thị", en: "Đất ở đô thị" },
    { value: "LUC", vi: "LUC", en: "LUC" },
  ]);
  expect(choicesOf(field({ type: "float", choices: "1,5\n2" }))?.map((one) => one.value)).toEqual([1.5, 2]);
  expect(choicesOf(field({ choices: "a\na" }))).toBeNull();
  expect(choicesOf(field({ type: "date", choices: "2026-13-01" }))).toBeNull();
  expect(choicesOf(field({ type: "bool", choices: "có" }))).toBeUndefined();
});

test("what the server is asked for says nothing that was not said", () => {
  expect(asked(field({ vi: " Tên ", unit: "m" }))).toEqual({
    name: "ten",
    vi: "Tên",
    en: "Tên",
    type: "text",
    unit: "m",
    required: false,
    choices: null,
    see: null,
    edit: null,
  });
});
