/** Taking a feature in hand and putting it back: pick, open, choose several, drop; what is unsaved is never lost by a click. */
import { send } from "../../api/client";
import type { ChangeSetEdit } from "../../api/edits";
import type { Layer } from "../../api/types";
import { boxesOf, desk, fail, isDirty, layerOf, NO_TARGET, put, tell, type Versioned } from "./desk";
import { endSketch } from "./sketch";
import type { Values } from "./values";

const MOST_PICKED = 500;

/** Whether the desk is free for another feature; says so where it is not. */
export function free(): boolean {
  if (!isDirty(desk())) return true;
  tell("unsaved");
  return false;
}

export function open(of: Layer, feature: Versioned, item: ChangeSetEdit | null = null): void {
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
  else send<Versioned>("GET", `/api/layers/${layer.slug}/features/${fid}`).then(({ body }) => open(layer, body), fail);
}

/** Opens what an edit of the draft makes. */
export function pickItem(item: ChangeSetEdit): void {
  const layer = layerOf({ catalogue: desk().catalogue, slug: item.edit.layer });
  if (!layer || !free()) return;
  if (!item.after) {
    tell("goneInDraft");
    return;
  }
  const { id: _temporary, ...made } = item.after;
  const version = item.edit.version ?? 0;
  open(layer, item.edit.op === "create" ? { ...made, version } : { ...made, id: Number(item.edit.fid), version }, item);
}

/** Adds a feature to those chosen, or takes it out again. */
export function pickAlso(fids: readonly number[]): void {
  const layer = layerOf(desk());
  if (!layer || !free()) return;
  const has = new Set(desk().picked.map((one) => Number(one.id)));
  const single = fids.length === 1 ? fids[0] : undefined;
  if (single !== undefined && has.has(single)) {
    put((was) => ({ picked: was.picked.filter((one) => Number(one.id) !== single) }));
    return;
  }
  const { target } = desk();
  // Who was in hand is the first of the many.
  const own = target && target.fid !== null && !target.item ? [target.fid] : [];
  const wanted = [...new Set([...own, ...fids])].filter((fid) => !has.has(fid)).slice(0, MOST_PICKED);
  Promise.all(
    wanted.map(async (fid) => (await send<Versioned>("GET", `/api/layers/${layer.slug}/features/${fid}`)).body),
  ).then((found) => {
    put((was) => {
      const standing = new Set(was.picked.map((one) => one.id));
      return { picked: [...was.picked, ...found.filter((one) => !standing.has(one.id))], tab: "form", words: null };
    });
  }, fail);
}
