/** On the map: the ground under water at the level that counts, or at the one looked at, in waves, and the streets that it stops or slows. */
import type { GeoJSONSource, Map as MapLibreMap } from "maplibre-gl";
import { useEffect } from "react";
import { FONT } from "../../../theme/tokens";
import { useDesk } from "../desk";
import { useReplay } from "../playbooks/ReplayDrawer";
import { newestAt } from "../playbooks/replay";
import { useConditions, useFlood } from "./conditions";

const ZONES = "conditions-flood";
const STREETS = "conditions-flood-streets";
const WAVES = "conditions-waves";
const STEP_CM = 10;
const SOURCE = "flood_zones";
const nothing = { type: "FeatureCollection" as const, features: [] };

export function FloodOverlay({ map }: { map: MapLibreMap }) {
  const told = useReplay((one) => one.told);
  // In steps of the zones, so that a slider that moves asks once a step.
  const replayed_cm = useReplay((one) => {
    const level_cm = one.told ? newestAt(one.told.levels, one.at_s)?.level_cm : null;
    return level_cm == null ? null : Math.ceil(level_cm / STEP_CM) * STEP_CM;
  });
  const flood = useFlood(replayed_cm);
  const dry = told !== null && replayed_cm === null;
  const looking_cm = useConditions((one) => one.looking_cm);
  const open = useDesk((desk) => desk.panels.includes("flood"));
  const step_cm = dry ? null : (flood?.step_cm ?? null);
  useEffect(() => addLayers(map), [map]);
  useEffect(() => {
    // What is only looked at goes when the panel is closed; what counts stays.
    if (!open && looking_cm !== null) useConditions.setState({ looking_cm: null });
  }, [open, looking_cm]);
  useEffect(() => {
    if (map.getLayer(ZONES)) map.setFilter(ZONES, ["<=", ["get", "level_cm"], step_cm ?? -1_000]);
    (map.getSource(STREETS) as GeoJSONSource | undefined)?.setData((dry ? null : flood?.streets?.lines) ?? nothing);
  }, [map, step_cm, flood, dry]);
  return null;
}

function addLayers(map: MapLibreMap): () => void {
  if (!map.hasImage(WAVES)) map.addImage(WAVES, waves(), { pixelRatio: 2 });
  const below = map.getStyle().layers.find((one) => one.id.startsWith("roads-"))?.id;
  if (map.getSource(SOURCE))
    map.addLayer(
      {
        id: ZONES,
        type: "fill",
        source: SOURCE,
        "source-layer": SOURCE,
        filter: ["==", ["get", "level_cm"], -1_000],
        paint: { "fill-pattern": WAVES, "fill-opacity": 0.75 },
      },
      below,
    );
  map.addSource(STREETS, { type: "geojson", data: nothing });
  map.addLayer({
    id: `${STREETS}-slow`,
    type: "line",
    source: STREETS,
    filter: ["==", ["length", ["get", "closed"]], 0],
    paint: { "line-color": "#6cb6ff", "line-width": 3, "line-dasharray": [3, 1.5] },
  });
  map.addLayer({
    id: `${STREETS}-closed`,
    type: "line",
    source: STREETS,
    filter: [">", ["length", ["get", "closed"]], 0],
    paint: { "line-color": "#6cb6ff", "line-width": 5, "line-dasharray": [0.6, 0.8] },
  });
  map.addLayer({
    id: `${STREETS}-words`,
    type: "symbol",
    source: STREETS,
    minzoom: 14,
    filter: [">", ["get", "depth_cm"], 0],
    layout: {
      "symbol-placement": "line-center",
      "text-field": [
        "concat",
        ["case", [">", ["length", ["get", "closed"]], 0], "✕ ", "◔ "],
        ["to-string", ["get", "depth_cm"]],
        " cm",
      ],
      "text-font": [FONT],
      "text-size": 12,
    },
    paint: { "text-color": "#b9dcff", "text-halo-color": "#0b1016", "text-halo-width": 1.6 },
  });
  return () => {
    if (!map.style) return;
    for (const id of [`${STREETS}-words`, `${STREETS}-closed`, `${STREETS}-slow`, ZONES])
      if (map.getLayer(id)) map.removeLayer(id);
    if (map.getSource(STREETS)) map.removeSource(STREETS);
  };
}

/** Waves over a thin blue: water is told by its pattern, not by its colour alone. */
function waves(): ImageData {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 48;
  const ink = canvas.getContext("2d") as CanvasRenderingContext2D;
  ink.fillStyle = "#2f6fb066";
  ink.fillRect(0, 0, 48, 48);
  ink.strokeStyle = "#6cb6ffb0";
  ink.lineWidth = 2.5;
  for (const y of [12, 36]) {
    ink.beginPath();
    for (let x = 0; x <= 48; x += 2) ink.lineTo(x, y + 4 * Math.sin((x / 48) * 2 * Math.PI));
    ink.stroke();
  }
  return ink.getImageData(0, 0, 48, 48);
}
