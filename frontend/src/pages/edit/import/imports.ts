/** An import as the server tells it, and what its page works out from that: where it stands, what it waits for, what is remembered. */
import type { ProblemBody } from "../../../api/client";
import type { Change, ImportStatus, Issue, Landing, RowProblem } from "../../../api/edits";
import type { Words } from "../../../api/types";
import type { Key } from "../../../language/messages";

export interface EncodingChoice {
  name: string;
  /** Some of the file's text as this reading gives it. */
  samples: string[];
  /** The share of words that are Vietnamese syllables in this reading. */
  sound?: number;
}
export interface LayerChoice {
  name: string;
  features?: number | null;
  geometry?: string | null;
}
export interface FieldChoice {
  /** The attribute in the file. */
  name: string;
  type?: string;
  samples?: string[];
  /** The field of the layer that it seems to be; null for none. */
  to?: string | null;
}
/** What is asked, and in words why the file does not say. */
export type Ask = (
  | { what: "crs"; choices: Landing[] }
  | { what: "encoding"; choices: EncodingChoice[] }
  | { what: "layer"; choices: LayerChoice[] }
  /** `targets` are the coordinates that a table's columns may hold; without them columns go to the layer's fields. */
  | { what: "fields"; choices: FieldChoice[]; lacking?: string[]; targets?: string[] }
  | { what: "key"; choices: string[] }
) &
  Partial<Words>;
export interface Report {
  counts: Record<Change | "left_out", number>;
  problems: RowProblem[];
  issues?: Issue[];
  issues_count?: number;
  /** Where the file's features lie: west, south, east, north in degrees. */
  bounds?: [number, number, number, number] | null;
  crs?: number | null;
  crs_name?: string;
  encoding?: string | null;
  matched?: Record<string, string>;
  unmatched?: string[];
}
export interface Import {
  id: number | string;
  file: string;
  status: ImportStatus;
  step: string;
  done: number;
  total: number;
  asks: Ask[];
  report: Report | null;
  change_set: number | null;
  layer: string | null;
  problem: ProblemBody | null;
}

/** The stages that a person sees, in their order. */
export const STAGES = ["file", "reading", "asking", "report", "done"] as const;
export type Stage = (typeof STAGES)[number];
const STAGE_OF: Record<ImportStatus, Stage> = {
  queued: "reading",
  reading: "reading",
  asking: "asking",
  ready: "report",
  writing: "done",
  done: "done",
  failed: "report",
  cancelled: "file",
};
export const stageOf = (status: ImportStatus | null): Stage => (status ? STAGE_OF[status] : "file");

const MOVING: ReadonlySet<ImportStatus> = new Set(["queued", "reading", "writing"]);
/** Whether it goes on by itself, so that asking again makes sense. */
export const isMoving = (status: ImportStatus): boolean => MOVING.has(status);

/** Between 0 and 1, or null where nobody knows how much there is. */
export const shareOf = ({ done, total }: Pick<Import, "done" | "total">): number | null =>
  total > 0 ? Math.min(1, done / total) : null;

/** The next wait grows while nothing changes: a long import is not asked every blink. */
export const nextWait_ms = (unchanged: number): number => Math.min(5000, 500 * 1.5 ** unchanged);

const OVER: ReadonlySet<ImportStatus> = new Set(["done", "failed", "cancelled"]);
export const isOver = (status: ImportStatus): boolean => OVER.has(status);

/** Rows for a spreadsheet. What begins like a formula is disarmed: the words come from a stranger's file. */
export function problemsCsv(
  problems: readonly RowProblem[],
  heads: readonly string[],
  why: (one: RowProblem) => string,
): string {
  const cell = (value: unknown): string => {
    const text = String(value ?? "");
    const safe = /^[=+\-@\t\r]/.test(text) && Number.isNaN(Number(text)) ? `'${text}` : text;
    return /[",\n;]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
  };
  const rows = problems.map((one) => [one.feature, one.code, why(one), one.lonlat?.[0], one.lonlat?.[1]]);
  return `\ufeff${[heads, ...rows].map((row) => row.map(cell).join(",")).join("\r\n")}\r\n`;
}

const CODE_WORDS: Record<string, Key> = {
  non_finite: "rowNonFinite",
  out_of_extent: "rowOutside",
  type_not_allowed: "rowWrongKind",
  empty: "rowEmpty",
  too_many_vertices: "rowTooMany",
  invalid_geometry: "rowInvalid",
  malformed_geometry: "rowMalformed",
  bad_value: "rowBadValue",
  duplicate_key: "rowDuplicate",
  ambiguous_key: "rowAmbiguous",
  no_ward: "rowNoWard",
  outside_wards: "rowOutsideWards",
  not_your_row: "rowNotYours",
  not_complete: "rowNotComplete",
};
/** Why a row stays out, in the reader's words; a value that does not fit is told with the value. */
export function whyOut(one: RowProblem, t: (key: Key) => string): string {
  const key = CODE_WORDS[one.code];
  if (!key) return one.reason || one.code;
  return one.code === "bad_value" && one.reason !== one.code ? `${t(key)}: ${one.reason}` : t(key);
}

/** Where a landing lies from the middle of the city, in kilometres and as one of eight directions. */
export function awayFrom(
  [west, south, east, north]: readonly [number, number, number, number],
  at: { lon: number; lat: number },
): { km: number; turn: number } {
  const lat = (south + north) / 2;
  const x = (at.lon - (west + east) / 2) * 111.32 * Math.cos((lat * Math.PI) / 180);
  const y = (at.lat - lat) * 110.57;
  return { km: Math.hypot(x, y), turn: Math.round(((Math.atan2(x, y) / Math.PI) * 4 + 8) % 8) % 8 };
}
