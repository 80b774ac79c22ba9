/** The heat on a map: the server's cells in the server's classes, so that a colour means the same at every zoom. */
import type { Map as MapLibreMap } from "maplibre-gl";
import type { HeatLegend } from "../api/types";

const ID = "heat";
const LAYER = "incidents.heat";
const OPACITY = 0.65;

/** `period` is the query of the tiles (from, to, category). Answers how to take it away again. */
export function addHeat(
  map: MapLibreMap,
  ramp: HeatLegend["ramp"],
  period: string,
  under: string | undefined,
): () => void {
  const lowest = ramp[0];
  if (!lowest) return () => undefined;
  const steps = ramp.slice(1).flatMap((row) => [row.from, row.color]);
  map.addSource(ID, {
    type: "vector",
    tiles: [`${location.origin}/tiles/${LAYER}/{z}/{x}/{y}.mvt?${period}&edges=1`],
    maxzoom: 15,
  });
  const before = under && map.getLayer(under) ? under : undefined;
  // A cell belongs to the one tile that holds its centre; `_edge` is what reaches in from the neighbours.
  const ids = ["", "_edge"].map((suffix) => {
    map.addLayer(
      {
        id: ID + suffix,
        type: "fill",
        source: ID,
        "source-layer": LAYER + suffix,
        paint: {
          "fill-color": steps.length ? (["step", ["get", "density"], lowest.color, ...steps] as never) : lowest.color,
          "fill-opacity": OPACITY,
          "fill-antialias": false,
        },
      },
      before,
    );
    return ID + suffix;
  });
  return () => {
    if (!map.style) return;
    for (const id of ids) map.removeLayer(id);
    map.removeSource(ID);
  };
}
