import { expect, test } from "vitest";
import { asked, classRows, colorOf, drawn, lacking, NONE, OTHER, PLAIN, type Styling } from "./drawn";

const GRADUATED: Styling = { ...PLAIN, mode: "graduated", field: "power_w", breaks: [50, 100], ramp: "viridis" };
const CATEGORY: Styling = {
  ...PLAIN,
  mode: "category",
  field: "state",
  kinds: [
    { value: "ok", color: "#56b4e9" },
    { value: "broken", color: "#e69f00" },
  ],
};

test("each kind of shape has its own parts", () => {
  expect(drawn(PLAIN, "MultiPolygon").map((one) => one.type)).toEqual(["fill", "line"]);
  expect(drawn(PLAIN, "LineString").map((one) => one.type)).toEqual(["line"]);
  expect(drawn(PLAIN, "Point").map((one) => one.type)).toEqual(["circle"]);
  expect(drawn(PLAIN, "Geometry").map((one) => one.type)).toEqual(["fill", "line", "circle"]);
});

test("a number without a value is not drawn as the least", () => {
  const color = colorOf(GRADUATED) as unknown[];
  expect([color[0], color.at(-1)]).toEqual(["case", NONE]);
  expect((color[2] as unknown[]).filter((one) => typeof one === "number")).toEqual([50, 100]);
});

test("values have their colours and what is new falls to another", () => {
  expect(colorOf(CATEGORY)).toEqual(["match", ["get", "state"], "ok", "#56b4e9", "broken", "#e69f00", OTHER]);
  const truth = { ...CATEGORY, kinds: [{ value: true, color: "#56b4e9" }] };
  expect(colorOf(truth)).toEqual(["match", ["to-string", ["get", "state"]], "true", "#56b4e9", OTHER]);
});

test("a style that is not finished is one colour, not an expression that the map refuses", () => {
  expect(colorOf({ ...GRADUATED, breaks: [] })).toBe(PLAIN.color);
  expect(colorOf({ ...CATEGORY, kinds: [] })).toBe(PLAIN.color);
});

test("the legend says the most at the top, and every bound once", () => {
  expect(classRows(GRADUATED, 10, 250, "en-GB").map((one) => one.label)).toEqual(["100 – 250", "50 – 100", "10 – 50"]);
});

test("what is stored are the bounds that were seen", () => {
  expect(asked(GRADUATED)).toEqual({
    mode: "graduated",
    field: "power_w",
    ramp: "viridis",
    method: "fixed",
    breaks: [50, 100],
  });
});

test("what is missing is named before it is sent", () => {
  expect(lacking(PLAIN)).toBeNull();
  expect(lacking({ ...GRADUATED, field: "" })).toBe("field");
  expect(lacking({ ...GRADUATED, breaks: [1] })).toBe("classes");
  expect(lacking({ ...GRADUATED, breaks: [2, 2] })).toBe("rising");
  expect(lacking({ ...GRADUATED, breaks: [1, Number.NaN] })).toBe("rising");
});
