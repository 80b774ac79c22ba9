/** A layer as it was at a moment: its tiles come from `?as_of=`, and nothing else of the map changes. */
import type { Map as MapLibreMap } from "maplibre-gl";
import { setParameter } from "./refresh";

/** Shows the layer as of `at`; as it is for null. */
export function showAsOf(map: MapLibreMap, slug: string, at: string | null): void {
  if (map.style) setParameter(map, slug, "as_of", at);
}
