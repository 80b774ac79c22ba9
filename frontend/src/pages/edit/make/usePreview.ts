/** A style tried on the map: drawn from the layer's own tiles over its standing style, which comes back when the trial ends. */
import type { Map as MapLibreMap } from "maplibre-gl";
import { useEffect } from "react";
import { slugOf } from "../../../map/create";
import { setShown } from "../shown";
import { drawn, lacking, type Styling } from "./drawn";

export function usePreview(
  map: MapLibreMap | null,
  slug: string | null,
  wanted: { style: Styling; geometry: string },
): void {
  useEffect(() => {
    if (slug) setShown(slug, true);
  }, [slug]);
  useEffect(() => {
    // A style that is not finished is not tried: the standing one stays.
    if (!map || !slug || !map.getSource(slug) || lacking(wanted.style)) return;
    const standing = map
      .getStyle()
      .layers.filter((one) => slugOf(one as never) === slug && one.type !== "symbol" && !one.id.startsWith("try-"))
      .map((one) => one.id);
    const under = standing[0];
    const ids = drawn(wanted.style, wanted.geometry).map((part, i) => {
      const id = `try-${slug}-${i}`;
      map.addLayer({ id, source: slug, "source-layer": slug, ...part } as never, under);
      return id;
    });
    const was = standing.map((id) => [id, map.getLayoutProperty(id, "visibility")] as const);
    for (const id of standing) map.setLayoutProperty(id, "visibility", "none");
    return () => {
      if (!map.style) return;
      for (const id of ids) if (map.getLayer(id)) map.removeLayer(id);
      for (const [id, visibility] of was)
        if (map.getLayer(id)) map.setLayoutProperty(id, "visibility", visibility ?? "visible");
    };
  }, [map, slug, wanted]);
}
