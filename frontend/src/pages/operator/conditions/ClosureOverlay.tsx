/** On the map: the closures that count, with their word beside their colour, what is being drawn, and the clicks that draw it. */
import type { Feature } from "geojson";
import type { GeoJSONSource, Map as MapLibreMap } from "maplibre-gl";
import { useEffect, useState } from "react";
import { useSay } from "../../../language/store";
import { keepStanding } from "../../../map/standing";
import { FONT } from "../../../theme/tokens";
import { useReplay } from "../playbooks/ReplayDrawer";
import { useClosures, useConditions } from "./conditions";
import { addPlace } from "./drawing";

const DRAFT = "conditions-draft";
const MARKS = "conditions-marks";
const collection = (features: Feature[]) => ({ type: "FeatureCollection" as const, features });

export function ClosureOverlay({ map }: { map: MapLibreMap }) {
  const { t, language } = useSay();
  const { tool, points, shape } = useConditions();
  const closures = useClosures();
  useEffect(() => addLayers(map), [map]);
  const [standing, setStanding] = useState<ReturnType<typeof keepStanding> | null>(null);
  // A replay draws what was closed then: what is closed now would be a lie beside it.
  const replaying = useReplay((one) => one.told !== null);
  useEffect(() => {
    const made = keepStanding(map);
    setStanding(made);
    return made.stop;
  }, [map]);
  useEffect(() => {
    if (closures) standing?.tell(closures);
    standing?.rest(replaying);
  }, [standing, closures, replaying]);
  useEffect(() => {
    const marked = replaying ? [] : (closures ?? []).filter((one) => one.state === "current");
    const features = marked.map((one) => ({
      ...one,
      properties: {
        words: `${one.properties.factor > 0 ? `◔ ${t("slowedMark")}` : `✕ ${t("closedMark")}`}`,
        slow: one.properties.factor > 0,
      },
    }));
    (map.getSource(MARKS) as GeoJSONSource | undefined)?.setData(collection(features));
  }, [map, closures, replaying, t, language]);
  useEffect(() => {
    const drawn: Feature[] = points.map((at) => ({
      type: "Feature",
      properties: {},
      geometry: { type: "Point", coordinates: at },
    }));
    if (shape) drawn.push({ type: "Feature", properties: {}, geometry: shape });
    (map.getSource(DRAFT) as GeoJSONSource | undefined)?.setData(collection(drawn));
  }, [map, points, shape]);
  useEffect(() => (tool ? takeClicks(map) : undefined), [map, tool]);
  return null;
}

/** Before the page's own clicks: while one draws, a click is a place and nothing else. */
function takeClicks(map: MapLibreMap): () => void {
  const box = map.getContainer();
  const canvas = map.getCanvas();
  const take = (event: MouseEvent): void => {
    if (event.target !== canvas) return;
    event.stopPropagation();
    const frame = canvas.getBoundingClientRect();
    const { lng, lat } = map.unproject([event.clientX - frame.left, event.clientY - frame.top]);
    void addPlace([Number(lng.toFixed(7)), Number(lat.toFixed(7))]);
  };
  box.addEventListener("click", take, true);
  canvas.style.cursor = "crosshair";
  return () => {
    box.removeEventListener("click", take, true);
    canvas.style.cursor = "";
  };
}

function addLayers(map: MapLibreMap): () => void {
  for (const source of [DRAFT, MARKS]) map.addSource(source, { type: "geojson", data: collection([]) });
  map.addLayer({
    id: `${DRAFT}-fill`,
    type: "fill",
    source: DRAFT,
    filter: ["==", ["geometry-type"], "Polygon"],
    paint: { "fill-color": "#ffd84d", "fill-opacity": 0.2 },
  });
  map.addLayer({
    id: `${DRAFT}-line`,
    type: "line",
    source: DRAFT,
    filter: ["!=", ["geometry-type"], "Point"],
    paint: { "line-color": "#ffd84d", "line-width": 5, "line-dasharray": [1.5, 1] },
  });
  map.addLayer({
    id: `${DRAFT}-places`,
    type: "circle",
    source: DRAFT,
    filter: ["==", ["geometry-type"], "Point"],
    paint: {
      "circle-color": "#ffd84d",
      "circle-radius": 6,
      "circle-stroke-color": "#0b1016",
      "circle-stroke-width": 2,
    },
  });
  map.addLayer({
    id: MARKS,
    type: "symbol",
    source: MARKS,
    minzoom: 12,
    layout: {
      "text-field": ["get", "words"],
      "text-font": [FONT],
      "text-size": 12,
      "text-offset": [0, -1.1],
      "symbol-placement": "point",
    },
    paint: {
      "text-color": ["case", ["get", "slow"], "#feef78", "#f5962b"],
      "text-halo-color": "#0b1016",
      "text-halo-width": 1.6,
    },
  });
  return () => {
    if (!map.style) return;
    for (const id of [MARKS, `${DRAFT}-places`, `${DRAFT}-line`, `${DRAFT}-fill`])
      if (map.getLayer(id)) map.removeLayer(id);
    for (const source of [DRAFT, MARKS]) if (map.getSource(source)) map.removeSource(source);
  };
}
