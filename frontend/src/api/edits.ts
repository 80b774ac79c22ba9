/** What the editing, review and import addresses answer: edits, issues, change sets, imports and the moments of the past. */
import type { Feature, Geometry, Position } from "geojson";
import type { ProblemBody } from "./client";
import type { Words } from "./types";

export type Op = "create" | "update" | "delete" | "restore";
export interface Edit {
  layer: string;
  op: Op;
  fid?: number | null;
  /** Instead of a fid: the edit of the draft that makes the feature. */
  item?: number | null;
  version?: number | null;
  properties?: Record<string, unknown> | null;
  geometry?: Geometry | null;
  parents?: number[] | null;
  to_version?: number | null;
}
export interface Issue extends Words {
  rule: string;
  severity: "error" | "warning";
  layer: string;
  fids: number[];
  /** The same for the same issue each time, so that a reason can be written to it. */
  key: string;
  place: Position | null;
  geometry: Geometry | null;
  measure: number | null;
  unit: string;
  fixes: ({ edits: Edit[] } & Words)[];
}
export type ChangeSetStatus = "draft" | "submitted" | "returned" | "rejected" | "published" | "withdrawn";
export type ChangeSetVerb = "edit" | "submit" | "withdraw" | "approve" | "return" | "reject" | "revert";
export interface ChangeSet {
  id: number;
  title: string;
  kind: "edits" | "import";
  status: ChangeSetStatus;
  version: number;
  author: { id: number; name: string } | null;
  because: string;
  document: string;
  created_at: string;
  submitted_at: string | null;
  decided_at: string | null;
  decided_by: { id: number; name: string } | null;
  decision: string;
  layers: string[];
  counts: { create: number; update: number; delete: number };
  /** Reasons written to warnings, by the issue's key. */
  accepted: Record<string, string>;
  may: ChangeSetVerb[];
}
export interface ChangeSetEdit {
  item: number;
  edit: Edit;
  before: Feature<Geometry | null> | null;
  after: Feature<Geometry | null> | null;
  /** What the land register calls the deed, where it is one. */
  record?: unknown;
  conflict: { clashes: string[]; theirs?: string[]; mergeable?: boolean; deleted?: boolean } | null;
}
export interface OpenedChangeSet extends ChangeSet {
  edits: ChangeSetEdit[];
  issues: Issue[];
  /** What publishing would meet now, other than rules. */
  problem?: ProblemBody | null;
}

export type ImportStatus = "queued" | "reading" | "asking" | "ready" | "writing" | "done" | "failed" | "cancelled";
export type Change = "new" | "changed" | "gone" | "unchanged";
export interface Landing {
  epsg: number;
  name: string;
  lon: number;
  lat: number;
  inside: boolean;
  swapped: boolean;
}
export interface RowProblem {
  feature: number;
  code: string;
  reason: string;
  lonlat: [number, number] | null;
}

/** One moment at which somebody changed a layer. */
export interface Moment {
  at: string;
  by: string | { name?: string; display_name?: string } | null;
  because: string | null;
  document: string | null;
  change_set: number | null;
  created: number;
  changed: number;
  deleted: number;
}
export interface Version {
  version: number;
  at: string;
  by: Moment["by"];
  because: string | null;
  document?: string | null;
  change_set?: number | null;
  op: string;
  changed: Record<string, [unknown, unknown]> | null;
  geometry: Geometry | boolean | null;
}
export interface LineageNode {
  fid: number;
  number: string;
  from: string | null;
  until: string | null;
  area_m2: number | null;
  status: string;
}
export interface LineageLink {
  parent: number;
  child: number;
  change_set: number | null;
  document: string | null;
  at: string;
}
export interface Lineage {
  nodes: LineageNode[];
  links: LineageLink[];
}
