/** The wall's map: nobody touches it; the scene decides what is drawn and where it looks. */
import type { Feature } from "geojson";
import { type ExpressionSpecification, type GeoJSONSource, LngLatBounds, type Map as MapLibreMap } from "maplibre-gl";
import { useEffect, useRef, useState } from "react";
import type { City, HeatLegend, Wall } from "../../api/types";
import { useSay } from "../../language/store";
import { createMap, retire, showLayer, slugOf } from "../../map/create";
import { addHeat } from "../../map/heat";
import { keepStanding } from "../../map/standing";
import { FONT } from "../../theme/tokens";
import { isOpen, NO_RATE, rateColor, type Scene, WARD_OPACITY } from "./scenes";

const SHOWN = new Set(["wards", "canals", "roads", "bridges"]);
const SEVERE = 4;
const OVERVIEW_OUT = 2;
const LOST_CONTEXT_MS = 5000;
const LATE_MS = 60_000;

export function WallMap({
  city,
  wall,
  legend,
  scene,
}: {
  city: City;
  wall: Wall;
  legend: HeatLegend | null;
  scene: Scene;
}) {
  const { t, language } = useSay();
  const box = useRef<HTMLDivElement>(null);
  const [map, setMap] = useState<MapLibreMap | null>(null);
  const [tries, setTries] = useState(0);

  useEffect(() => {
    if (!box.current) return;
    let gone = false;
    let made: MapLibreMap | undefined;
    let retry: ReturnType<typeof setTimeout> | undefined;
    const again = () => {
      clearTimeout(retry);
      retry = setTimeout(() => setTries((was) => was + 1), LOST_CONTEXT_MS);
    };
    createMap(box.current, city.view, { interactive: false }).then((ready) => {
      made = ready;
      if (gone) return ready.remove();
      keepStanding(ready);
      // A graphics driver that gave up comes back with a new map, not with a black wall.
      ready.on("webglcontextlost", again);
      // Tiles that never come (a worker that did not load, a server that is starting) do not stay a blank wall either.
      const late = setTimeout(again, LATE_MS);
      ready.once("load", () => clearTimeout(late));
      ready.once("remove", () => clearTimeout(late));
      for (const slug of new Set(ready.getStyle().layers.map((one) => slugOf(one as never))))
        if (slug && slug !== "background") showLayer(ready, slug, SHOWN.has(slug));
      // Small print cannot be read from across the room: of the names only the wards' stay.
      for (const one of ready.getStyle().layers)
        if (one.type === "symbol" && one.id !== "wards_label") ready.setLayoutProperty(one.id, "visibility", "none");
      addWallLayers(ready);
      setMap(ready);
    }, again);
    return () => {
      gone = true;
      clearTimeout(retry);
      setMap(null);
      retire(made);
    };
  }, [city, tries]);

  const rates = JSON.stringify(wall.by_ward);
  useEffect(() => {
    if (!map?.getLayer("wall-wards")) return;
    const at: ExpressionSpecification = ["get", "code"];
    // One word a code: a match with the same label twice is refused by the map.
    const wards = [...new Map(wall.by_ward.map((one) => [one.code, one])).values()];
    const matched = (pairs: string[], rest: ExpressionSpecification | string) =>
      (pairs.length ? ["match", at, ...pairs, rest] : rest) as ExpressionSpecification;
    const colors = wards.flatMap((one) => [one.code, rateColor(one.rate_per_10k)]);
    const words = wards.flatMap((one) => [
      one.code,
      `${one.name}\n${one.rate_per_10k === null ? t("sparse") : one.rate_per_10k.toLocaleString(language, { maximumFractionDigits: 1 })} · n = ${one.n}`,
    ]);
    map.setPaintProperty("wall-wards", "fill-color", matched(colors, NO_RATE));
    if (map.getLayer("wards_label")) {
      const name: ExpressionSpecification = ["coalesce", ["to-string", ["get", "name"]], ""];
      map.setLayoutProperty("wards_label", "text-field", scene === "wards" ? matched(words, name) : name);
    }
  }, [map, rates, scene, language]);
  useEffect(() => {
    if (!map) return;
    const visible = (id: string, on: boolean) =>
      map.getLayer(id) && map.setLayoutProperty(id, "visibility", on ? "visible" : "none");
    visible("wall-wards", scene === "wards");
    visible("wall-cases", scene !== "wards");
    visible("wall-halo", scene === "severe");
    // Over the heat the shapes say enough; their words would hide what they lie on.
    map.setLayoutProperty("wall-cases", "text-field", scene === "severe" ? ["get", "label"] : "");
    map.setLayoutProperty("wall-cases", "icon-size", scene === "severe" ? 2.4 : 1.4);
  }, [map, scene]);
  const period = wholeDays(wall.period.from, wall.period.to);
  useEffect(() => {
    if (map && legend && scene === "heat") return addHeat(map, legend.ramp, period);
  }, [map, legend, scene, period]);

  const severe = wall.latest.filter(
    (one) => one.severity >= SEVERE && isOpen(one) && one.lon !== null && one.lat !== null,
  );
  const places = severe.map((one) => `${one.id}:${one.severity}:${one.lon}:${one.lat}`).join();
  useEffect(() => {
    (map?.getSource("wall-cases") as GeoJSONSource | undefined)?.setData({
      type: "FeatureCollection",
      features: severe.map(
        (one): Feature => ({
          type: "Feature",
          id: one.id,
          geometry: { type: "Point", coordinates: [one.lon as number, one.lat as number] },
          properties: {
            icon: `severity-${one.severity}`,
            severity: one.severity,
            label: city.categories.find((kind) => kind.code === one.category)?.[language] ?? "",
          },
        }),
      ),
    });
  }, [map, places, language]);
  // The view moves only when the scene or the set of cases changes: never under someone who is reading.
  useEffect(() => {
    if (!map) return;
    if (scene !== "severe" || !severe.length) return overview(map, city);
    const around = new LngLatBounds();
    for (const one of severe) around.extend([one.lon as number, one.lat as number]);
    map.fitBounds(around, { padding: 120, maxZoom: 15.5, duration: 0 });
  }, [map, scene, places]);
  return <div className="wall-map" ref={box} data-testid="map" data-scene={scene} />;
}

/** The period in whole days, its last one included: the same tiles all day, not new ones with every answer. */
function wholeDays(from: string, to: string): string {
  const day = (at: number): string => {
    const moment = new Date(at);
    return new Date(at - moment.getTimezoneOffset() * 60_000).toISOString().slice(0, 10);
  };
  return new URLSearchParams({ from: day(Date.parse(from)), to: day(Date.parse(to) + 86_400_000) }).toString();
}

/** The whole city: as far as its present wards reach, once their tiles are there. Answers how to stop waiting for them. */
function overview(map: MapLibreMap, city: City): () => void {
  map.jumpTo({ center: [city.view.lon, city.view.lat], zoom: city.view.zoom - OVERVIEW_OUT });
  const fit = () => {
    const layer = map.getLayer("wall-wards");
    if (!layer) return;
    const around = new LngLatBounds();
    const found = map.querySourceFeatures(layer.source, {
      ...(layer.sourceLayer ? { sourceLayer: layer.sourceLayer } : {}),
      filter: ["!", ["has", "valid_until"]],
    });
    for (const one of found) {
      if (one.geometry.type !== "Polygon" && one.geometry.type !== "MultiPolygon") continue;
      const rings = one.geometry.type === "Polygon" ? one.geometry.coordinates : one.geometry.coordinates.flat();
      for (const ring of rings) for (const at of ring) around.extend([at[0] as number, at[1] as number]);
    }
    if (!around.isEmpty()) map.fitBounds(around, { padding: 24, duration: 0 });
  };
  map.once("idle", fit);
  return () => void map.off("idle", fit);
}

function addWallLayers(map: MapLibreMap): void {
  const size = Number.parseFloat(getComputedStyle(document.body).getPropertyValue("font-size")) || 24;
  map.addSource("wall-cases", { type: "geojson", data: { type: "FeatureCollection", features: [] } });
  const wards = map.getStyle().layers.find((one) => slugOf(one as never) === "wards");
  if (wards && "source" in wards) {
    const first = map.getStyle().layers.find((one) => one.type !== "background")?.id;
    map.addLayer(
      {
        id: "wall-wards",
        type: "fill",
        source: String(wards.source),
        ...("source-layer" in wards && wards["source-layer"] ? { "source-layer": wards["source-layer"] } : {}),
        filter: ["!", ["has", "valid_until"]],
        paint: { "fill-color": NO_RATE, "fill-opacity": WARD_OPACITY },
      },
      first,
    );
  }
  if (map.getLayer("wards_label")) {
    map.setFilter("wards_label", ["!", ["has", "valid_until"]]);
    map.setLayoutProperty("wards_label", "text-size", size);
    map.setLayoutProperty("wards_label", "text-font", [FONT]);
    map.setLayoutProperty("wards_label", "text-allow-overlap", true);
    map.setPaintProperty("wards_label", "text-color", "#ffffff");
    map.setPaintProperty("wards_label", "text-halo-width", 3);
  }
  map.addLayer({
    id: "wall-halo",
    type: "circle",
    source: "wall-cases",
    filter: [">=", ["get", "severity"], 5],
    paint: {
      "circle-radius": 48,
      "circle-color": "rgba(248,43,106,0.18)",
      "circle-stroke-color": "#f82b6a",
      "circle-stroke-width": 3,
    },
  });
  map.addLayer({
    id: "wall-cases",
    type: "symbol",
    source: "wall-cases",
    layout: {
      "icon-image": ["get", "icon"],
      "icon-size": 2.4,
      "icon-allow-overlap": true,
      "symbol-sort-key": ["-", 0, ["get", "severity"]],
      "text-field": ["get", "label"],
      "text-font": [FONT],
      "text-size": size,
      "text-offset": [0, 1.3],
      "text-anchor": "top",
      "text-optional": true,
    },
    paint: { "text-color": "#ffffff", "text-halo-color": "#0b1016", "text-halo-width": 3 },
  });
}
