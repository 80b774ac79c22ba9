/** What a change set would change, line by line: a feature's fields before and after, its shape, and what became of the standing data since. */
import type { Feature, FeatureCollection, Geometry } from "geojson";
import type { Change, ChangeSetEdit, Issue } from "../../../api/edits";
import type { Layer } from "../../../api/types";

export const SHAPE = "geometry";
export interface Row {
  name: string;
  before: unknown;
  after: unknown;
  changed: boolean;
  /** Somebody changed the same thing since the edit was made. */
  clash: boolean;
}

const same = (one: unknown, other: unknown): boolean => JSON.stringify(one ?? null) === JSON.stringify(other ?? null);

export const changeOf = (one: ChangeSetEdit): Change =>
  one.edit.op === "create" || (one.edit.op === "restore" && !one.before)
    ? "new"
    : one.edit.op === "delete"
      ? "gone"
      : "changed";

/** Every field of the layer in its order, then the shape; what is not changed is there as well, marked so. */
export function rowsOf(layer: Layer | undefined, one: ChangeSetEdit): Row[] {
  const before = one.before?.properties ?? {};
  const after = one.after?.properties ?? {};
  const clashes = new Set(one.conflict?.clashes ?? []);
  const known = layer?.fields.map((field) => field.name) ?? [];
  const names = [...known, ...Object.keys({ ...before, ...after }).filter((name) => !known.includes(name))];
  // What an edit's author may not see is no part of the edit: it stays as it is.
  const silent = (name: string): boolean => one.before !== null && one.after !== null && !(name in after);
  const rows = names.map((name) => ({
    name,
    before: before[name],
    after: silent(name) ? before[name] : after[name],
    changed: !silent(name) && !same(before[name], after[name]),
    clash: clashes.has(name),
  }));
  const shapes = { before: one.before?.geometry ?? null, after: one.after?.geometry ?? null };
  return [
    ...rows,
    { name: SHAPE, ...shapes, changed: !same(shapes.before, shapes.after), clash: clashes.has(SHAPE) },
  ].filter((row) => row.before !== undefined || row.after !== undefined);
}

/** How a feature is called in a list: by its written number or its layer's label, else by its fid. */
export function nameOf(layer: Layer | undefined, one: ChangeSetEdit): string {
  const from = one.after ?? one.before;
  const label = from?.properties?.number ?? (layer?.label ? from?.properties?.[layer.label] : undefined);
  const fid = one.edit.fid ?? from?.id;
  if (label !== undefined && label !== null && label !== "") return String(label);
  return fid === undefined || fid === null ? `+${one.item}` : `#${fid}`;
}

/** What is drawn on one side of the swipe: each feature with its kind of change and the item it belongs to. */
export function sideOf(edits: readonly ChangeSetEdit[], side: "before" | "after"): FeatureCollection {
  const features = edits.flatMap((one): Feature[] => {
    const feature = one[side];
    if (!feature?.geometry) return [];
    return [
      {
        type: "Feature",
        geometry: feature.geometry as Geometry,
        properties: { change: changeOf(one), key: one.item, layer: one.edit.layer },
      },
    ];
  });
  return { type: "FeatureCollection", features };
}

/** The standing features that edits touch, by layer: they are drawn by hand meanwhile. */
export function touched(edits: readonly ChangeSetEdit[]): Map<string, number[]> {
  const found = new Map<string, number[]>();
  for (const { edit } of edits)
    if (typeof edit.fid === "number") found.set(edit.layer, [...(found.get(edit.layer) ?? []), edit.fid]);
  return found;
}

/** Warnings for which nobody has written a reason yet. */
export const unanswered = (issues: readonly Issue[], accepted: Readonly<Record<string, string>>): Issue[] =>
  issues.filter((issue) => issue.severity === "warning" && !accepted[issue.key]?.trim());

/** The next place in a list that is walked by J and K; it stops at its ends. */
export const stepped = (at: number, by: 1 | -1, length: number): number => Math.min(length - 1, Math.max(0, at + by));
