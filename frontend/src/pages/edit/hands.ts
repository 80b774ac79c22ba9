/** The tools: each is taken in hand, tells the map what its clicks mean, and is put back by Esc. */
import type { Geometry, Position } from "geojson";
import { measured } from "../../geometry/measured";
import { type Metres, metres } from "../../geometry/metres";
import { squared } from "../../geometry/squared";
import { slugOf } from "../../map/create";
import { boxesOf, desk, ghostsAsked, type Hand, layerOf, put, tell } from "./desk";
import { simpleOf } from "./draw";
import { discard, drop, free, pickAlso } from "./picking";
import { endSketch, sketch, sketched } from "./sketch";
import { DRAFT_AFTER } from "./useDeskOnMap";

/** The city's metres, once the city is known. */
let known: { proj4: string; metres: Metres } | null = null;
export function cityMetres(): Metres | null {
  const proj4 = desk().city?.proj4;
  if (!proj4) return null;
  if (known?.proj4 !== proj4) known = { proj4, metres: metres(proj4) };
  return known.metres;
}

const SAME_CLICK_MS = 500;
let letGoAt_ms = 0;
/** The click that ended a tool is not also a pick. */
export const justLetGo = (): boolean => Date.now() - letGoAt_ms < SAME_CLICK_MS;

/** Empties the hand without dropping the feature. */
export function letGo(): void {
  if (desk().hand !== "pick") letGoAt_ms = Date.now();
  desk().pen?.clear();
  endSketch();
  ghostsAsked.drop();
  put({ hand: "pick", ghosts: null, measure: null });
}

function take(hand: Hand): void {
  letGo();
  put({ hand, words: null });
}

/** Draws a new feature of the layer. */
export function begin(): void {
  const { pen } = desk();
  const layer = layerOf(desk());
  const kind = layer ? simpleOf(layer.geometry) : null;
  if (!layer || !pen || !kind || !free()) return;
  drop();
  take("draw");
  const made = (geometry: Geometry): void => {
    letGo();
    const target = { fid: null, version: 0, base: {}, geometry: null };
    put({ target, boxes: boxesOf(layer, {}), geometry, tab: "form", words: null });
  };
  if (kind !== "Point") {
    pen.begin(layer.geometry, made);
    return;
  }
  // The drawing tool's points do not snap; a sketch of one corner does.
  const multi = layer.geometry === "MultiPoint";
  sketch({
    changed: ([at]) => {
      if (at) made(multi ? { type: "MultiPoint", coordinates: [at] } : { type: "Point", coordinates: at });
    },
  });
}

export function reshape(): void {
  const { pen, target, geometry } = desk();
  const layer = layerOf(desk());
  const shape = geometry ?? target?.geometry;
  if (!layer || !pen || !target || !shape) return;
  letGo();
  if (pen.open(layer.geometry, shape, (changed) => put({ geometry: changed }))) put({ hand: "reshape" });
  else tell("cannotDraw");
}

/** Ends reshaping, with the new shape or with the old one. */
export function settle(keep: boolean): void {
  letGo();
  if (!keep && desk().target?.fid === null && !desk().target?.item) return;
  if (!keep) put({ geometry: null });
}

/** Gives the feature in hand another shape, from the vertex table or a fix; a reshape that is under way goes on with it. */
export function give(geometry: Geometry): void {
  const again = desk().hand === "reshape";
  put({ geometry });
  if (again) reshape();
}

/** Makes the right angles of the shape in hand exact. */
export function square(): void {
  const { target, geometry } = desk();
  const shape = geometry ?? target?.geometry;
  const change = cityMetres();
  if (!shape || !change || (shape.type !== "Polygon" && shape.type !== "MultiPolygon")) return;
  const ring = (at: Position[]): Position[] | null =>
    squared(at.map(change.toCity))?.map((one) => change.toLonLat([...one]).map((each) => Number(each.toFixed(9)))) ??
    null;
  const rings = (all: Position[][]): Position[][] => all.map((one) => ring(one) ?? one);
  const made: Geometry =
    shape.type === "Polygon"
      ? { type: "Polygon", coordinates: rings(shape.coordinates) }
      : { type: "MultiPolygon", coordinates: shape.coordinates.map(rings) };
  if (JSON.stringify(made) === JSON.stringify(shape)) tell("notSquare");
  else give(made);
}

/** A line, and the area that it would enclose, in the city's metres. */
export function measure(): void {
  const change = cityMetres();
  if (!change) return;
  take("measure");
  const show = (at: readonly Position[]): void => {
    const line = measured({ type: "LineString", coordinates: [...at] }, change.toCity);
    const ring = [...at, ...at.slice(0, 1)];
    const area_m2 = at.length > 2 ? measured({ type: "Polygon", coordinates: [ring] }, change.toCity).area_m2 : 0;
    put({ measure: { length_m: line.length_m, area_m2 } });
  };
  sketch({ changed: show, moved: show });
}

/** Two opposite corners choose what is drawn of the layer between them. */
export function box(): void {
  if (!free()) return;
  take("box");
  sketch({
    shape: ([a, b]) => (a && b ? ([a, [b[0], a[1]], b, [a[0], b[1]], a] as Position[]) : a ? [a] : []),
    changed: ([a, b]) => {
      const { map, slug } = desk();
      if (!map || !slug || !a || !b) return;
      const [p, q] = [a, b].map((at) => map.project(at as [number, number]));
      letGo();
      if (p && q) chooseWithin([p.x, p.y], [q.x, q.y]);
    },
  });
}

/** Chooses what is drawn of the layer within a box of the screen. */
export function chooseWithin(a: [number, number], b: [number, number]): void {
  const { map, slug, draft } = desk();
  if (!map || !slug) return;
  const low: [number, number] = [Math.min(a[0], b[0]), Math.min(a[1], b[1])];
  const high: [number, number] = [Math.max(a[0], b[0]), Math.max(a[1], b[1])];
  const within = map.queryRenderedFeatures([low, high]);
  const found = within
    .filter((one) => one.sourceLayer && slugOf(one.layer as never) === slug && one.id !== undefined)
    .map((one) => Number(one.id));
  const numbers = new Set(within.filter((one) => one.source === DRAFT_AFTER).map((one) => one.properties?.item));
  const drafted = (draft?.edits ?? []).filter((one) => one.edit.layer === slug && numbers.has(one.item));
  if (found.length || drafted.length) pickAlso([...new Set(found)], drafted);
  else tell("nothingThere");
}

/** Esc: one step back, and never over something unsaved. */
export function back(): void {
  const { hand, ghosts, quarrel, target } = desk();
  if (hand === "reshape") settle(false);
  else if (hand === "draw") drop();
  else if (ghosts || hand !== "pick" || sketched().length) letGo();
  else if (target?.fid === null && target.item) discard();
  else if (!quarrel && free()) drop();
}
