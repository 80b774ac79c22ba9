/** Where a unit went, over the map: stretches full, gaps dashed because nobody knows, doubted positions as hollow rings that belong to no line. */
import type { Feature } from "geojson";
import type { GeoJSONSource, Map as MapLibreMap } from "maplibre-gl";
import { useEffect } from "react";
import type { Trail } from "../../../api/types";
import { useTrail, useUnitDesk } from "./units";

const ID = "unit-trail";
const LAYERS = ["stretch", "gap", "doubt"] as const;

const shapes = (trail: Trail): Feature[] => [
  ...trail.stretches
    .filter((one) => one.length > 1)
    .map(
      (one): Feature => ({
        type: "Feature",
        properties: { kind: "stretch" },
        geometry: { type: "LineString", coordinates: one.map(([lon, lat]) => [lon, lat]) },
      }),
    ),
  ...trail.gaps.map(
    (one): Feature => ({
      type: "Feature",
      properties: { kind: "gap" },
      geometry: { type: "LineString", coordinates: one.ends },
    }),
  ),
  ...trail.doubted.map(
    (one): Feature => ({
      type: "Feature",
      properties: { kind: "doubt" },
      geometry: { type: "Point", coordinates: [one.lon, one.lat] },
    }),
  ),
];

function add(map: MapLibreMap): void {
  map.addSource(ID, { type: "geojson", data: { type: "FeatureCollection", features: [] } });
  const of = (kind: string) => ["==", ["get", "kind"], kind] as ["==", ["get", string], string];
  const before = map.getLayer("live-units") ? "live-units" : undefined;
  map.addLayer(
    {
      id: `${ID}-stretch`,
      type: "line",
      source: ID,
      filter: of("stretch"),
      paint: { "line-color": "#ffd84d", "line-width": 3 },
    },
    before,
  );
  map.addLayer(
    {
      id: `${ID}-gap`,
      type: "line",
      source: ID,
      filter: of("gap"),
      paint: { "line-color": "#ffd84d", "line-width": 1.5, "line-dasharray": [1, 3] },
    },
    before,
  );
  map.addLayer(
    {
      id: `${ID}-doubt`,
      type: "circle",
      source: ID,
      filter: of("doubt"),
      paint: { "circle-radius": 5, "circle-opacity": 0, "circle-stroke-color": "#f82b6a", "circle-stroke-width": 2 },
    },
    before,
  );
}

export function TrailOverlay({ map }: { map: MapLibreMap }) {
  const id = useUnitDesk((state) => state.trail);
  const trail = useTrail(id);
  useEffect(() => {
    if (id === null) return;
    if (!map.getSource(ID)) add(map);
    return () => {
      if (!map.style) return;
      for (const layer of LAYERS) if (map.getLayer(`${ID}-${layer}`)) map.removeLayer(`${ID}-${layer}`);
      if (map.getSource(ID)) map.removeSource(ID);
    };
  }, [map, id]);
  useEffect(() => {
    if (id !== null && trail)
      (map.getSource(ID) as GeoJSONSource | undefined)?.setData({ type: "FeatureCollection", features: shapes(trail) });
  }, [map, id, trail]);
  return null;
}
