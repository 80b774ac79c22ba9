/** How exactly a point on the map is meant that somebody clicked: so many pixels of what is shown. */
import type { Map as MapLibreMap } from "maplibre-gl";

const HAND_PX = 12;
const EQUATOR_M = 40_075_016.686;
const TILE_PX = 512;

export function metresOf(map: Pick<MapLibreMap, "getZoom" | "getCenter">): number {
  const m_per_px = (EQUATOR_M * Math.cos((map.getCenter().lat * Math.PI) / 180)) / (TILE_PX * 2 ** map.getZoom());
  return Math.max(1, Math.round(m_per_px * HAND_PX * 10) / 10);
}
