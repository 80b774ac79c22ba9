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
