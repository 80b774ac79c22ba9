import { expect, test } from "vitest";
import type { LayerField } from "../api/types";
import { readable } from "./values";

const field = (more: Partial<LayerField>): LayerField => ({
  name: "x",
  title: { vi: "X", en: "X" },
  type: "text",
  unit: "",
  choices: null,
  editable: true,
  required: false,
  ...more,
});
test("choices speak words, numbers carry units, truth is yes or no, and nothing is a dash", () => {
  const kind = field({ choices: [{ value: "alley", vi: "Hẻm", en: "Alley" }] });
  expect([readable("alley", kind, "vi"), readable("alley", kind, "en")]).toEqual(["Hẻm", "Alley"]);
  expect(readable(1234.5, field({ type: "float", unit: "m" }), "vi")).toBe("1.234,5 m");
  expect(readable(false, field({ type: "bool" }), "vi")).toBe("Không");
  expect(readable(null, kind, "vi")).toBe("—");
  expect(readable("<b>x</b>", field({}), "vi")).toBe("<b>x</b>");
});
