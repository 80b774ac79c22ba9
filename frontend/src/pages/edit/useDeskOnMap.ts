/** What the desk adds to the map: the draft over the tiles (old shape dashed, new one solid), ghosts, what is chosen, and both sides of a quarrel. */
import type { Feature, Geometry } from "geojson";
import { useEffect, useMemo } from "react";
import type { ChangeSetEdit } from "../../api/edits";
import { hideFeatures } from "../../map/hide";
import { FONT } from "../../theme/tokens";
import { type Desk, useDesk, useLayer } from "./desk";
import { type Look, type Shapes, useOverlay } from "./mapAccess";

const NOT_POINT = ["!=", ["geometry-type"], "Point"];
const POINT = ["==", ["geometry-type"], "Point"];

/** A line over a dark one, and a ring for points: seen on every ground. */
const outlined = (color: string, dash: number[] | null, width = 3): Look[] => [
  { type: "line", filter: NOT_POINT, paint: { "line-color": "#0b1016", "line-width": width + 2, "line-opacity": 0.7 } },
  {
    type: "line",
    filter: NOT_POINT,
    paint: { "line-color": color, "line-width": width, ...(dash ? { "line-dasharray": dash } : {}) },
  },
  {
    type: "circle",
    filter: POINT,
    paint: {
      "circle-radius": 9,
      "circle-color": "rgba(0,0,0,0)",
      "circle-stroke-color": color,
      "circle-stroke-width": width,
    },
  },
];
const filled = (color: string, opacity: number): Look => ({
  type: "fill",
  filter: ["==", ["geometry-type"], "Polygon"],
  paint: { "fill-color": color, "fill-opacity": opacity },
});
const named = (color: string): Look => ({
  type: "symbol",
  layout: { "text-field": ["get", "name"], "text-font": [FONT], "text-size": 13 },
  paint: { "text-color": color, "text-halo-color": "#0b1016", "text-halo-width": 2 },
});
const BEFORE = outlined("#9fb0c0", [2, 2], 2);
const AFTER = [filled("#3fb68b", 0.25), ...outlined("#3fb68b", null), named("#e6edf3")];
const GHOSTS = [filled("#6cb6ff", 0.25), ...outlined("#6cb6ff", null), named("#ffffff")];
const PICKED = [filled("#ffd84d", 0.15), ...outlined("#ffd84d", [1, 1])];
const MINE = outlined("#ffd84d", null);
const THEIRS = outlined("#6cb6ff", [2, 2]);
const BASE = outlined("#e6edf3", [1, 2], 2);
const ISSUE = [filled("#f5962b", 0.5), ...outlined("#f5962b", null)];
/** The layer of the map that a click finds the draft's shapes in. */
export const DRAFT_AFTER = "edit-draft-after";

const collected = (features: Feature<Geometry | null>[]): Shapes => ({ type: "FeatureCollection", features });
const bare = (geometry: Geometry | null | undefined): Shapes => geometry ?? null;

const labelled = (one: ChangeSetEdit, side: "before" | "after"): Feature<Geometry | null>[] => {
  const shape = one[side]?.geometry;
  const name = String(one[side]?.properties?.number ?? "");
  return shape ? [{ type: "Feature", properties: { key: one.item, item: one.item, name }, geometry: shape }] : [];
};

function ghostShapes({ ghosts }: Desk, locale: string): Shapes {
  if (!ghosts) return null;
  return collected(
    ghosts.features.map((one, i) => {
      const area = ghosts.areas[i];
      const name = area
        ? `${area.number}\n${area.measured_m2.toLocaleString(locale, { maximumFractionDigits: 1 })} m²`
        : String(one.properties?.number ?? "");
      return { type: "Feature", properties: { name }, geometry: one.geometry };
    }),
  );
}

export function useDeskOnMap(locale: string): void {
  const now = useDesk();
  const { map, draft, hand, target, geometry, quarrel, quarrelBase, picked, ghosts } = now;
  const slug = useLayer()?.slug ?? null;
  const looking = hand === "look";
  const edits = looking ? undefined : draft?.status === "published" ? undefined : draft?.edits;
  const inHand = target?.item?.item;

  const before = useMemo(() => collected((edits ?? []).flatMap((one) => labelled(one, "before"))), [edits]);
  // What is in hand is drawn as such.
  const after = useMemo(
    () => collected((edits ?? []).filter((one) => one.item !== inHand).flatMap((one) => labelled(one, "after"))),
    [edits, inHand],
  );
  const ghostly = useMemo(() => ghostShapes(now, locale), [ghosts, locale]);
  const chosen = useMemo(() => collected(picked), [picked]);
  const issues = useMemo(
    () =>
      collected(
        (ghosts?.issues ?? now.handIssues ?? draft?.issues ?? []).flatMap((one) =>
          one.geometry ? [{ type: "Feature" as const, properties: {}, geometry: one.geometry }] : [],
        ),
      ),
    [ghosts, now.handIssues, draft?.issues],
  );
  useOverlay("edit-draft-before", BEFORE, before);
  useOverlay(DRAFT_AFTER, AFTER, after);
  useOverlay("edit-picked", PICKED, chosen);
  // Under the ghosts, whose areas are read on top of it.
  useOverlay("edit-issues", ISSUE, looking ? null : issues);
  useOverlay("edit-ghosts", GHOSTS, ghostly);
  useOverlay("edit-base", BASE, bare(quarrelBase?.geometry));
  useOverlay("edit-theirs", THEIRS, bare(quarrel?.geometry));
  useOverlay("edit-mine", MINE, bare(hand === "reshape" ? null : (geometry ?? target?.geometry)));

  // What the draft changes, and what is being redrawn, is not shown as it was.
  const hidden = useMemo(() => {
    const all = new Map<string, number[]>();
    for (const { edit } of edits ?? [])
      if (edit.fid != null) all.set(edit.layer, [...(all.get(edit.layer) ?? []), edit.fid]);
    if (hand === "reshape" && slug && target?.fid != null) all.set(slug, [...(all.get(slug) ?? []), target.fid]);
    return all;
  }, [edits, hand === "reshape", slug, target?.fid]);
  useEffect(() => {
    if (!map || !hidden.size) return;
    const undo = [...hidden].map(([layer, fids]) => hideFeatures(map, layer, fids));
    return () => {
      for (const one of undo) one();
    };
  }, [map, hidden]);
}
