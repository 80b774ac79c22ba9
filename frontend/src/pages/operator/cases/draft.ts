/** Several people write one case: what is typed here stays, what others change comes in field by field, and a clash is shown with both. */
import type { Incident } from "../../../api/types";

export const FIELDS = ["category", "severity", "place_name", "description"] as const;
export type Field = (typeof FIELDS)[number];
export type Values = Pick<Incident, Field>;

export interface Draft {
  /** The version that the bases are of. */
  version: number;
  base: Values;
  mine: Partial<Values>;
  /** Fields that somebody else changed while the form was open, newest last. */
  came: readonly Field[];
}
export interface Clash {
  field: Field;
  base: string | number;
  mine: string | number;
  theirs: string | number;
}

export const valuesOf = (item: Incident): Values => ({
  category: item.category,
  severity: item.severity,
  place_name: item.place_name,
  description: item.description,
});
export const opened = (item: Incident): Draft => ({
  version: item.version,
  base: valuesOf(item),
  mine: {},
  came: [],
});

export function typed(draft: Draft, field: Field, value: string | number): Draft {
  const mine = { ...draft.mine, [field]: value };
  if (draft.base[field] === value) delete mine[field];
  return { ...draft, mine };
}

/** Where what is typed here and what stands there differ, and both differ from what both began with. */
export const clashes = (draft: Draft, theirs: Values): Clash[] =>
  FIELDS.flatMap((field): Clash[] => {
    const mine = draft.mine[field];
    if (mine === undefined || theirs[field] === draft.base[field] || theirs[field] === mine) return [];
    return [{ field, base: draft.base[field], mine, theirs: theirs[field] }];
  });

/** A newer version arrived: other fields follow it, the own ones stay; while something clashes the draft stays on its version, so that the server would refuse it too. */
export function meets(draft: Draft, item: Incident): Draft {
  if (item.version <= draft.version) return draft;
  const theirs = valuesOf(item);
  const clashing = clashes(draft, theirs).map((one) => one.field);
  const came = FIELDS.filter((field) => theirs[field] !== draft.base[field] && draft.mine[field] !== theirs[field]);
  const base = { ...draft.base } as Record<Field, string | number>;
  const mine = { ...draft.mine };
  for (const field of FIELDS) {
    if (clashing.includes(field)) continue;
    base[field] = theirs[field];
    if (mine[field] === theirs[field]) delete mine[field];
  }
  return {
    version: clashing.length ? draft.version : item.version,
    base: base as Values,
    mine,
    came: [...draft.came.filter((one) => !came.includes(one)), ...came],
  };
}

/** A clash decided: mine over theirs, knowing theirs; or theirs. */
export function decided(draft: Draft, field: Field, keep: "mine" | "theirs", item: Incident): Draft {
  const theirs = valuesOf(item);
  const mine = { ...draft.mine };
  if (keep === "theirs") delete mine[field];
  const next = { ...draft, mine, base: { ...draft.base, [field]: theirs[field] } };
  return clashes(next, theirs).length ? next : { ...next, version: item.version };
}
