/** Brings one layer of a standing map to what the server says now: its sources and style layers go and come again where they were. */
import type { Map as MapLibreMap } from "maplibre-gl";
import { cityStyle, slugOf } from "./create";

export async function restyle(map: MapLibreMap, slug: string): Promise<void> {
  const fresh = await cityStyle();
  if (!map.style) return;
  const standing = map.getStyle();
  const after = (ids: string[]): string | undefined => {
    const last = standing.layers.findLastIndex((one) => ids.includes(one.id));
    return last < 0 ? undefined : standing.layers[last + 1]?.id;
  };
  const mine = standing.layers.filter((one) => slugOf(one as never) === slug).map((one) => one.id);
  // A new layer lies under the names, as the server's own order has it.
  const names = standing.layers.find((one) => one.type === "symbol")?.id;
  const before = mine.length ? after(mine.filter((id) => !id.endsWith("_label"))) : names;
  for (const id of mine) map.removeLayer(id);
  for (const id of [slug, `${slug}_label`]) if (map.getSource(id)) map.removeSource(id);
  for (const id of [slug, `${slug}_label`]) {
    const source = fresh.sources[id];
    if (source) map.addSource(id, source);
  }
  const under = before && map.getLayer(before) ? before : names && map.getLayer(names) ? names : undefined;
  for (const layer of fresh.layers)
    if (slugOf(layer as never) === slug) map.addLayer(layer, layer.type === "symbol" ? undefined : under);
}
