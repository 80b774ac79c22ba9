/** The land register's tools: split, merge, adjust, subdivide, walk a survey. The server calculates, the page shows, the officer accepts. */
import type { Position } from "geojson";
import { desk, fail, type Ghosts, isDirty, layerOf, put, tell, type Versioned } from "../desk";
import { addEdits, deedMark, titled } from "../draft";
import { acceptGhosts, landGhosts, noGhosts, showGhosts } from "../ghosts";
import { letGo } from "../hands";
import { drop } from "../picking";
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
const numberOf = (one: Versioned | undefined): string => String(one?.properties?.number ?? one?.id ?? "");

/** The parcels that a deed is about: those chosen, or the one in hand, of the table and without unsaved changes. */
export function parcelsInHand(): Versioned[] {
  const { target, picked, slug } = desk();
  if (!isLand(slug)) return [];
  if (picked.length) return picked;
  if (!target || target.fid === null || target.item) return [];
  return [
    { type: "Feature", id: target.fid, version: target.version, properties: target.base, geometry: target.geometry },
  ];
}

// Enter before the answer is here means: as soon as it is.
let eager = false;

/** Asks, and shows what the answer would make. */
async function ask(deed: Deed, question: object, number: string, more: Partial<Ghosts> = {}): Promise<void> {
  put({ words: null });
  try {
    const found = await landGhosts({ op: deed, ...question });
    if (!found) return;
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
        await addEdits(desk().ghosts?.edits ?? found.edits, titled(title, number), record);
        drop();
        tell("inDraft", false);
      },
    });
    if (eager) acceptGhosts();
  } catch (error) {
    noGhosts();
    fail(error);
  } finally {
    eager = false;
  }
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
  lineFor((line) => ask("split", { fid: parcel.id, version: parcel.version, line }, numberOf(parcel)));
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
  const [fids, versions] = [parcels.map((one) => one.id), parcels.map((one) => one.version)];
  lineFor((line) => ask("adjust", { fids, versions, line }, parcels.map(numberOf).join(", ")));
}

function lineFor(told: (line: { type: "LineString"; coordinates: Position[] }) => Promise<void>): void {
  sketch({
    changed: (at) => {
      if (at.length < 2) noGhosts();
      else void told({ type: "LineString", coordinates: [...at] });
    },
  });
}

/** Several neighbours as one; `keep` is the one whose number and attributes survive, at first the one chosen first. */
export function merge(keep?: number): void {
  const parcels = parcelsInHand();
  if (parcels.length < 2) {
    tell("pickMoreParcels");
    return;
  }
  const fids = parcels.map((one) => Number(one.id));
  const kept = keep ?? (fids[0] as number);
  const choices = parcels.map((one) => ({ fid: Number(one.id), number: numberOf(one) }));
  void ask(
    "merge",
    { fids, versions: parcels.map((one) => one.version), keep: kept },
    choices.map((one) => one.number).join(" + "),
    { survivors: { choices, keep: kept, choose: merge } },
  );
}

export function subdivide(wanted: { area_m2: number } | { parts: number }, bearing_deg: number): void {
  const [parcel, ...rest] = parcelsInHand();
  if (!parcel || rest.length) tell("pickOneParcel");
  else void ask("subdivide", { fid: parcel.id, version: parcel.version, ...wanted, bearing_deg }, numberOf(parcel));
}

/** A survey walked from a known point: with a parcel in hand it cuts that parcel, else it is the outline of a new one. */
export function traverse(
  start: { x_north: number; y_east: number },
  courses: readonly Course[],
  properties: Record<string, unknown>,
): void {
  const [parcel] = parcelsInHand();
  const fid = parcel && layerOf(desk()) ? { fid: parcel.id, version: parcel.version } : {};
  void ask("traverse", { start, courses, properties, ...fid }, numberOf(parcel));
}

/** Enter: accepts what is shown, or what is on its way. */
export function confirm(): void {
  if (desk().ghosts) acceptGhosts();
  else if (["split", "adjust"].includes(desk().hand) && sketched().length > 1) eager = true;
}
