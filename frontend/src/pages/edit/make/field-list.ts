/** The list of fields of a layer that is being made: names from titles, and what is wrong before anything is sent. */
import type { Words } from "../../../api/types";

export const TYPES = ["text", "int", "float", "bool", "date", "datetime", "list", "json"] as const;
export type FieldType = (typeof TYPES)[number];
export interface Draft {
  /** Null while the name follows the title. */
  name: string | null;
  vi: string;
  en: string;
  type: FieldType;
  unit: string;
  required: boolean;
  /** One value a line. */
  choices: string;
  see: string;
  edit: string;
  /** Already in the table: its name and type stay. */
  standing: boolean;
}
export const NEW_FIELD: Draft = {
  name: null,
  vi: "",
  en: "",
  type: "text",
  unit: "",
  required: false,
  choices: "",
  see: "",
  edit: "",
  standing: false,
};
/** Types whose values may be a closed list. */
export const CHOOSABLE: ReadonlySet<FieldType> = new Set(["text", "int", "float", "date"]);
const NAME = /^[a-z][a-z0-9_]{0,59}$/;
const KEPT = new Set(["id", "fid", "geom", "version"]);

/** A name from any words: no accents, lower case, words joined by one underscore. */
export function plainName(text: string, fallback: string): string {
  const plain = text
    .toLowerCase()
    .replaceAll("đ", "d")
    .normalize("NFD")
    .replace(/\p{M}/gu, "")
    .replace(/[^a-z0-9]+/g, "_")
    .slice(0, 50)
    .replace(/^_+|_+$/g, "");
  if (!plain) return fallback;
  return /^[a-z]/.test(plain) ? plain : `${fallback}_${plain}`;
}

/** The name that a field will have. A kept name is not refused but moved aside, as imports do. */
export function nameOf(field: Draft): string {
  if (field.name !== null) return field.name;
  const plain = plainName(field.vi, "field");
  return KEPT.has(plain) ? `source_${plain}` : plain;
}

export type Fault = "title" | "name" | "twice" | "choices";
export function faultOf(field: Draft, all: readonly Draft[]): Fault | null {
  const name = nameOf(field);
  if (!field.vi.trim()) return "title";
  if (!NAME.test(name) || KEPT.has(name)) return "name";
  if (all.filter((one) => nameOf(one) === name).length > 1) return "twice";
  return choicesOf(field) === null ? "choices" : null;
}

/** The closed list as the server takes it; undefined where there is none, null where a line does not fit the type. */
export function choicesOf(field: Draft): ({ value: string | number } & Words)[] | undefined | null {
  const lines = field.choices.split("\n").flatMap((one) => one.trim() || []);
  if (!lines.length || !CHOOSABLE.has(field.type)) return undefined;
  const read = lines.map((line) => {
    // "ODT = Đất ở đô thị" names a value; a bare line is its own name.
    const [value = "", words = ""] = line.split("=").map((one) => one.trim());
    const number = Number(value.replace(",", "."));
    const typed = field.type === "int" || field.type === "float" ? number : value;
    const sound =
      field.type === "int"
        ? Number.isSafeInteger(number)
        : field.type === "float"
          ? Number.isFinite(number)
          : field.type === "date"
            ? /^\d{4}-\d\d-\d\d$/.test(value) && !Number.isNaN(Date.parse(value))
            : value !== "";
    return sound ? { value: typed, vi: words || value, en: words || value } : null;
  });
  const values = read.map((one) => one?.value);
  if (read.includes(null) || new Set(values).size < values.length) return null;
  return read as ({ value: string | number } & Words)[];
}

export function asked(field: Draft): Record<string, unknown> {
  return {
    name: nameOf(field),
    vi: field.vi.trim(),
    en: field.en.trim() || field.vi.trim(),
    type: field.type,
    unit: field.unit.trim(),
    required: field.required,
    choices: choicesOf(field) ?? null,
    see: field.see || null,
    edit: field.edit || null,
  };
}
