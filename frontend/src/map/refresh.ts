/** Fetches a layer's tiles again after somebody changed it: the address gets a mark, the server's ETag does the rest. */
import type { Map as MapLibreMap, VectorTileSource } from "maplibre-gl";

const MARK = /([?&])changed=\d+/;
let mark = 0;

export function refreshLayer(map: MapLibreMap, slug: string): void {
  mark += 1;
  for (const id of [slug, `${slug}_label`]) {
    const source = map.getSource(id) as VectorTileSource | undefined;
    if (source?.type !== "vector" || !source.tiles) continue;
    source.setTiles(
      source.tiles.map((one) => {
        const bare = one.replace(MARK, "");
        return `${bare}${bare.includes("?") ? "&" : "?"}changed=${mark}`;
      }),
    );
  }
}
