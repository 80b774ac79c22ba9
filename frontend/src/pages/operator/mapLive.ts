/** Cases, units and routes on the map, straight from their lists: no React between an event and a moved unit. */
import type { Feature } from "geojson";
import type { GeoJSONSource, Map as MapLibreMap } from "maplibre-gl";
import type { Candidate, City, Incident, Responder } from "../../api/types";
import { circle } from "../../geometry/circle";
import { placeOf } from "../../geometry/placeOf";
import { age, secondsSince } from "../../panels/age";
import { FONT } from "../../theme/tokens";

const empty = { type: "FeatureCollection" as const, features: [] as Feature[] };
const put = (map: MapLibreMap, source: string, features: Feature[]): void =>
  void (map.getSource(source) as GeoJSONSource | undefined)?.setData({ type: "FeatureCollection", features });

export function addLiveLayers(map: MapLibreMap): void {
  for (const source of ["live-routes", "live-place", "live-units", "live-cases"])
    map.addSource(source, { type: "geojson", data: empty });
  map.addLayer({
    id: "live-place",
    type: "line",
    source: "live-place",
    paint: { "line-color": "#ffd84d", "line-dasharray": [2, 2] },
  });
  map.addLayer({
    id: "live-routes",
    type: "line",
    source: "live-routes",
    paint: {
      "line-color": ["case", ["get", "chosen"], "#6cb6ff", "#5a6b7c"],
      "line-width": ["case", ["get", "chosen"], 5, 2],
    },
  });
  const text = {
    "text-font": [FONT],
    "text-size": 12,
    "text-offset": [0, 1.2] as [number, number],
    "text-optional": true,
  };
  map.addLayer({
    id: "live-units",
    type: "symbol",
    source: "live-units",
    layout: { "icon-image": ["get", "icon"], "icon-allow-overlap": true, "text-field": ["get", "label"], ...text },
    paint: {
      "icon-opacity": ["case", ["get", "stale"], 0.5, 1],
      "text-color": "#e6edf3",
      "text-halo-color": "#0b1016",
      "text-halo-width": 1,
    },
  });
  map.addLayer({
    id: "live-cases",
    type: "symbol",
    source: "live-cases",
    layout: {
      "icon-image": ["get", "icon"],
      "icon-allow-overlap": true,
      "symbol-sort-key": ["get", "severity"],
      "icon-size": ["case", ["get", "chosen"], 1.4, 1],
    },
  });
}

export function drawCases(map: MapLibreMap, items: Incident[], selected: number | null): void {
  put(
    map,
    "live-cases",
    items.flatMap((one): Feature[] => {
      const at = placeOf(one);
      if (!at) return [];
      const properties = {
        severity: one.severity,
        chosen: one.id === selected,
        icon: `severity-${one.severity}${one.acknowledged_at ? "" : "-new"}`,
      };
      return [{ type: "Feature", id: one.id, geometry: { type: "Point", coordinates: at }, properties }];
    }),
  );
  const shown = items.find((one) => one.id === selected);
  const at = placeOf(shown);
  put(
    map,
    "live-place",
    at && shown?.accuracy_m ? [{ type: "Feature", properties: {}, geometry: circle(...at, shown.accuracy_m) }] : [],
  );
}

export function drawUnits(
  map: MapLibreMap,
  items: Responder[],
  { stale_after_s, lost_after_s }: Pick<City, "stale_after_s" | "lost_after_s">,
): void {
  const now = Date.now();
  put(
    map,
    "live-units",
    items.flatMap((one): Feature[] => {
      if (one.lon === null || one.lat === null) return [];
      const seconds = one.position_at ? secondsSince(one.position_at, now) : Number.POSITIVE_INFINITY;
      const stale = seconds > stale_after_s;
      const look = seconds > lost_after_s ? "-lost" : stale ? "-stale" : "";
      const icon = one.availability === "available" || one.availability === "busy" ? one.availability : "off";
      return [
        {
          type: "Feature",
          id: one.id,
          geometry: { type: "Point", coordinates: [one.lon, one.lat] },
          properties: {
            icon: `unit-${icon}${look}`,
            stale,
            label: stale ? `${one.code} ◷ ${Number.isFinite(seconds) ? age(seconds) : "?"}` : one.code,
          },
        },
      ];
    }),
  );
}

export function drawRoutes(map: MapLibreMap, items: Candidate[], chosen: number | null): void {
  put(
    map,
    "live-routes",
    items.flatMap((one): Feature[] =>
      one.route ? [{ type: "Feature", geometry: one.route, properties: { chosen: one.responder.id === chosen } }] : [],
    ),
  );
}
