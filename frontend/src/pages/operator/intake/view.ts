/** What is meant by a place on the map that somebody clicked or chose: where, by what it is known, how exactly (so many pixels of what is shown). */
import type { Map as MapLibreMap } from "maplibre-gl";
import type { Draft } from "./draft";

const HAND_PX = 12;
const EQUATOR_M = 40_075_016.686;
const TILE_PX = 512;

export function metresOf(map: Pick<MapLibreMap, "getZoom" | "getCenter">): number {
  const m_per_px = (EQUATOR_M * Math.cos((map.getCenter().lat * Math.PI) / 180)) / (TILE_PX * 2 ** map.getZoom());
  return Math.max(1, Math.round(m_per_px * HAND_PX * 10) / 10);
}

/** A place as the server takes it: with its source and how sure it is, or none. */
export function placeSaid(
  said: Pick<Draft, "where" | "spot">,
  map: Pick<MapLibreMap, "getZoom" | "getCenter"> | null,
): Record<string, unknown> {
  if (said.where === "spot" && said.spot) {
    const { lon, lat, source, accuracy_m } = said.spot;
    return { lon, lat, place_source: source, accuracy_m };
  }
  if (said.where === "centre" && map) {
    const at = map.getCenter();
    return { lon: at.lng, lat: at.lat, place_source: "map", accuracy_m: metresOf(map) };
  }
  return { place_source: "" };
}
