/** What a panel may do with the map: lay shapes over it and fly to a place. Whatever a panel adds goes when the panel goes. */
import type { Feature, FeatureCollection, Geometry } from "geojson";
import type { GeoJSONSource, LayerSpecification, Map as MapLibreMap } from "maplibre-gl";
import { useEffect } from "react";
import { corners } from "../../geometry/parts";
import { desk, useDesk } from "./desk";

export type Shapes = Geometry | Feature<Geometry | null> | FeatureCollection<Geometry | null> | null | undefined;
/** Style layers without source; their ids are made from the overlay's name. */
export type Look = Pick<LayerSpecification, "type"> & Record<string, unknown>;

const NOTHING: FeatureCollection = { type: "FeatureCollection", features: [] };
const CLOSEST_ZOOM = 19;

/** Puts shapes on the map under a name; answers how to change and how to remove them. */
export function overlay(
  map: MapLibreMap,
  name: string,
  looks: readonly Look[],
): { set(shapes: Shapes): void; remove(): void } {
  map.addSource(name, { type: "geojson", data: NOTHING, promoteId: "key" });
  const ids = looks.map((look, i) => {
    const id = `${name}-${i}`;
    map.addLayer({ ...look, id, source: name } as never);
    return id;
  });
  return {
    set: (shapes) => void (map.getSource(name) as GeoJSONSource | undefined)?.setData((shapes ?? NOTHING) as never),
    remove: () => {
      if (!map.style) return;
      for (const id of ids) if (map.getLayer(id)) map.removeLayer(id);
      if (map.getSource(name)) map.removeSource(name);
    },
  };
}

/** The same as a hook: drawn while the calling panel stands. `looks` must be a constant. */
export function useOverlay(name: string, looks: readonly Look[], shapes: Shapes): void {
  const map = useDesk((now) => now.map);
  useEffect(() => {
    if (!map) return;
    const drawn = overlay(map, name, looks);
    drawn.set(shapes);
    return drawn.remove;
  }, [map, name, looks]);
  useEffect(() => {
    (map?.style ? (map.getSource(name) as GeoJSONSource | undefined) : undefined)?.setData(
      (shapes ?? NOTHING) as never,
    );
  }, [map, name, shapes]);
}

/** Shows a shape as large as it fits; a point at the zoom of a house. */
export function flyTo(shapes: Shapes): void {
  const { map } = desk();
  const all = shapes ? geometriesOf(shapes).flatMap(corners) : [];
  if (!map || !all.length) return;
  const [x, y] = [0, 1].map((axis) => all.map((at) => at[axis] as number)) as [number[], number[]];
  map.fitBounds([Math.min(...x), Math.min(...y), Math.max(...x), Math.max(...y)], {
    padding: 80,
    maxZoom: CLOSEST_ZOOM,
    // Who asked for less motion gets none.
    animate: !matchMedia("(prefers-reduced-motion: reduce)").matches,
    duration: 400,
  });
}

export function geometriesOf(shapes: NonNullable<Shapes>): Geometry[] {
  if (shapes.type === "FeatureCollection")
    return shapes.features.flatMap((one) => (one.geometry ? [one.geometry] : []));
  if (shapes.type === "Feature") return shapes.geometry ? [shapes.geometry] : [];
  return [shapes];
}
