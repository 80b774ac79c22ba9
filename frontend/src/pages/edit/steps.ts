/** From one state of a draft to another: which items are taken out and which edits are put in. Undo and redo are such ways. */
import type { ChangeSetEdit, Edit } from "../../api/edits";

export interface Kept {
  edit: Edit;
  /** What the land register calls the deed, where it is one. */
  record: unknown;
}
export interface Steps {
  out: number[];
  put: Kept[];
}

export const kept = (edits: readonly ChangeSetEdit[]): Kept[] =>
  edits.map(({ edit, record }) => ({ edit, record: record ?? null }));

/** An edit's words whatever the order that its names came in. */
export const told = (value: unknown): string =>
  JSON.stringify(value, (_name, one) =>
    one && typeof one === "object" && !Array.isArray(one)
      ? Object.fromEntries(Object.entries(one).sort(([a], [b]) => (a < b ? -1 : 1)))
      : one,
  );

export function steps(now: readonly ChangeSetEdit[], wanted: readonly Kept[]): Steps {
  const left = wanted.map((one) => told(one));
  const out: number[] = [];
  for (const { item, edit, record } of now) {
    const found = left.indexOf(told({ edit, record: record ?? null }));
    if (found < 0) out.push(item);
    else left[found] = "";
  }
  return { out, put: wanted.filter((_one, i) => left[i]) };
}

/** Edits that belong to one deed travel together. */
export function byRecord(put: readonly Kept[]): { record: unknown; edits: Edit[] }[] {
  const groups = new Map<string, { record: unknown; edits: Edit[] }>();
  for (const { edit, record } of put) {
    const key = told(record);
    const group = groups.get(key) ?? { record, edits: [] };
    group.edits.push(edit);
    groups.set(key, group);
  }
  return [...groups.values()];
}

const deedOf = (record: unknown): string | undefined => (record as { deed?: string } | null | undefined)?.deed;
/** What ties an edit to others: the deed that it is of, and the parcel that it takes away or makes parts of. */
function ties({ edit, record }: ChangeSetEdit): string[] {
  const deed = deedOf(record);
  const parcels = [...(edit.fid == null ? [] : [edit.fid]), ...(edit.parents ?? [])];
  return [...(deed ? [deed] : []), ...parcels.map((fid) => `${edit.layer}/${fid}`)];
}

/** The edits that stand and fall with one: half of a split is no edit, however often its parts were split again. */
export function together(edits: readonly ChangeSetEdit[], item: number): number[] {
  const tied = new Set(edits.filter((one) => one.item === item).flatMap(ties));
  const found = new Set([item]);
  for (let before = 0; before < found.size; ) {
    before = found.size;
    for (const one of edits)
      if (ties(one).some((tie) => tied.has(tie))) {
        found.add(one.item);
        for (const tie of ties(one)) tied.add(tie);
      }
  }
  return edits.map((one) => one.item).filter((one) => found.has(one));
}
