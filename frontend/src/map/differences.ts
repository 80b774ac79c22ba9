/** Differences drawn over a map: areas in patterns, lines in dashes, points as signs; the same hand takes them away. */
import type { FeatureCollection } from "geojson";
import type { ExpressionSpecification, FilterSpecification, GeoJSONSource, Map as MapLibreMap } from "maplibre-gl";
import { addPatterns, CHANGES, discName, MARKS, patternName } from "./patterns";

export interface Differences {
  /** Features carry `change` among their properties. */
  show(features: FeatureCollection): void;
  /** Which feature stands out, by its `key` property; null for none. */
  point(key: number | string | null): void;
  remove(): void;
}

const NOTHING: FeatureCollection = { type: "FeatureCollection", features: [] };
const OF = (kind: "Polygon" | "Point", change: string): FilterSpecification =>
  ["all", ["==", ["geometry-type"], kind], ["==", ["get", "change"], change]] as FilterSpecification;
const SHARPENED = "#ffd84d";

export function addDifferences(map: MapLibreMap, id: string): Differences {
  addPatterns(map);
  map.addSource(id, { type: "geojson", data: NOTHING });
  const layers: string[] = [];
  const add = (layer: Parameters<MapLibreMap["addLayer"]>[0]): void => {
    map.addLayer(layer);
    layers.push(layer.id);
  };
  // What stays comes first, so that what changes lies over it.
  for (const change of [...CHANGES].reverse()) {
    const { color, dash } = MARKS[change];
    add({
      id: `${id}-${change}-area`,
      type: "fill",
      source: id,
      filter: OF("Polygon", change),
      paint: { "fill-pattern": patternName(change) },
    });
    add({
      id: `${id}-${change}-under`,
      type: "line",
      source: id,
      filter: ["all", ["!=", ["geometry-type"], "Point"], ["==", ["get", "change"], change]] as FilterSpecification,
      paint: { "line-color": "#0b1016", "line-width": 5 },
    });
    add({
      id: `${id}-${change}-line`,
      type: "line",
      source: id,
      filter: ["all", ["!=", ["geometry-type"], "Point"], ["==", ["get", "change"], change]] as FilterSpecification,
      paint: { "line-color": color, "line-width": 2.5, ...(dash ? { "line-dasharray": dash } : {}) },
    });
    add({
      id: `${id}-${change}-point`,
      type: "symbol",
      source: id,
      filter: OF("Point", change),
      layout: { "icon-image": discName(change), "icon-allow-overlap": true },
    });
  }
  const none = ["==", ["get", "key"], " "] as ExpressionSpecification;
  add({
    id: `${id}-sharp`,
    type: "line",
    source: id,
    filter: none as FilterSpecification,
    // Beside the line, not over it: what kind of change it is stays to be seen.
    paint: { "line-color": SHARPENED, "line-width": 2.5, "line-gap-width": 7 },
  });
  add({
    id: `${id}-sharp-point`,
    type: "circle",
    source: id,
    filter: none as FilterSpecification,
    paint: {
      "circle-radius": 15,
      "circle-color": "rgba(0,0,0,0)",
      "circle-stroke-color": SHARPENED,
      "circle-stroke-width": 3,
    },
  });
  return {
    show: (features) => void (map.getSource(id) as GeoJSONSource | undefined)?.setData(features),
    point: (key) => {
      const is = ["==", ["get", "key"], key ?? " "] as FilterSpecification;
      map.setFilter(`${id}-sharp`, ["all", ["!=", ["geometry-type"], "Point"], is] as FilterSpecification);
      map.setFilter(`${id}-sharp-point`, ["all", ["==", ["geometry-type"], "Point"], is] as FilterSpecification);
    },
    remove: () => {
      if (!map.style) return;
      for (const one of layers) if (map.getLayer(one)) map.removeLayer(one);
      if (map.getSource(id)) map.removeSource(id);
    },
  };
}
