/** Taking a feature in hand and putting it back: pick, open, choose several, drop; what is unsaved is never lost by a click. */
import { get } from "../../api/client";
import type { ChangeSetEdit } from "../../api/edits";
import type { Layer } from "../../api/types";
import {
  boxesOf,
  type Chosen,
  desk,
  fail,
  featureAsked,
  ghostsAsked,
  isDirty,
  layerOf,
  NO_TARGET,
  put,
  tell,
  type Versioned,
} from "./desk";
import { endSketch } from "./sketch";
import type { Values } from "./values";

const MOST_PICKED = 500;

/** Whether the desk is free for another feature; says so where it is not. */
export function free(): boolean {
  if (!isDirty(desk())) return true;
  tell("unsaved");
  return false;
}

/** Another feature is in hand, or none: what is still on its way for the one before no longer counts. */
let turn = 0;
function forgetAsked(): void {
  turn += 1;
  featureAsked.drop();
  ghostsAsked.drop();
}

export function open(of: Layer, feature: Versioned, item: ChangeSetEdit | null = null): void {
  forgetAsked();
  const base = (feature.properties ?? {}) as Values;
  const fid = feature.id === undefined ? null : Number(feature.id);
  endSketch();
  put({
    ...NO_TARGET,
    slug: of.slug,
    target: { fid, version: feature.version ?? 0, base, geometry: feature.geometry ?? null, item },
    boxes: boxesOf(of, base),
  });
  desk().pen?.clear();
}

export function drop(): void {
  forgetAsked();
  desk().pen?.clear();
  endSketch();
  put(NO_TARGET);
}

/** Back to the target as it was opened. */
export function discard(): void {
  const { target } = desk();
  const layer = layerOf(desk());
  if (!layer || !target || (target.fid === null && !target.item)) {
    drop();
    return;
  }
  open(
    layer,
    {
      type: "Feature",
      ...(target.fid === null ? {} : { id: target.fid }),
      version: target.version,
      properties: target.base,
      geometry: target.geometry,
    },
    target.item,
  );
}

/** Another layer to edit. */
export function choose(slug: string): void {
  if (!free()) return;
  drop();
  put({ slug });
}

/** What the draft has made of a feature, if it has. */
const inDraft = (slug: string, fid: number): ChangeSetEdit | undefined =>
  desk().draft?.edits.find((one) => one.edit.layer === slug && one.edit.fid === fid);

/** Opens a feature of the layer being edited as it stands, or as the draft has it. */
export function pick(fid: number | null): void {
  const layer = layerOf(desk());
  if (!layer || !free()) return;
  if (fid === null) {
    drop();
    return;
  }
  const item = inDraft(layer.slug, fid);
  if (item) pickItem(item);
  else
    void featureAsked.ask(
      get<Versioned>(`/api/layers/${layer.slug}/features/${fid}`),
      // What was written while it was on its way stays.
      (found) => free() && open(layer, found),
      fail,
    );
}

/** What an edit of the draft makes, on the version that the edit was made on; null where it takes the feature away. */
function drafted(item: ChangeSetEdit): Chosen | null {
  if (!item.after) return null;
  const { id: _temporary, ...made } = item.after;
  const version = item.edit.version ?? 0;
  return item.edit.op === "create" ? { ...made, version, item } : { ...made, id: Number(item.edit.fid), version, item };
}

/** Opens what an edit of the draft makes. */
export function pickItem(item: ChangeSetEdit): void {
  const layer = layerOf({ catalogue: desk().catalogue, slug: item.edit.layer });
  if (!layer || !free()) return;
  const made = drafted(item);
  if (made) open(layer, made, item);
  else tell("goneInDraft");
}

/** Tells features apart, also those that stand only in the draft. */
export const keyOf = ({ id, item }: Chosen): string => (item?.edit.op === "create" ? `item-${item.item}` : `${id}`);

/** The feature in hand as one of many. */
export function inHand(): Chosen | null {
  const { target } = desk();
  if (!target || (target.fid === null && !target.item)) return null;
  const { fid, version, base: properties, geometry, item } = target;
  return { type: "Feature", ...(fid === null ? {} : { id: fid }), version, properties, geometry, item: item ?? null };
}

/** Adds features to those chosen, as they stand or as the draft has them; one alone that is chosen already is taken out again. */
export function pickAlso(fids: readonly number[], items: readonly ChangeSetEdit[] = []): void {
  const layer = layerOf(desk());
  if (!layer || !free()) return;
  const { slug } = layer;
  const changed = fids.map((fid) => inDraft(slug, fid));
  const made = [
    ...items.filter((one) => one.edit.layer === slug),
    ...changed.filter((one) => one !== undefined),
  ].flatMap((one) => drafted(one) ?? []);
  const standing = fids.filter((_fid, i) => !changed[i]);
  if (!made.length && !standing.length) return;
  const has = new Set(desk().picked.map(keyOf));
  const single = made.length + standing.length === 1 ? (made[0] ? keyOf(made[0]) : `${standing[0]}`) : null;
  if (single && has.has(single)) {
    put((was) => ({ picked: was.picked.filter((one) => keyOf(one) !== single) }));
    return;
  }
  // Who was in hand is the first of the many.
  const own = has.size ? null : inHand();
  const wanted = standing.filter((fid) => !has.has(`${fid}`) && own?.id !== fid).slice(0, MOST_PICKED);
  const mine = turn;
  Promise.all(wanted.map((fid) => get<Versioned>(`/api/layers/${slug}/features/${fid}`))).then((found) => {
    if (mine !== turn) return;
    put((was) => {
      const all = new Map([...was.picked, ...(own ? [own] : []), ...made, ...found].map((one) => [keyOf(one), one]));
      return { picked: [...all.values()].slice(0, MOST_PICKED), tab: "form", words: null };
    });
  }, fail);
}
