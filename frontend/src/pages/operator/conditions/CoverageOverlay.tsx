/** The readiness surface over the map while its panel is open. */
import type { ImageSource, Map as MapLibreMap } from "maplibre-gl";
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
    const url = pictureOf(cells, found.columns, found.ramp).toDataURL();
    const coordinates = found.corners as [[number, number], [number, number], [number, number], [number, number]];
    const standing = map.getSource(ID) as ImageSource | undefined;
    if (standing) return void standing.updateImage({ url, coordinates });
    map.addSource(ID, { type: "image", url, coordinates });
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
    return () => {
      if (!map.style) return;
      if (map.getLayer(ID)) map.removeLayer(ID);
      if (map.getSource(ID)) map.removeSource(ID);
    };
  }, [map, open]);
  return null;
}
