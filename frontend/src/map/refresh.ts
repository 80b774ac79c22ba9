/** Fetches a layer's tiles again after somebody changed it: the address gets a mark, the server's ETag does the rest. */
import type { Map as MapLibreMap, VectorTileSource } from "maplibre-gl";
import { withParameter } from "./tile-address";

let mark = 0;

export function refreshLayer(map: MapLibreMap, slug: string): void {
  mark += 1;
  setParameter(map, slug, "changed", String(mark));
}

/** Sets one parameter of a layer's tile addresses, labels included. */
export function setParameter(map: MapLibreMap, slug: string, name: string, value: string | null): void {
  for (const id of [slug, `${slug}_label`]) {
    const source = map.getSource(id) as VectorTileSource | undefined;
    if (source?.type !== "vector" || !source.tiles) continue;
    const next = source.tiles.map((one) => withParameter(one, name, value));
    if (next.some((one, i) => one !== source.tiles[i])) source.setTiles(next);
  }
}
