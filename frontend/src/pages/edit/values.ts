/** Attributes between the feature and the form: text in boxes, typed values on the wire, and who changed what. */
import type { LayerField, Words } from "../../api/types";

export type Values = Record<string, unknown>;
export type Problems = Record<string, Words>;

const NOT_A_NUMBER: Words = { vi: "cần một số", en: "must be a number" };
const NOT_WHOLE: Words = { vi: "cần một số nguyên", en: "must be a whole number" };
const NOT_JSON: Words = { vi: "không phải JSON", en: "is not JSON" };
const NEEDED: Words = { vi: "bắt buộc", en: "is required" };

/** Whether a person fills the field: what may be edited, and on a new row what is asked once and never changes afterwards. */
export const fillable = (field: LayerField, isNew: boolean): boolean => field.editable || (isNew && field.required);

/** A value as the text of its box; a truth stays a truth. */
export function toBox(value: unknown, field: LayerField): string | boolean {
  if (field.type === "bool") return value === true;
  if (value === null || value === undefined) return "";
  if (Array.isArray(value)) return value.join(", ");
  if (field.type === "datetime") return local(String(value));
  if (field.type === "json") return JSON.stringify(value);
  return String(value);
}

/** What the box means: its value, or what is wrong with it in both languages. A comma is a decimal point. */
export function fromBox(box: string | boolean, field: LayerField): { value: unknown } | { problem: Words } {
  if (typeof box === "boolean") return { value: box };
  const text = box.trim();
  // What never changes afterwards the server may know by itself (a ward by the place): it says so if it doesn't.
  if (!text)
    return field.required && field.editable ? { problem: NEEDED } : { value: field.type === "text" ? "" : null };
  const choice = field.choices?.find((one) => String(one.value) === text);
  if (choice) return { value: choice.value };
  if (field.type === "int" || field.type === "float") {
    const number = Number(text.replace(/\s/g, "").replace(",", "."));
    if (!Number.isFinite(number)) return { problem: NOT_A_NUMBER };
    if (field.type === "int" && !Number.isInteger(number)) return { problem: NOT_WHOLE };
    return { value: number };
  }
  if (field.type === "list")
    return {
      value: text
        .split(",")
        .map((one) => one.trim())
        .filter(Boolean),
    };
  if (field.type === "datetime") return { value: new Date(text).toISOString() };
  if (field.type === "json")
    try {
      return { value: JSON.parse(text) };
    } catch {
      return { problem: NOT_JSON };
    }
  return { value: text };
}

/** A moment as a date-and-time box wants it: the local clock, to the minute. */
function local(at: string): string {
  const moment = new Date(at);
  return Number.isNaN(moment.getTime())
    ? ""
    : new Date(moment.getTime() - moment.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

export const same = (a: unknown, b: unknown): boolean =>
  JSON.stringify(a ?? null) === JSON.stringify(b ?? null) || ((a ?? "") === "" && (b ?? "") === "");

/** Only what differs travels: an untouched attribute of an old copy must not undo somebody's newer one. */
export const changedOnly = (before: Values, after: Values): Values =>
  Object.fromEntries(Object.entries(after).filter(([name, value]) => !same(before[name], value)));

export interface Clash {
  name: string;
  base: unknown;
  mine: unknown;
  theirs: unknown;
  /** What to keep unless the person says otherwise; null where both changed it and a person must choose. */
  choice: "mine" | "theirs" | null;
}

/** The attributes that somebody changed since the base, and which side changed them. */
export function clashes(names: readonly string[], base: Values, mine: Values, theirs: Values): Clash[] {
  return names.flatMap((name): Clash[] => {
    const own = name in mine ? mine[name] : base[name];
    const [byMe, byThem] = [!same(own, base[name]), !same(theirs[name], base[name])];
    if (!byMe && !byThem) return [];
    const choice = byMe && byThem && !same(own, theirs[name]) ? null : byMe ? "mine" : "theirs";
    return [{ name, base: base[name], mine: own, theirs: theirs[name], choice }];
  });
}

const SHAPE_CODES = new Set([
  "non_finite",
  "out_of_extent",
  "type_not_allowed",
  "empty",
  "too_many_vertices",
  "invalid_geometry",
  "malformed_geometry",
  "outside_wards",
]);

/** A problem's faults by attribute, whichever of the usual shapes it names them in. */
export function faultsOf(body: Record<string, unknown>): Problems {
  const found: Problems = {};
  const put = (name: unknown, one: Record<string, unknown>): void => {
    if (typeof name !== "string") return;
    const vi = String(one.vi ?? one.detail ?? one.message ?? "");
    found[name] = { vi, en: String(one.en ?? one.detail_en ?? vi) };
  };
  const listed = body.errors ?? body.problems ?? body.faults;
  if (Array.isArray(listed))
    for (const one of listed as Record<string, unknown>[]) put(one.field ?? one.name ?? one.property, one);
  const fields = body.fields;
  if (fields && typeof fields === "object" && !Array.isArray(fields))
    for (const [name, one] of Object.entries(fields))
      put(name, one && typeof one === "object" ? (one as Record<string, unknown>) : { vi: String(one) });
  if (typeof body.code === "string" && SHAPE_CODES.has(body.code))
    put("geometry", { vi: body.detail ?? body.title, en: body.detail_en ?? body.title_en });
  if (typeof body.field === "string")
    put(body.field, { vi: body.detail ?? body.title, en: body.detail_en ?? body.title_en });
  return found;
}
