/** Corners clicked on the map for a line or a box that belongs to no layer: a cut, a measure, a selection. It snaps, and the same hand that began it ends it. */
import type { Position } from "geojson";
import type { MapMouseEvent } from "maplibre-gl";
import { desk } from "./desk";
import { type Look, overlay } from "./mapAccess";

const LOOKS: readonly Look[] = [
  { type: "line", paint: { "line-color": "#0b1016", "line-width": 5 }, filter: ["!=", ["geometry-type"], "Point"] },
  {
    type: "line",
    paint: { "line-color": "#ffffff", "line-width": 2, "line-dasharray": [3, 2] },
    filter: ["!=", ["geometry-type"], "Point"],
  },
  {
    type: "circle",
    paint: {
      "circle-radius": 5,
      "circle-color": "#ffffff",
      "circle-stroke-color": "#0b1016",
      "circle-stroke-width": 2,
    },
    filter: ["==", ["geometry-type"], "Point"],
  },
];
interface Given {
  /** How the corners and the pointer are drawn: as the line that they are, or as something else. */
  shape?: (at: readonly Position[]) => Position[];
  /** Hears the corners that are set, after each of them. */
  changed: (set: readonly Position[]) => void;
  /** Hears the corners and the pointer, at each move. */
  moved?: (at: readonly Position[]) => void;
}
let running: (() => void) | null = null;
let corners: Position[] = [];
let draw: (pointer: Position | null) => void = () => undefined;
let heard: Given["changed"] = () => undefined;

export const sketched = (): readonly Position[] => corners;

export function sketch({ shape = (at) => [...at], changed, moved }: Given): void {
  endSketch();
  const { map, snaps } = desk();
  if (!map || !snaps) return;
  const drawn = overlay(map, "edit-sketch", LOOKS);
  const place = (event: MapMouseEvent): Position =>
    snaps.at(event.point, event.originalEvent.altKey, corners) ?? event.lngLat.toArray();
  draw = (pointer) => {
    const all = pointer ? [...corners, pointer] : corners;
    drawn.set({
      type: "FeatureCollection",
      features: [
        { type: "Feature", properties: {}, geometry: { type: "LineString", coordinates: shape(all) } },
        { type: "Feature", properties: {}, geometry: { type: "MultiPoint", coordinates: corners } },
      ],
    });
  };
  heard = changed;
  const move = (event: MapMouseEvent): void => {
    const at = place(event);
    draw(at);
    moved?.([...corners, at]);
  };
  const click = (event: MapMouseEvent): void => {
    const at = place(event);
    const last = corners.at(-1);
    // The second half of a double click sets no corner.
    if (last && map.project(last as [number, number]).dist(map.project(at as [number, number])) < 2) return;
    corners = [...corners, at];
    draw(null);
    changed(corners);
  };
  map.doubleClickZoom.disable();
  map.getCanvas().style.cursor = "crosshair";
  map.on("click", click);
  map.on("mousemove", move);
  running = () => {
    map.off("click", click);
    map.off("mousemove", move);
    map.doubleClickZoom.enable();
    map.getCanvas().style.cursor = "";
    snaps.hide();
    drawn.remove();
  };
}

/** Takes the last corner back. */
export function unsketch(): void {
  if (!running || !corners.length) return;
  corners = corners.slice(0, -1);
  draw(null);
  heard(corners);
}

export function endSketch(): void {
  running?.();
  running = null;
  corners = [];
}
