/** The drawing tool over the map: a new shape, or a standing one with its corners; snaps to the layer's true corners. */
import type { Geometry, Position } from "geojson";
import type { Map as MapLibreMap } from "maplibre-gl";
import {
  TerraDraw,
  TerraDrawLineStringMode,
  TerraDrawPointMode,
  TerraDrawPolygonMode,
  TerraDrawSelectMode,
  ValidateNotSelfIntersecting,
} from "terra-draw";
import { TerraDrawMapLibreGLAdapter } from "terra-draw-maplibre-gl-adapter";
import { assembled, corners, partsOf, type Simple } from "../../geometry/parts";

const SNAP_PX = 12;
const COLOR = "#ffd84d";
const MODE = { Point: "point", LineString: "linestring", Polygon: "polygon" } as const;

export interface Drawing {
  /** Draws a new shape of the layer's type; `done` hears it when it is finished. */
  begin(type: string, done: (geometry: Geometry) => void): void;
  /** Opens a standing shape; `changed` hears each new form. Answers false for a kind that cannot be drawn. */
  open(type: string, geometry: Geometry, changed: (geometry: Geometry) => void): boolean;
  /** The corners that are snapped to. */
  snapTo(geometries: readonly Geometry[]): void;
  clear(): void;
  remove(): void;
}

export const simpleOf = (type: string): keyof typeof MODE | null => {
  const bare = type.replace(/^Multi/, "");
  return bare in MODE ? (bare as keyof typeof MODE) : null;
};

export function drawing(map: MapLibreMap): Drawing {
  let targets: Position[] = [];
  const toCustom = (event: { containerX: number; containerY: number; heldKeys: string[] }): Position | undefined => {
    if (event.heldKeys.includes("Alt")) return undefined;
    let best: Position | undefined;
    let reach = SNAP_PX;
    for (const at of targets) {
      const spot = map.project([at[0] as number, at[1] as number]);
      const away = Math.hypot(spot.x - event.containerX, spot.y - event.containerY);
      if (away < reach) {
        reach = away;
        best = [Number((at[0] as number).toFixed(9)), Number((at[1] as number).toFixed(9))];
      }
    }
    return best;
  };
  const snapping = { toCoordinate: true, toCustom };
  const corner = { draggable: true, midpoints: true, deletable: true, snappable: snapping };
  const draw = new TerraDraw({
    adapter: new TerraDrawMapLibreGLAdapter({ map, coordinatePrecision: 9 }),
    modes: [
      new TerraDrawPointMode({ styles: { pointColor: COLOR, pointWidth: 8 } }),
      new TerraDrawLineStringMode({ snapping, styles: { lineStringColor: COLOR, lineStringWidth: 3 } }),
      new TerraDrawPolygonMode({
        snapping,
        validation: (feature, { updateType }) =>
          updateType === "finish" || updateType === "commit" ? ValidateNotSelfIntersecting(feature) : { valid: true },
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
    snapTo(geometries) {
      targets = geometries.flatMap(corners);
    },
    clear,
    remove() {
      draw.stop();
    },
  };
}
