/** The scene, the way to it and oneself, on a light map that the thumb can move. */
import type { Feature } from "geojson";
import { type GeoJSONSource, LngLatBounds, type Map as MapLibreMap } from "maplibre-gl";
import { useEffect, useRef, useState } from "react";
import type { City, MyAssignment } from "../../api/types";
import { circle } from "../../geometry/circle";
import { placeOf } from "../../geometry/placeOf";
import { useSay } from "../../language/store";
import { createMap, retire } from "../../map/create";
import { keepStanding } from "../../map/standing";
import { useSharing } from "./share";

const put = (map: MapLibreMap, source: string, features: Feature[]): void =>
  void (map.getSource(source) as GeoJSONSource | undefined)?.setData({ type: "FeatureCollection", features });

export function FieldMap({ city, jobs }: { city: City; jobs: MyAssignment[] }) {
  const { t } = useSay();
  const box = useRef<HTMLDivElement>(null);
  const [map, setMap] = useState<MapLibreMap | null>(null);
  const [failed, setFailed] = useState(false);
  const here = useSharing((state) => state.here);

  useEffect(() => {
    if (!box.current) return;
    let gone = false;
    let made: MapLibreMap | undefined;
    createMap(box.current, city.view, { light: true }).then(
      (ready) => {
        made = ready;
        if (gone) return ready.remove();
        keepStanding(ready);
        for (const source of ["way", "place", "scenes", "here"])
          ready.addSource(source, { type: "geojson", data: { type: "FeatureCollection", features: [] } });
        ready.addLayer({
          id: "way-edge",
          type: "line",
          source: "way",
          layout: { "line-cap": "round", "line-join": "round" },
          paint: { "line-color": "#ffffff", "line-width": 10 },
        });
        ready.addLayer({
          id: "way",
          type: "line",
          source: "way",
          layout: { "line-cap": "round", "line-join": "round" },
          paint: { "line-color": "#0b5cad", "line-width": 6 },
        });
        ready.addLayer({
          id: "place",
          type: "line",
          source: "place",
          paint: { "line-color": "#b3122f", "line-width": 2, "line-dasharray": [2, 2] },
        });
        ready.addLayer({
          id: "here",
          type: "circle",
          source: "here",
          paint: {
            "circle-radius": 9,
            "circle-color": "#0b5cad",
            "circle-stroke-color": "#ffffff",
            "circle-stroke-width": 3,
          },
        });
        ready.addLayer({
          id: "scenes",
          type: "symbol",
          source: "scenes",
          layout: { "icon-image": ["get", "icon"], "icon-allow-overlap": true, "icon-size": 1.5 },
        });
        setMap(ready);
      },
      () => !gone && setFailed(true),
    );
    return () => {
      gone = true;
      setMap(null);
      retire(made);
    };
  }, [city]);

  const drawn = JSON.stringify(jobs.map((one) => [one.id, one.incident.lon, one.incident.lat, one.route]));
  useEffect(() => {
    if (!map) return;
    put(
      map,
      "way",
      jobs.flatMap((one): Feature[] => (one.route ? [{ type: "Feature", properties: {}, geometry: one.route }] : [])),
    );
    put(
      map,
      "scenes",
      jobs.flatMap(({ incident }): Feature[] => {
        const at = placeOf(incident);
        if (!at) return [];
        const properties = { icon: `severity-${incident.severity}` };
        return [{ type: "Feature", id: incident.id, properties, geometry: { type: "Point", coordinates: at } }];
      }),
    );
    put(
      map,
      "place",
      jobs.flatMap(({ incident }): Feature[] => {
        const at = placeOf(incident);
        if (!at || !incident.accuracy_m) return [];
        return [{ type: "Feature", properties: {}, geometry: circle(...at, incident.accuracy_m) }];
      }),
    );
  }, [map, drawn]);
  useEffect(() => {
    if (map)
      put(
        map,
        "here",
        here
          ? [{ type: "Feature", properties: {}, geometry: { type: "Point", coordinates: [here.lon, here.lat] } }]
          : [],
      );
  }, [map, here]);
  const fit = () => {
    const around = new LngLatBounds();
    for (const one of jobs) {
      const at = placeOf(one.incident);
      if (at) around.extend(at);
      for (const at of one.route?.coordinates ?? []) around.extend([at[0] as number, at[1] as number]);
    }
    if (here && jobs.length) around.extend([here.lon, here.lat]);
    if (!around.isEmpty()) map?.fitBounds(around, { padding: 56, maxZoom: 16, duration: 0 });
  };
  useEffect(fit, [map, jobs.map((one) => one.id).join()]);
  return (
    <div className="field-map">
      <div ref={box} data-testid="map" />
      {failed ? <p className="field-map-failed">{t("mapFailed")}</p> : null}
      <div className="field-map-tools">
        {jobs.length ? (
          <button type="button" data-testid="fit-scene" onClick={fit}>
            {t("theScene")}
          </button>
        ) : null}
        {here ? (
          <button
            type="button"
            data-testid="fit-here"
            onClick={() => map?.easeTo({ center: [here.lon, here.lat], zoom: 16 })}
          >
            {t("myPlace")}
          </button>
        ) : null}
      </div>
    </div>
  );
}
