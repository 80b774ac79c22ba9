/** The one map: MapLibre with its worker, the city's style, our fonts and icons, and an idle mark for tests. */
import "maplibre-gl/dist/maplibre-gl.css";
import {
  Map as MapLibreMap,
  NavigationControl,
  ScaleControl,
  type StyleSpecification,
  setWorkerUrl,
} from "maplibre-gl";
import workerUrl from "maplibre-gl/dist/maplibre-gl-worker.mjs?worker&url";
import { FONT } from "../theme/tokens";
import { addIcons } from "./icons";
import { lightStyle } from "./light";

setWorkerUrl(workerUrl);

export interface View {
  lon: number;
  lat: number;
  zoom: number;
}

/** The style of everything that the caller may see, with whole addresses and our own font. */
export async function cityStyle(): Promise<StyleSpecification> {
  const answer = await fetch("/tiles/style.json", { credentials: "same-origin" });
  if (!answer.ok) throw new Error(`/tiles/style.json ${answer.status}`);
  const style = (await answer.json()) as StyleSpecification;
  const origin = location.origin;
  for (const source of Object.values(style.sources)) {
    if ("tiles" in source && source.tiles)
      source.tiles = source.tiles.map((one) => (one.startsWith("/") ? origin + one : one));
    if ("url" in source && typeof source.url === "string" && source.url.startsWith("/"))
      source.url = origin + source.url;
  }
  for (const layer of style.layers) {
    if (layer.type === "symbol" && layer.layout?.["text-field"]) layer.layout["text-font"] = [FONT];
  }
  delete style.glyphs;
  return style;
}

/** Resolves when the style stands; `data-map-idle` on body counts the times it came to rest. */
export async function createMap(
  container: HTMLElement,
  view: View,
  options: { interactive?: boolean; light?: boolean } = {},
): Promise<MapLibreMap> {
  await Promise.all([document.fonts.load(`24px "${FONT}"`, "ế"), document.fonts.load(`24px "${FONT}"`, "A")]);
  const dark = await cityStyle();
  const style = options.light ? lightStyle(dark) : dark;
  const map = new MapLibreMap({
    container,
    style,
    center: [view.lon, view.lat],
    zoom: view.zoom,
    interactive: options.interactive ?? true,
    attributionControl: false,
    maxPitch: 0,
  });
  map.addControl(new ScaleControl({ unit: "metric" }), "bottom-right");
  if (options.interactive ?? true) map.addControl(new NavigationControl({ showCompass: false }), "bottom-right");
  let rests = 0;
  map.on("idle", () => {
    document.body.dataset.mapIdle = String(++rests);
  });
  await new Promise<void>((done) => {
    map.once("style.load", () => done());
  });
  addIcons(map);
  return map;
}

/** The slug a style layer belongs to: its source layer without the label suffix. */
export function slugOf(layer: { "source-layer"?: string; source?: unknown }): string {
  return String(layer["source-layer"] ?? layer.source ?? "").replace(/_label$/, "");
}

export function showLayer(map: MapLibreMap, slug: string, visible: boolean): void {
  for (const layer of map.getStyle().layers) {
    if (slugOf(layer as { "source-layer"?: string; source?: unknown }) === slug)
      map.setLayoutProperty(layer.id, "visibility", visible ? "visible" : "none");
  }
}

/** Ends a map after the effects of this commit, which may still hold it: a removed map has no style, and asking it would end the page. */
export const retire = (map: MapLibreMap | undefined): void => void setTimeout(() => map?.remove());
