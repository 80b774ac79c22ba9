/** Taking a feature in hand and putting it back: pick, open, draw a new one, reshape, drop; what is unsaved is never lost by a click. */
import { send } from "../../api/client";
import type { Layer } from "../../api/types";
import { boxesOf, desk, fail, isDirty, layerOf, NO_TARGET, put, tell, type Versioned } from "./desk";
import type { Values } from "./values";

const SAME_CLICK_MS = 500;
let drawnAt_ms = 0;

/** Whether the desk is free for another feature; says so where it is not. */
export function free(): boolean {
  if (!isDirty(desk())) return true;
  tell("unsaved");
  return false;
}

export function open(of: Layer, feature: Versioned): void {
  const base = (feature.properties ?? {}) as Values;
  const fid = feature.id === undefined ? null : Number(feature.id);
  put({
    ...NO_TARGET,
    target: { fid, version: feature.version ?? 0, base, geometry: feature.geometry ?? null },
    boxes: boxesOf(of, base),
  });
  desk().pen?.clear();
}

export function drop(): void {
  desk().pen?.clear();
  put(NO_TARGET);
}

/** Back to the target as it was opened. */
export function discard(): void {
  const { target } = desk();
  const layer = layerOf(desk());
  if (!layer || !target || target.fid === null) {
    drop();
    return;
  }
  open(layer, {
    type: "Feature",
    id: target.fid,
    version: target.version,
    properties: target.base,
    geometry: target.geometry,
  });
}

/** Another layer to edit. */
export function choose(slug: string): void {
  if (!free()) return;
  drop();
  put({ slug });
}

export function pick(fid: number | null): void {
  const layer = layerOf(desk());
  // The click that finished a drawing is not also a pick.
  if (!layer || Date.now() - drawnAt_ms < SAME_CLICK_MS || !free()) return;
  if (fid === null) {
    drop();
    return;
  }
  send<Versioned>("GET", `/api/layers/${layer.slug}/features/${fid}`).then(({ body }) => open(layer, body), fail);
}

export function begin(): void {
  const { pen } = desk();
  const layer = layerOf(desk());
  if (!layer || !pen || !free()) return;
  drop();
  put({ hand: "draw" });
  pen.begin(layer.geometry, (geometry) => {
    drawnAt_ms = Date.now();
    const target = { fid: null, version: 0, base: {}, geometry: null };
    put({ target, boxes: boxesOf(layer, {}), geometry, hand: "pick", tab: "form" });
  });
}

export function reshape(): void {
  const { pen, target, geometry } = desk();
  const layer = layerOf(desk());
  const shape = geometry ?? target?.geometry;
  if (!layer || !pen || !target || !shape) return;
  if (pen.open(layer.geometry, shape, (changed) => put({ geometry: changed }))) put({ hand: "reshape" });
  else tell("cannotDraw");
}

/** Ends reshaping, with the new shape or with the old one. */
export function settle(keep: boolean): void {
  desk().pen?.clear();
  put(keep ? { hand: "pick" } : { hand: "pick", geometry: null });
}
