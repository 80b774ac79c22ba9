/** The editor's map: shows every layer, picks from one, holds the drawing tool and what is selected. */
import type { Feature, FeatureCollection } from "geojson";
import type { FilterSpecification, GeoJSONSource, Map as MapLibreMap } from "maplibre-gl";
import { type RefObject, useEffect, useRef } from "react";
import { get } from "../../api/client";
import type { Layer } from "../../api/types";
import { gathered } from "../../live/gathered";
import { listen } from "../../live/stream";
import { createMap, retire, slugOf } from "../../map/create";
import { refreshLayer } from "../../map/refresh";
import { readAddress, writeAddress } from "../../map/url";
import { desk, fail, put, useDesk, useLayer } from "./desk";
import { drawing } from "./draw";
import { pick } from "./picking";
import { applyLook, look } from "./shown";
import { snapper } from "./snapping";

const REACH_PX = 5;
const SNAP_FROM_ZOOM = 14;
const SNAP_LIMIT = 1000;
const REFRESH_MS = 800;

/** The zoom from which anything of the layer is drawn. */
export const seenFrom = (layer: Layer): number =>
  Math.max(layer.minzoom, Math.min(...layer.style.map((part) => Number(part.minzoom ?? 0))));

export function useEditMap(): RefObject<HTMLDivElement | null> {
  const box = useRef<HTMLDivElement>(null);
  const { city, session, catalogue, map, snaps, hand, target, geometry, quarrel } = useDesk();
  const looks = look();
  const slug = useLayer()?.slug ?? null;
  const user = session?.user?.id;
  // The feature whose shape is being redrawn: its tile picture is hidden meanwhile.
  const hidden = hand === "reshape" ? (target?.fid ?? null) : null;
  const shown = {
    mine: hand === "reshape" ? null : (geometry ?? target?.geometry ?? null),
    theirs: quarrel?.geometry ?? null,
  };

  useEffect(() => {
    if (!city || user === undefined || !box.current) return;
    let gone = false;
    let made: MapLibreMap | undefined;
    const at = readAddress(location.search);
    createMap(box.current, {
      lon: at.lng ?? city.view.lon,
      lat: at.lat ?? city.view.lat,
      zoom: at.z ?? city.view.zoom,
    }).then(
      (ready) => {
        made = ready;
        if (gone) return ready.remove();
        addShapes(ready);
        put({ zoom: ready.getZoom() });
        ready.on("moveend", () => {
          put({ zoom: ready.getZoom() });
          const { lng, lat } = ready.getCenter();
          history.replaceState(null, "", writeAddress(location.search, { z: ready.getZoom(), lng, lat }));
        });
        ready.on("click", (event) => {
          const now = desk();
          if (now.hand !== "pick" || now.quarrel || !now.slug) return;
          const { x, y } = event.point;
          const hit = ready
            .queryRenderedFeatures([
              [x - REACH_PX, y - REACH_PX],
              [x + REACH_PX, y + REACH_PX],
            ])
            .find((one) => slugOf(one.layer as never) === now.slug && one.id !== undefined);
          pick(hit ? Number(hit.id) : null);
        });
        const snaps = snapper(ready);
        put({ map: ready, snaps, pen: drawing(ready, snaps) });
      },
      (error: unknown) => !gone && fail(error),
    );
    return () => {
      gone = true;
      put({ map: null, pen: null, snaps: null });
      retire(made);
    };
  }, [city, user]);

  useEffect(() => {
    if (map && catalogue) applyLook(map, catalogue, slug, looks);
  }, [map, catalogue, slug, looks]);
  useEffect(() => {
    if (!map || !slug || hidden === null) return;
    const undo: (() => void)[] = [];
    for (const layer of map.getStyle().layers) {
      if (slugOf(layer as never) !== slug) continue;
      const was = map.getFilter(layer.id) as FilterSpecification | undefined;
      const others: FilterSpecification = ["!=", ["id"], hidden];
      map.setFilter(layer.id, was ? (["all", was, others] as FilterSpecification) : others);
      undo.push(() => map.getLayer(layer.id) && map.setFilter(layer.id, was ?? null));
    }
    return () => {
      if (map.style) for (const one of undo) one();
    };
  }, [map, slug, hidden]);
  useEffect(() => {
    if (!map) return;
    for (const [source, geometry] of [
      ["edit-mine", shown.mine],
      ["edit-theirs", shown.theirs],
    ] as const)
      (map.getSource(source) as GeoJSONSource | undefined)?.setData({
        type: "FeatureCollection",
        features: geometry ? [{ type: "Feature", properties: {}, geometry } satisfies Feature] : [],
      });
  }, [map, shown.mine, shown.theirs]);
  // The true corners around, not the tiles' rounded ones: a parcel snapped to a tile leaves slivers.
  useEffect(() => {
    if (!map || !snaps || !slug) return;
    let over = false;
    const around = (): void => {
      if (map.getZoom() < SNAP_FROM_ZOOM) {
        snaps.stand([]);
        return;
      }
      const [[w, s], [e, n]] = map.getBounds().toArray();
      void get<FeatureCollection>(
        `/api/layers/${slug}/features?bbox=${[w, s, e, n].join(",")}&limit=${SNAP_LIMIT}`,
      ).then(
        (found) => {
          if (over) return;
          const others = found.features.filter((one) => Number(one.id) !== hidden);
          snaps.stand(others.flatMap((one) => (one.geometry ? [one.geometry] : [])));
        },
        () => undefined,
      );
    };
    around();
    map.on("moveend", around);
    return () => {
      over = true;
      map.off("moveend", around);
    };
  }, [map, snaps, slug, hidden, target?.version]);
  useEffect(() => {
    if (!map) return;
    const changed = gathered<string>((slugs) => {
      for (const slug of new Set(slugs)) refreshLayer(map, slug);
    }, REFRESH_MS);
    const deaf = listen({ change: ({ layer }) => changed.put(layer) });
    return () => {
      deaf();
      changed.stop();
    };
  }, [map]);
  return box;
}

function addShapes(map: MapLibreMap): void {
  for (const [source, color, dash] of [
    ["edit-theirs", "#6cb6ff", [2, 2]],
    ["edit-mine", "#ffd84d", null],
  ] as const) {
    map.addSource(source, { type: "geojson", data: { type: "FeatureCollection", features: [] } });
    map.addLayer({
      id: `${source}-line`,
      type: "line",
      source,
      paint: { "line-color": color, "line-width": 3, ...(dash ? { "line-dasharray": [...dash] } : {}) },
    });
    map.addLayer({
      id: `${source}-point`,
      type: "circle",
      source,
      filter: ["==", ["geometry-type"], "Point"],
      paint: {
        "circle-radius": 9,
        "circle-color": "rgba(0,0,0,0)",
        "circle-stroke-color": color,
        "circle-stroke-width": 3,
      },
    });
  }
}
