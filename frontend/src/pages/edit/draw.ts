/** The drawing tool over the map: a new shape, or a standing one with its corners; snaps to the layer's true corners. */
import type { Geometry, LineString, Polygon, Position } from "geojson";
import type { Map as MapLibreMap } from "maplibre-gl";
import {
  type SnapToCustom,
  TerraDraw,
  TerraDrawLineStringMode,
  TerraDrawPointMode,
  TerraDrawPolygonMode,
  TerraDrawSelectMode,
  ValidateNotSelfIntersecting,
} from "terra-draw";
import { TerraDrawMapLibreGLAdapter } from "terra-draw-maplibre-gl-adapter";
import { assembled, partsOf, type Simple } from "../../geometry/parts";
import type { Snapper } from "./snapping";

const COLOR = "#ffd84d";
const MODE = { Point: "point", LineString: "linestring", Polygon: "polygon" } as const;

export interface Drawing {
  /** Draws a new shape of the layer's type; `done` hears it when it is finished. */
  begin(type: string, done: (geometry: Geometry) => void): void;
  /** Opens a standing shape; `changed` hears each new form. Answers false for a kind that cannot be drawn. */
  open(type: string, geometry: Geometry, changed: (geometry: Geometry) => void): boolean;
  clear(): void;
  remove(): void;
}

export const simpleOf = (type: string): keyof typeof MODE | null => {
  const bare = type.replace(/^Multi/, "");
  return bare in MODE ? (bare as keyof typeof MODE) : null;
};

/** The corners that are set: the tool's own shape also holds the one that follows the pointer, and a ring's closing one. */
function drawnOf(shape: LineString | Polygon | null): Position[] {
  if (!shape) return [];
  return shape.type === "Polygon" ? (shape.coordinates[0] ?? []).slice(0, -2) : shape.coordinates.slice(0, -1);
}

/** `refused` hears of a corner that was clicked and would make an edge cross another. */
export function drawing(map: MapLibreMap, snaps: Snapper, refused: () => void): Drawing {
  let drawingNew = false;
  const toCustom: SnapToCustom = (event, context) =>
    snaps.at(
      { x: event.containerX, y: event.containerY },
      event.heldKeys.includes("Alt"),
      drawingNew ? drawnOf(context.getCurrentGeometrySnapshot()) : [],
    ) ?? undefined;
  const snapping = { toCoordinate: true, toCustom };
  const corner = { draggable: true, midpoints: true, deletable: true, snappable: snapping };
  const draw = new TerraDraw({
    adapter: new TerraDrawMapLibreGLAdapter({ map, coordinatePrecision: 9 }),
    modes: [
      new TerraDrawPointMode({ styles: { pointColor: COLOR, pointWidth: 8 } }),
      new TerraDrawLineStringMode({ snapping, styles: { lineStringColor: COLOR, lineStringWidth: 3 } }),
      new TerraDrawPolygonMode({
        snapping,
        validation: (feature, { updateType }) => {
          if (updateType !== "finish" && updateType !== "commit") return { valid: true };
          const judged = ValidateNotSelfIntersecting(feature);
          if (!judged.valid) refused();
          return judged;
        },
        styles: { fillColor: COLOR, fillOpacity: 0.2, outlineColor: COLOR, outlineWidth: 3 },
      }),
      new TerraDrawSelectMode({
        flags: {
          point: { feature: { draggable: true, coordinates: corner } },
          linestring: { feature: { draggable: true, coordinates: corner } },
          polygon: { feature: { draggable: true, coordinates: corner } },
        },
        allowManualDeselection: false,
        styles: {
          selectedPointColor: COLOR,
          selectedPointWidth: 9,
          selectedLineStringColor: COLOR,
          selectedPolygonColor: COLOR,
          selectedPolygonOutlineColor: COLOR,
          selectedPolygonFillOpacity: 0.2,
          selectionPointColor: "#ffffff",
          selectionPointWidth: 6,
          selectionPointOutlineColor: "#0b1016",
          selectionPointOutlineWidth: 2,
          midPointColor: COLOR,
          midPointWidth: 4,
        },
      }),
    ],
  });
  draw.start();
  draw.setMode("select");
  let finished: ((id: string | number) => void) | null = null;
  let changed: (() => void) | null = null;
  draw.on("finish", (id, context) => {
    if (context.action === "draw") finished?.(id);
    else changed?.();
  });
  draw.on("change", (_ids, type) => {
    if (type === "update") changed?.();
  });
  const clear = (): void => {
    snaps.hide();
    drawingNew = false;
    finished = null;
    changed = null;
    draw.clear();
    draw.setMode("select");
  };
  const simpleById = (id: string | number): Simple | null =>
    (draw.getSnapshotFeature(id)?.geometry as Simple | undefined) ?? null;
  return {
    begin(type, done) {
      clear();
      const simple = simpleOf(type);
      if (!simple) return;
      draw.setMode(MODE[simple]);
      drawingNew = true;
      finished = (id) => {
        const part = simpleById(id);
        const made = part && assembled(type, [part], null);
        clear();
        if (made) done(made);
      };
    },
    open(type, geometry, told) {
      clear();
      const parts = partsOf(geometry);
      if (!parts?.length) return false;
      const ids = parts.map(() => draw.getFeatureId());
      const taken = draw.addFeatures(
        parts.map((part, i) => ({
          type: "Feature",
          id: ids[i] as string,
          geometry: part,
          properties: { mode: MODE[part.type] },
        })),
      );
      if (taken.some((one) => !one.valid)) {
        clear();
        return false;
      }
      // Selecting is an "update" to the tool; only another form is news.
      let last = JSON.stringify(ids.map(simpleById));
      changed = () => {
        const now = ids.map(simpleById);
        const form = JSON.stringify(now);
        if (form === last) return;
        last = form;
        if (now.some((one) => one === null)) return;
        const made = assembled(geometry.type.startsWith("Multi") ? geometry.type : type, now as Simple[], geometry);
        if (made) told(made);
      };
      draw.selectFeature(ids[0] as string);
      return true;
    },
    clear,
    remove() {
      draw.stop();
    },
  };
}
