/** What lies on the officer's desk: the layer, the feature in hand, the tool, the draft, the map. One store that every panel reads; verbs change it. */
import type { Feature, Geometry } from "geojson";
import type { Map as MapLibreMap } from "maplibre-gl";
import { create } from "zustand";
import { wordsOf } from "../../api/client";
import type { ChangeSetEdit, Edit, Issue, OpenedChangeSet } from "../../api/edits";
import { newest } from "../../api/newest";
import type { Catalogue, City, Layer, Session, Words } from "../../api/types";
import type { Key } from "../../language/messages";
import { say, useLanguage } from "../../language/store";
import type { Boxes } from "./AttributeForm";
import type { Drawing } from "./draw";
import type { Snapper } from "./snapping";
import type { Kept } from "./steps";
import { type Problems, toBox, type Values } from "./values";

export type Versioned = Feature<Geometry | null> & { id?: string | number; version?: number };
/** A feature among others: as it stands, or as the edit of the draft makes it. */
export type Chosen = Versioned & { item?: ChangeSetEdit | null };
/** The tool in hand; "look" edits nothing, because what the map shows is not what stands. */
export type Hand = "pick" | "draw" | "reshape" | "split" | "adjust" | "measure" | "box" | "look";
export interface Target {
  /** Null for what is not in the layer's table yet. */
  fid: number | null;
  version: number;
  base: Values;
  geometry: Geometry | null;
  /** The edit of the draft that it stands in, if any. */
  item?: ChangeSetEdit | null;
}
/** What a deed would make, before anything is stored. */
export interface Ghosts {
  title: Key;
  edits: Edit[];
  features: Versioned[];
  issues: Issue[];
  areas: Area[];
  /** What stands now and would go or change. */
  before?: Area[];
  note?: Words;
  walk?: Walk | null;
  record: unknown;
  /** A way out of one issue: it may be taken while others stand. */
  fix?: boolean;
  /** Of a merger: which parcel's number and attributes survive. */
  survivors?: { choices: { key: string; number: string }[]; keep: string; choose: (key: string) => void };
  /** Puts it where it belongs. */
  accept: () => Promise<void>;
}
export interface Deleted {
  version: number;
  by: string | null;
  at: string;
  because: string;
}
/** How a survey closes. */
export interface Walk {
  length_m: number;
  closes: boolean;
  misclosure_m: number | null;
  one_in: number | null;
}
export interface Area {
  number: string;
  measured_m2: number;
  legal_m2: number | null;
  difference_percent: number | null;
}
export interface Desk {
  session: Session | null;
  city: City | null;
  catalogue: Catalogue | null;
  map: MapLibreMap | null;
  pen: Drawing | null;
  snaps: Snapper | null;
  zoom: number | null;
  /** The layer being edited. */
  slug: string | null;
  /** What the left side and the right side show. */
  panel: string;
  tab: string;
  hand: Hand;
  target: Target | null;
  boxes: Boxes;
  /** The shape as it was changed here; null while it is the target's own. */
  geometry: Geometry | null;
  because: string;
  problems: Problems;
  words: { text: string; bad: boolean } | null;
  /** Somebody else's version of the target, after a refused save. */
  quarrel: Versioned | null;
  quarrelBase: Versioned | null;
  /** Who deleted the target while it was being changed, after a refused save. */
  deleted: Deleted | null;
  busy: boolean;
  /** A click takes nothing but the layer being edited. */
  locked: boolean;
  /** Features chosen beside the target: for merging, and for one change to many. */
  picked: Chosen[];
  ghosts: Ghosts | null;
  measure: { length_m: number; area_m2: number } | null;
  /** What the rules say of the feature in hand as it would be stored; null where it has not been asked. */
  handIssues: Issue[] | null;
  /** A written reason for each warning, by its key. */
  accepted: Record<string, string>;
  draft: OpenedChangeSet | null;
  /** States of the draft that undo and redo go to. */
  past: Kept[][];
  future: Kept[][];
  document: string;
  /** Why, and under which paper, the draft is submitted. */
  submission: { because: string; document: string };
  /** Who else has the feature in hand open. */
  others: { name: string; since: string }[];
  keysOn: boolean;
  help: boolean;
}

const query = new URLSearchParams(typeof location === "undefined" ? "" : location.search);
/** A desk without a feature in hand. */
export const NO_TARGET = {
  target: null,
  boxes: {},
  geometry: null,
  because: "",
  problems: {},
  words: null,
  quarrel: null,
  quarrelBase: null,
  deleted: null,
  others: [],
  hand: "pick" as Hand,
  picked: [],
  ghosts: null,
  measure: null,
  handIssues: null,
  document: "",
} satisfies Partial<Desk>;

export const useDesk = create<Desk>(() => ({
  ...NO_TARGET,
  session: null,
  city: null,
  catalogue: null,
  map: null,
  pen: null,
  snaps: null,
  zoom: null,
  slug: query.get("layer"),
  panel: query.get("panel") ?? "layers",
  tab: "form",
  busy: false,
  locked: true,
  accepted: {},
  draft: null,
  past: [],
  future: [],
  submission: { because: "", document: "" },
  keysOn: true,
  help: false,
}));
export const desk = useDesk.getState;
export const put = useDesk.setState;

export const layerOf = (of: Pick<Desk, "catalogue" | "slug">): Layer | null =>
  of.catalogue?.layers.find((one) => one.slug === of.slug && one.editable) ?? null;
export const useLayer = (): Layer | null => useDesk(layerOf);

export const boxesOf = (layer: Layer, values: Values): Boxes =>
  Object.fromEntries(layer.fields.map((field) => [field.name, toBox(values[field.name], field)]));

/** What a late answer must not put on the desk once something else was asked for or dropped: a feature, and what a deed would make. */
export const featureAsked = newest();
export const ghostsAsked = newest();

/** Whether the target differs from what was opened. */
export function isDirty(of: Desk): boolean {
  const layer = layerOf(of);
  if (!layer || !of.target) return false;
  return of.geometry !== null || JSON.stringify(of.boxes) !== JSON.stringify(boxesOf(layer, of.target.base));
}

export const inWords = (words: Words): string => words[useLanguage.getState().language];
/** Says something to the officer, in their language. */
export const tell = (key: Key, bad = true, more = ""): void =>
  put({ words: { text: say(key, useLanguage.getState().language) + (more ? ` ${more}` : ""), bad } });
export const fail = (error: unknown): void =>
  put({ words: { text: wordsOf(error, useLanguage.getState().language), bad: true } });
/** A deed that has the desk to itself: pressed again while it is on its way, or while another is, it does nothing. */
export async function alone(deed: () => Promise<unknown>, refused: (error: unknown) => void = fail): Promise<void> {
  if (desk().busy) return;
  put({ busy: true });
  try {
    await deed();
  } catch (error) {
    refused(error);
  } finally {
    put({ busy: false });
  }
}
