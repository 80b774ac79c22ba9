/** The land register's tools: split, merge, adjust, subdivide, walk a survey. The server calculates, the page shows, the officer accepts. */
import type { Position } from "geojson";
import { type Chosen, desk, fail, type Ghosts, ghostsAsked, isDirty, layerOf, put, tell } from "../desk";
import { addEdits, deedMark, titled, writable } from "../draft";
import { acceptGhosts, landPreview, noGhosts, showGhosts } from "../ghosts";
import { letGo } from "../hands";
import { drop, inHand, keyOf } from "../picking";
import { sketch, sketched } from "../sketch";

export interface Course {
  bearing_deg: number;
  distance_m: number;
}
type Deed = "split" | "merge" | "adjust" | "subdivide" | "traverse";
const WORDS = {
  split: "deedSplit",
  merge: "deedMerge",
  adjust: "deedAdjust",
  subdivide: "deedSubdivide",
  traverse: "deedTraverse",
} as const;
/** Whether a layer's rows are land: they come from one another, and the register's tools work on them. */
export const isLand = (slug: string | null | undefined): boolean =>
  desk().catalogue?.layers.find((one) => one.slug === slug)?.lineage ?? false;
const numberOf = (one: Chosen | undefined): string => String(one?.properties?.number ?? one?.id ?? "");

/** The parcels that a deed is about: those chosen, or the one in hand; they stand, or the draft makes them. */
export function parcelsInHand(): Chosen[] {
  const { picked, slug } = desk();
  if (!isLand(slug)) return [];
  if (picked.length) return picked;
  const own = inHand();
  return own ? [own] : [];
}

/** A parcel as the server knows it: by the draft's edit that makes or changes it, else by its version. */
const meant = (one: Chosen): object => (one.item ? { item: one.item.item } : { fid: one.id, version: one.version });
const meantAll = (all: readonly Chosen[]): object => {
  const standing = all.filter((one) => !one.item);
  return {
    fids: standing.map((one) => one.id),
    versions: standing.map((one) => one.version),
    items: all.flatMap((one) => one.item?.item ?? []),
  };
};

// Enter before the answer is here means: as soon as it is.
let eager = false;

/** Asks, and shows what the answer would make. */
function ask(deed: Deed, question: object, number: string, more: Partial<Ghosts> = {}): Promise<void> {
  put({ words: null });
  const { draft } = desk();
  // Among what the open draft has done already.
  const amid = writable(draft) && draft.edits.length ? { change_set: draft.id } : {};
  const show = (found: Awaited<ReturnType<typeof landPreview>>): void => {
    const title = WORDS[deed];
    const record = { kind: found.kind, deed: deedMark() };
    showGhosts({
      title,
      edits: found.edits,
      features: found.features,
      issues: found.issues,
      areas: found.areas,
      before: found.before,
      walk: found.walk,
      note: found.note,
      record,
      ...more,
      accept: async () => {
        const { draft_version } = found;
        await addEdits(desk().ghosts?.edits ?? found.edits, titled(title, number), record, draft_version);
        drop();
        tell("inDraft", false);
      },
    });
    if (eager) acceptGhosts();
    eager = false;
  };
  const refused = (error: unknown): void => {
    eager = false;
    noGhosts();
    fail(error);
  };
  return ghostsAsked.ask(landPreview({ op: deed, ...amid, ...question }), show, refused);
}

/** One parcel and a line across it: two clicks show both parts. */
export function split(): void {
  const [parcel, ...rest] = parcelsInHand();
  if (!parcel || rest.length || isDirty(desk())) {
    tell("pickOneParcel");
    return;
  }
  letGo();
  put({ hand: "split" });
  lineFor((line) => ask("split", { ...meant(parcel), line }, numberOf(parcel)));
}

/** Two neighbours and the boundary that they shall have between them. */
export function adjust(): void {
  const parcels = parcelsInHand();
  if (parcels.length !== 2) {
    tell("pickTwoParcels");
    return;
  }
  letGo();
  put({ hand: "adjust" });
  lineFor((line) => ask("adjust", { ...meantAll(parcels), line }, parcels.map(numberOf).join(", ")));
}

function lineFor(told: (line: { type: "LineString"; coordinates: Position[] }) => Promise<void>): void {
  eager = false;
  sketch({
    changed: (at) => {
      if (at.length < 2) noGhosts();
      else void told({ type: "LineString", coordinates: [...at] });
    },
  });
}

/** Several neighbours as one; `keep` is the one whose number and attributes survive, at first the one chosen first. */
export function merge(keep?: string): void {
  const parcels = parcelsInHand();
  const kept = parcels.find((one) => keyOf(one) === keep) ?? parcels[0];
  if (!kept || parcels.length < 2) {
    tell("pickMoreParcels");
    return;
  }
  const choices = parcels.map((one) => ({ key: keyOf(one), number: numberOf(one) }));
  void ask(
    "merge",
    { ...meantAll(parcels), ...(kept.item ? { keep_item: kept.item.item } : { keep: kept.id }) },
    choices.map((one) => one.number).join(" + "),
    { survivors: { choices, keep: keyOf(kept), choose: merge } },
  );
}

export function subdivide(wanted: { area_m2: number } | { parts: number }, bearing_deg: number): void {
  const [parcel, ...rest] = parcelsInHand();
  if (!parcel || rest.length) tell("pickOneParcel");
  else void ask("subdivide", { ...meant(parcel), ...wanted, bearing_deg }, numberOf(parcel));
}

/** A survey walked from a known point: with a parcel in hand it cuts that parcel, else it is the outline of a new one. */
export function traverse(
  start: { x_north: number; y_east: number },
  courses: readonly Course[],
  properties: Record<string, unknown>,
): void {
  const [parcel] = parcelsInHand();
  const into = parcel && layerOf(desk()) ? meant(parcel) : {};
  void ask("traverse", { start, courses, properties, ...into }, numberOf(parcel));
}

/** Enter: accepts what is shown, or what is on its way. */
export function confirm(): void {
  if (desk().ghosts) acceptGhosts();
  else if (["split", "adjust"].includes(desk().hand) && sketched().length > 1) eager = true;
}
