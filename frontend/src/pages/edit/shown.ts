/** How each layer is seen on this desk: shown or not, and how opaque; the catalogue says what holds until somebody changes it. */
import type { Map as MapLibreMap } from "maplibre-gl";
import { create } from "zustand";
import type { Catalogue } from "../../api/types";
import { slugOf } from "../../map/create";

interface Look {
  shown: Record<string, boolean>;
  opacity: Record<string, number>;
}
const useLook = create<Look>(() => ({ shown: {}, opacity: {} }));

export const useShown = (): Look["shown"] => useLook((look) => look.shown);
export const useOpacity = (): Look["opacity"] => useLook((look) => look.opacity);
export const setShown = (slug: string, on: boolean): void =>
  useLook.setState((was) => ({ shown: { ...was.shown, [slug]: on } }));
export const setOpacity = (slug: string, share: number): void =>
  useLook.setState((was) => ({ opacity: { ...was.opacity, [slug]: share } }));

const OPACITIES: Record<string, readonly string[]> = {
  fill: ["fill-opacity"],
  line: ["line-opacity"],
  circle: ["circle-opacity", "circle-stroke-opacity"],
  symbol: ["icon-opacity", "text-opacity"],
  raster: ["raster-opacity"],
  heatmap: ["heatmap-opacity"],
  "fill-extrusion": ["fill-extrusion-opacity"],
};
// The style's own opacities, read once, so that a share of them is always a share of the same.
const own = new WeakMap<MapLibreMap, Map<string, unknown>>();

/** Brings the map to the look that is wanted; the layer being edited is always seen. */
export function applyLook(map: MapLibreMap, catalogue: Catalogue, slug: string | null, look: Look): void {
  const known = own.get(map) ?? new Map<string, unknown>();
  own.set(map, known);
  const wanted = new Map(
    catalogue.layers.map((one) => [one.slug, one.slug === slug || (look.shown[one.slug] ?? one.visible)]),
  );
  for (const layer of map.getStyle().layers) {
    const of = slugOf(layer as never);
    const on = wanted.get(of);
    if (on === undefined) continue;
    map.setLayoutProperty(layer.id, "visibility", on ? "visible" : "none");
    for (const name of OPACITIES[layer.type] ?? []) {
      const key = `${layer.id} ${name}`;
      if (!known.has(key)) known.set(key, map.getPaintProperty(layer.id, name as never));
      const share = look.opacity[of];
      if (share === undefined) continue;
      map.setPaintProperty(layer.id, name as never, faded(known.get(key), share) as never);
    }
  }
}

/** An opacity of the style taken by a share; an expression that depends on zoom must stay outermost, so its outputs are taken. */
export function faded(value: unknown, share: number): unknown {
  if (value === undefined || value === null) return share;
  if (typeof value === "number") return value * share;
  if (!Array.isArray(value)) return value;
  const [head, ...rest] = value as [unknown, ...unknown[]];
  if (head === "step") return [head, rest[0], ...rest.slice(1).map((one, i) => (i % 2 ? one : faded(one, share)))];
  if (head === "interpolate" || head === "interpolate-hcl" || head === "interpolate-lab")
    return [head, rest[0], rest[1], ...rest.slice(2).map((one, i) => (i % 2 ? faded(one, share) : one))];
  return ["*", value, share];
}
export const look = useLook;
