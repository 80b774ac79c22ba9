/** The editor's map: shows every layer, picks from one, holds the drawing tool and what is selected. */
import type { FeatureCollection } from "geojson";
import type { Map as MapLibreMap, MapMouseEvent } from "maplibre-gl";
import { type RefObject, useEffect, useRef } from "react";
import { get } from "../../api/client";
import type { Layer } from "../../api/types";
import { gathered } from "../../live/gathered";
import { listen } from "../../live/stream";
import { createMap, retire, slugOf } from "../../map/create";
import { refreshLayer } from "../../map/refresh";
import { readAddress, writeAddress } from "../../map/url";
import { useNewest } from "../../panels/useNewest";
import { desk, fail, put, tell, useDesk, useLayer } from "./desk";
import { drawing } from "./draw";
import { chooseWithin, justLetGo } from "./hands";
import { choose, pick, pickAlso, pickItem } from "./picking";
import { applyLook, look } from "./shown";
import { snapper } from "./snapping";
import { DRAFT_AFTER } from "./useDeskOnMap";

const REACH_PX = 5;
const SNAP_FROM_ZOOM = 14;
const SNAP_LIMIT = 1000;
const REFRESH_MS = 800;

/** The zoom from which anything of the layer is drawn. */
export const seenFrom = (layer: Layer): number =>
  Math.max(layer.minzoom, Math.min(...layer.style.map((part) => Number(part.minzoom ?? 0))));

export function useEditMap(): RefObject<HTMLDivElement | null> {
  const box = useRef<HTMLDivElement>(null);
  const { city, session, catalogue, map, snaps, hand, target, draft } = useDesk();
  const looks = look();
  const slug = useLayer()?.slug ?? null;
  const user = session?.user?.id;
  const hidden = hand === "reshape" ? (target?.fid ?? null) : null;

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
        put({ zoom: ready.getZoom() });
        ready.on("moveend", () => {
          put({ zoom: ready.getZoom() });
          const { lng, lat } = ready.getCenter();
          history.replaceState(null, "", writeAddress(location.search, { z: ready.getZoom(), lng, lat }));
        });
        ready.boxZoom.disable();
        ready.on("click", (event) => clicked(ready, event));
        dragBox(ready);
        const snaps = snapper(ready);
        put({ map: ready, snaps, pen: drawing(ready, snaps, () => tell("shapeRefused")) });
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
  // The true corners around, not the tiles' rounded ones: a parcel snapped to a tile leaves slivers.
  const asked = useNewest();
  useEffect(() => {
    if (!map || !snaps || !slug) return;
    const around = (): void => {
      if (map.getZoom() < SNAP_FROM_ZOOM) {
        asked.drop();
        snaps.stand([]);
        return;
      }
      const [[w, s], [e, n]] = map.getBounds().toArray();
      void asked.ask(
        get<FeatureCollection>(`/api/layers/${slug}/features?bbox=${[w, s, e, n].join(",")}&limit=${SNAP_LIMIT}`),
        (found) => {
          const others = found.features.filter((one) => Number(one.id) !== hidden);
          const made = (desk().draft?.edits ?? []).flatMap((one) => (one.after ? [one.after] : []));
          snaps.stand([...others, ...made].flatMap((one) => (one.geometry ? [one.geometry] : [])));
        },
      );
    };
    around();
    map.on("moveend", around);
    return () => {
      asked.drop();
      map.off("moveend", around);
    };
  }, [asked, map, snaps, slug, hidden, target?.version, draft?.version]);
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

/** A click takes what the draft has made, else a feature of the layer being edited, or of any other when the layer is not locked; Shift adds to what is chosen. */
function clicked(map: MapLibreMap, event: MapMouseEvent): void {
  const now = desk();
  if (now.hand !== "pick" || now.quarrel || !now.slug || justLetGo()) return;
  const { x, y } = event.point;
  const near = map.queryRenderedFeatures([
    [x - REACH_PX, y - REACH_PX],
    [x + REACH_PX, y + REACH_PX],
  ]);
  const shift = event.originalEvent.shiftKey;
  const drafted = near.find((one) => one.source === DRAFT_AFTER && one.properties?.item !== undefined);
  const item = now.draft?.edits.find((one) => one.item === drafted?.properties?.item);
  if (item) {
    if (shift) pickAlso([], [item]);
    else pickItem(item);
    return;
  }
  const editable = new Set(now.catalogue?.layers.filter((one) => one.editable).map((one) => one.slug));
  const hits = near.filter((one) => one.id !== undefined && one.sourceLayer);
  const of = (slug: string) => hits.find((one) => slugOf(one.layer as never) === slug);
  const own = of(now.slug);
  const other = now.locked || shift ? undefined : hits.find((one) => editable.has(slugOf(one.layer as never)));
  const hit = own ?? other;
  if (shift && own) pickAlso([Number(own.id)]);
  else if (hit) {
    const slug = slugOf(hit.layer as never);
    if (slug !== now.slug) choose(slug);
    if (desk().slug === slug) pick(Number(hit.id));
  } else if (!shift) pick(null);
}

/** Shift and a drag choose what lies in the box. The tool with two clicks does the same without a drag. */
function dragBox(map: MapLibreMap): void {
  const canvas = map.getCanvasContainer();
  const frame = document.createElement("div");
  frame.className = "drag-box";
  let from: [number, number] | null = null;
  const spot = (event: MouseEvent): [number, number] => {
    const { left, top } = canvas.getBoundingClientRect();
    return [event.clientX - left, event.clientY - top];
  };
  const place = (to: [number, number]): void => {
    if (!from) return;
    const [x, y] = [Math.min(from[0], to[0]), Math.min(from[1], to[1])];
    frame.style.transform = `translate(${x}px, ${y}px)`;
    frame.style.width = `${Math.abs(from[0] - to[0])}px`;
    frame.style.height = `${Math.abs(from[1] - to[1])}px`;
  };
  const move = (event: MouseEvent): void => {
    if (!frame.isConnected) canvas.append(frame);
    place(spot(event));
  };
  const up = (event: MouseEvent): void => {
    removeEventListener("mousemove", move);
    removeEventListener("mouseup", up);
    frame.remove();
    const [a, b] = [from, spot(event)];
    from = null;
    map.dragPan.enable();
    if (a && Math.hypot(a[0] - b[0], a[1] - b[1]) > 2 * REACH_PX) chooseWithin(a, b);
  };
  canvas.addEventListener(
    "mousedown",
    (event) => {
      if (!event.shiftKey || event.button !== 0 || desk().hand !== "pick") return;
      map.dragPan.disable();
      from = spot(event);
      place(from);
      addEventListener("mousemove", move);
      addEventListener("mouseup", up);
    },
    true,
  );
}
