/** The readiness surface over the map while its panel is open. */
import type { Map as MapLibreMap } from "maplibre-gl";
import { useEffect } from "react";
import { useDesk } from "../desk";
import { useConditions, useReadiness } from "./conditions";
import { pictureOf } from "./surface";

const ID = "conditions-coverage";

export function CoverageOverlay({ map }: { map: MapLibreMap }) {
  const open = useDesk((desk) => desk.panels.includes("coverage"));
  const { after, without } = useConditions();
  const found = useReadiness(open);
  useEffect(() => {
    if (!open || !found?.columns) return;
    const cells = after && without !== null && found.then ? found.then : found.now;
    const canvas = pictureOf(cells, found.columns, found.ramp);
    const coordinates = found.corners as [[number, number], [number, number], [number, number], [number, number]];
    // The canvas itself, not its address: the page's policy lets nothing be fetched that is not the city's.
    take(map);
    map.addSource(ID, { type: "canvas", canvas, coordinates, animate: false });
    const below = map.getStyle().layers.find((one) => one.id.startsWith("roads-"))?.id;
    map.addLayer(
      {
        id: ID,
        type: "raster",
        source: ID,
        paint: { "raster-opacity": 0.55, "raster-fade-duration": 0, "raster-resampling": "nearest" },
      },
      below,
    );
  }, [map, open, found, after, without]);
  useEffect(() => {
    if (!open) return;
    return () => take(map);
  }, [map, open]);
  return null;
}

function take(map: MapLibreMap): void {
  if (!map.style) return;
  if (map.getLayer(ID)) map.removeLayer(ID);
  if (map.getSource(ID)) map.removeSource(ID);
}
