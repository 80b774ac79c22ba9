/** Takes single features out of a layer's picture, because something else is drawn in their place; answers how to put them back. */
import type { FilterSpecification, Map as MapLibreMap } from "maplibre-gl";
import { slugOf } from "./create";

export function hideFeatures(map: MapLibreMap, slug: string, fids: readonly number[]): () => void {
  const undo: (() => void)[] = [];
  for (const layer of map.getStyle().layers) {
    if (slugOf(layer as never) !== slug || !("source-layer" in layer)) continue;
    const was = map.getFilter(layer.id) as FilterSpecification | undefined;
    const others = ["!", ["in", ["id"], ["literal", [...fids]]]] as FilterSpecification;
    map.setFilter(layer.id, was ? (["all", was, others] as FilterSpecification) : others);
    undo.push(() => void (map.getLayer(layer.id) && map.setFilter(layer.id, was ?? null)));
  }
  return () => {
    if (map.style) for (const one of undo) one();
  };
}
