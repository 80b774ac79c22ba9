/** The operator's map: made once per caller, then drawn on from the lists; clicks answer with a case or a place. */
import type { Map as MapLibreMap } from "maplibre-gl";
import { type RefObject, useEffect, useRef, useState } from "react";
import type { Candidate, Catalogue, City, Incident, Responder } from "../../api/types";
import { placeOf } from "../../geometry/placeOf";
import { gathered } from "../../live/gathered";
import { listen } from "../../live/stream";
import { createMap, retire, showLayer, slugOf } from "../../map/create";
import { refreshLayer } from "../../map/refresh";
import { type Address, writeAddress } from "../../map/url";
import type { Clicked } from "./Inspect";
import { addLiveLayers, drawCases, drawRoutes, drawUnits } from "./mapLive";

const REACH_PX = 4;
const REFRESH_MS = 1500;
const LIVE_SLUGS = ["incidents", "responders"];

interface Given {
  city: City | undefined;
  user: number | undefined;
  first: Address;
  catalogue: Catalogue | undefined;
  shown: ReadonlySet<string> | null;
  cases: boolean;
  open: Incident[] | undefined;
  units: Responder[] | undefined;
  candidates: Candidate[] | undefined;
  chosen: number | null;
  selected: number | null;
  place: { id: number; lon: number | null; lat: number | null } | undefined;
  tick: number;
  onCase: (id: number) => void;
  onPlace: (clicked: Clicked) => void;
  onFail: (error: unknown) => void;
}

export function useMap(given: Given): { box: RefObject<HTMLDivElement | null>; map: MapLibreMap | null } {
  const { city, user, catalogue, shown, cases, place } = given;
  const box = useRef<HTMLDivElement>(null);
  const [map, setMap] = useState<MapLibreMap | null>(null);
  const latest = useRef(given);
  latest.current = given;

  useEffect(() => {
    if (!city || user === undefined || !box.current) return;
    let gone = false;
    let made: MapLibreMap | undefined;
    const { first } = latest.current;
    createMap(box.current, {
      lon: first.lng ?? city.view.lon,
      lat: first.lat ?? city.view.lat,
      zoom: first.z ?? city.view.zoom,
    }).then(
      (ready) => {
        made = ready;
        if (gone) return ready.remove();
        addLiveLayers(ready);
        ready.on("moveend", () => {
          const at = ready.getCenter();
          history.replaceState(
            null,
            "",
            writeAddress(location.search, { z: ready.getZoom(), lng: at.lng, lat: at.lat }),
          );
        });
        ready.on("click", (event) => {
          const { x, y } = event.point;
          const hit = ready.queryRenderedFeatures([
            [x - REACH_PX, y - REACH_PX],
            [x + REACH_PX, y + REACH_PX],
          ]);
          const incident = hit.find((one) => one.source === "live-cases");
          if (incident) return latest.current.onCase(Number(incident.id));
          const unit = hit.find((one) => one.source === "live-units");
          const feature = unit ?? hit.find((one) => !one.source.startsWith("live-") && one.source !== "heat");
          latest.current.onPlace({
            slug: unit ? "responders" : feature ? slugOf(feature.layer as never) : null,
            fid: feature?.id === undefined ? null : Number(feature.id),
            tile: feature?.properties ?? {},
            lon: event.lngLat.lng,
            lat: event.lngLat.lat,
          });
        });
        setMap(ready);
      },
      (error: unknown) => {
        if (!gone) latest.current.onFail(error);
      },
    );
    return () => {
      gone = true;
      setMap(null);
      retire(made);
    };
    // the map is made once per caller: another scope gets another style
  }, [city, user]);

  useEffect(() => {
    if (!map || !catalogue || !shown) return;
    for (const one of catalogue.layers)
      showLayer(map, one.slug, shown.has(one.slug) && !(cases && LIVE_SLUGS.includes(one.slug)));
    history.replaceState(null, "", writeAddress(location.search, { layers: [...shown] }));
  }, [map, catalogue, shown, cases]);
  useEffect(() => {
    if (map) drawCases(map, given.open ?? [], given.selected);
  }, [map, given.open, given.selected]);
  useEffect(() => {
    if (map && city) drawUnits(map, given.units ?? [], city);
  }, [map, city, given.units, given.tick]);
  const routes = given.candidates?.map((one) => `${one.responder.id}:${one.travel_s}`).join();
  useEffect(() => {
    if (map) drawRoutes(map, given.candidates ?? [], given.chosen);
  }, [map, routes, given.selected, given.chosen]);
  useEffect(() => {
    const at = placeOf(place);
    if (map && at) map.easeTo({ center: at, zoom: Math.max(15, map.getZoom()), duration: 300 });
  }, [map, place?.id, place?.lon, place?.lat]);
  // A closed street or a new hydrant shows without a reload: its layer's tiles are asked for again.
  useEffect(() => {
    if (!map) return;
    const changed = gathered<string>((slugs) => {
      for (const slug of new Set(slugs)) refreshLayer(map, slug);
    }, REFRESH_MS);
    const deaf = listen({ change: ({ layer }) => LIVE_SLUGS.includes(layer) || changed.put(layer) });
    return () => {
      deaf();
      changed.stop();
    };
  }, [map]);
  return { box, map };
}
