/** The heat on a map: the server's cells in the server's classes, so that a colour means the same at every zoom. */
import type { Map as MapLibreMap } from "maplibre-gl";
import type { HeatLegend } from "../api/types";

const ID = "heat";
const LAYER = "incidents.heat";
/** Legends show the colours through the same glass. */
export const HEAT_OPACITY = 0.8;

/** `period` is the query of the tiles (from, to, category). Answers how to take it away again. */
export function addHeat(map: MapLibreMap, ramp: HeatLegend["ramp"], period: string): () => void {
  const lowest = ramp[0];
  if (!lowest) return () => undefined;
  const steps = ramp.slice(1).flatMap((row) => [row.from, row.color]);
  map.addSource(ID, {
    type: "vector",
    tiles: [`${location.origin}/tiles/${LAYER}/{z}/{x}/{y}.mvt?${period}&edges=1`],
    maxzoom: 15,
  });
  // Under every name: a street that cannot be read is no place to send anybody to.
  const before = map.getStyle().layers.find((one) => one.type === "symbol")?.id;
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
          "fill-opacity": HEAT_OPACITY,
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
