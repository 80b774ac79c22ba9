/** The replay on the map: trails as far as they had grown, units where they were, what was closed then. */
import type { GeoJSONSource, Map as MapLibreMap } from "maplibre-gl";
import { useEffect } from "react";
import { useDesk } from "../desk";
import { useReplay } from "./ReplayDrawer";
import { drawnAt, standingAt } from "./replay";
import { clearReach } from "./showing";

const ID = "replay";
const NOTHING: GeoJSON.FeatureCollection = { type: "FeatureCollection", features: [] };
/** Told apart by letter and colour: the label says which unit it is. */
const COLORS = ["#f5962b", "#7fb2d9", "#8fd9bd", "#d7a8e8", "#feef78"];

export function ReplayOverlay({ map }: { map: MapLibreMap }) {
  const { told, at_s } = useReplay();
  const selected = useDesk((desk) => desk.selected);
  useEffect(() => clearReach, [selected]);
  const standing = told !== null;
  useEffect(() => {
    if (!standing) return;
    add(map);
    return () => remove(map);
  }, [map, standing]);
  useEffect(() => {
    if (!told) return;
    (map.getSource(ID) as GeoJSONSource | undefined)?.setData(featuresAt(told, at_s));
  }, [map, told, at_s]);
  return null;
}

function featuresAt(told: NonNullable<ReturnType<typeof useReplay.getState>["told"]>, at_s: number) {
  const features: GeoJSON.Feature[] = [];
  const put = (geometry: GeoJSON.Geometry, properties: Record<string, unknown>): void =>
    void features.push({ type: "Feature", geometry, properties });
  told.units.forEach((unit, index) => {
    const color = COLORS[index % COLORS.length];
    const drawn = drawnAt(unit, at_s, told.gap_s);
    for (const line of drawn.trail)
      if (line.length > 1) put({ type: "LineString", coordinates: line }, { what: "trail", color });
    const place = drawn.place ?? drawn.last;
    if (place)
      put(
        { type: "Point", coordinates: place },
        { what: "unit", color, label: drawn.last ? `${unit.code} ?` : unit.code, faint: drawn.last ? 0.4 : 1 },
      );
  });
  for (const one of standingAt(told.closures, at_s))
    if (one.geometry) put(one.geometry, { what: "closure", label: one.properties.factor > 0 ? "◔" : "✕" });
  if (told.incident.lon !== null && told.incident.lat !== null)
    put({ type: "Point", coordinates: [told.incident.lon, told.incident.lat] }, { what: "scene", color: "#f82b6a" });
  return { ...NOTHING, features };
}

function add(map: MapLibreMap): void {
  if (map.getSource(ID)) return;
  map.addSource(ID, { type: "geojson", data: NOTHING });
  map.addLayer({
    id: `${ID}-closures`,
    type: "line",
    source: ID,
    filter: ["==", ["get", "what"], "closure"],
    paint: { "line-color": "#f5962b", "line-width": 5, "line-dasharray": [1, 1] },
  });
  map.addLayer({
    id: `${ID}-closed`,
    type: "symbol",
    source: ID,
    filter: ["==", ["get", "what"], "closure"],
    layout: {
      "text-field": ["get", "label"],
      "text-font": ["Be Vietnam Pro"],
      "text-size": 16,
      "text-allow-overlap": true,
    },
    paint: { "text-color": "#f5962b", "text-halo-color": "#0b1016", "text-halo-width": 1.6 },
  });
  map.addLayer({
    id: `${ID}-trails`,
    type: "line",
    source: ID,
    filter: ["==", ["get", "what"], "trail"],
    paint: { "line-color": ["get", "color"], "line-width": 3 },
  });
  map.addLayer({
    id: `${ID}-points`,
    type: "circle",
    source: ID,
    filter: ["in", ["get", "what"], ["literal", ["unit", "scene"]]],
    paint: {
      "circle-color": ["get", "color"],
      "circle-radius": 7,
      "circle-opacity": ["coalesce", ["get", "faint"], 1],
      "circle-stroke-color": "#0b1016",
      "circle-stroke-width": 2,
    },
  });
  map.addLayer({
    id: `${ID}-labels`,
    type: "symbol",
    source: ID,
    filter: ["==", ["get", "what"], "unit"],
    layout: {
      "text-field": ["get", "label"],
      "text-font": ["Be Vietnam Pro"],
      "text-size": 13,
      "text-offset": [0, 1.3],
      "text-allow-overlap": true,
    },
    paint: { "text-color": "#e6edf3", "text-halo-color": "#0b1016", "text-halo-width": 1.5 },
  });
}
const LAYERS = ["labels", "points", "trails", "closed", "closures"];
function remove(map: MapLibreMap): void {
  if (!map.style) return;
  for (const name of LAYERS) if (map.getLayer(`${ID}-${name}`)) map.removeLayer(`${ID}-${name}`);
  if (map.getSource(ID)) map.removeSource(ID);
}
