/** A style in an officer's words as what MapLibre draws and a legend says: what is seen while choosing is what will be stored. */
import { cut, type Ramp } from "./ramps";

export type Mode = "simple" | "category" | "graduated";
export interface Styling {
  mode: Mode;
  color: string;
  field: string;
  ramp: Ramp;
  /** Where one class ends and the next begins, rising. */
  breaks: number[];
  kinds: { value: string | number | boolean; color: string }[];
}
export interface Shown {
  type: "fill" | "line" | "circle";
  filter: unknown[];
  paint: Record<string, unknown>;
}
export interface Row {
  label: string;
  color: string;
}

// Okabe and Ito's set without its black, in the server's order.
export const KINDS = ["#56b4e9", "#e69f00", "#009e73", "#f0e442", "#cc79a7", "#d55e00", "#0072b2"] as const;
export const OTHER = "#5f6b78";
export const NONE = "#4b5866";
export const PLAIN: Styling = { mode: "simple", color: "#33bbee", field: "", ramp: "viridis", breaks: [], kinds: [] };
export const FEWEST_CLASSES = 3;
export const MOST_CLASSES = 9;

const label = (value: string | number | boolean): string | number =>
  typeof value === "boolean" ? String(value) : value;

export function colorOf(style: Styling): unknown {
  if (style.mode === "category" && style.field && style.kinds.length) {
    const got = ["get", style.field];
    const read = typeof style.kinds[0]?.value === "boolean" ? ["to-string", got] : got;
    return ["match", read, ...style.kinds.flatMap((kind) => [label(kind.value), kind.color]), OTHER];
  }
  if (style.mode === "graduated" && style.field && style.breaks.length) {
    const [first, ...rest] = cut(style.ramp, style.breaks.length + 1);
    const steps = style.breaks.flatMap((bound, i) => [bound, rest[i]]);
    const got = ["get", style.field];
    return ["case", ["==", ["typeof", got], "number"], ["step", got, first, ...steps], NONE];
  }
  return style.color;
}

/** The parts that are drawn; a filter keeps each to its own kind of shape. */
export function drawn(style: Styling, geometry: string): Shown[] {
  const color = colorOf(style);
  const fill: Shown = {
    type: "fill",
    filter: ["==", ["geometry-type"], "Polygon"],
    paint: { "fill-color": color, "fill-opacity": style.mode === "simple" ? 0.18 : 0.7 },
  };
  const line: Shown = {
    type: "line",
    filter: ["!=", ["geometry-type"], "Point"],
    paint: { "line-color": color, "line-width": 1.4 },
  };
  const circle: Shown = {
    type: "circle",
    filter: ["==", ["geometry-type"], "Point"],
    paint: {
      "circle-radius": 4,
      "circle-color": color,
      "circle-stroke-color": "#0b1016",
      "circle-stroke-width": 1,
    },
  };
  if (geometry === "Geometry") return [fill, line, circle];
  if (geometry.includes("Point")) return [circle];
  return geometry.includes("Line") ? [line] : [fill, line];
}

/** The classes in words, the most at the top; `least` and `most` are the ends of what is there. */
export function classRows(style: Styling, least: number | null, most: number | null, locale: string): Row[] {
  const told = (value: number | null): string =>
    value === null ? "…" : value.toLocaleString(locale, { maximumSignificantDigits: 4 });
  const bounds = [least, ...style.breaks, most];
  return cut(style.ramp, style.breaks.length + 1)
    .map((color, i) => ({ color, label: `${told(bounds[i] ?? null)} – ${told(bounds[i + 1] ?? null)}` }))
    .reverse();
}

/** The style as the server takes it. */
export function asked(style: Styling): Record<string, unknown> {
  if (style.mode === "simple") return { mode: "simple", color: style.color };
  if (style.mode === "category") return { mode: "category", field: style.field, colors: style.kinds };
  // Bounds as they were shown: found anew they might differ from what was agreed to.
  return { mode: "graduated", field: style.field, ramp: style.ramp, method: "fixed", breaks: style.breaks };
}

/** Whether it can be stored, or what is missing. */
export function lacking(style: Styling): "field" | "classes" | "rising" | null {
  if (style.mode === "simple") return null;
  if (!style.field) return "field";
  if (style.mode === "category") return null;
  if (style.breaks.length + 1 < FEWEST_CLASSES) return "classes";
  return style.breaks.some((bound, i) => !Number.isFinite(bound) || (i > 0 && bound <= (style.breaks[i - 1] as number)))
    ? "rising"
    : null;
}
