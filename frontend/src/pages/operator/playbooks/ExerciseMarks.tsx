/** The banner over the map, and the letters DT (diễn tập) on every case and unit of the exercise. */
import type { GeoJSONSource, Map as MapLibreMap } from "maplibre-gl";
import { useEffect } from "react";
import { placeOf } from "../../../geometry/placeOf";
import { ExerciseBanner, type RunningExercise, useExercise } from "../../../panels/ExerciseBanner";
import { useDesk } from "../desk";
import { useOpen, useUnits } from "../queries";

const ID = "exercise";

export function ExerciseMarks({ map }: { map: MapLibreMap }) {
  const running = useExercise(useDesk((desk) => desk.session?.authenticated ?? false));
  return (
    <>
      <ExerciseBanner running={running} />
      {running ? <Letters map={map} running={running} /> : null}
    </>
  );
}

function Letters({ map, running }: { map: MapLibreMap; running: RunningExercise }) {
  const cases = useOpen()?.items.filter((one) => running.cases.includes(one.id));
  const units = useUnits()?.filter((one) => running.units.includes(one.id));
  useEffect(() => {
    map.addSource(ID, { type: "geojson", data: { type: "FeatureCollection", features: [] } });
    map.addLayer({
      id: `${ID}-marks`,
      type: "symbol",
      source: ID,
      layout: {
        "text-field": "DT",
        "text-font": ["Be Vietnam Pro"],
        "text-size": 11,
        "text-offset": [0, -1.5],
        "text-allow-overlap": true,
      },
      paint: { "text-color": "#0b1016", "text-halo-color": "#feef78", "text-halo-width": 3 },
    });
    return () => {
      if (!map.style) return;
      if (map.getLayer(`${ID}-marks`)) map.removeLayer(`${ID}-marks`);
      if (map.getSource(ID)) map.removeSource(ID);
    };
  }, [map]);
  useEffect(() => {
    const places = [...(cases ?? []), ...(units ?? [])].map(placeOf).filter((one) => one !== null);
    (map.getSource(ID) as GeoJSONSource | undefined)?.setData({
      type: "FeatureCollection",
      features: places.map((coordinates) => ({
        type: "Feature",
        properties: {},
        geometry: { type: "Point", coordinates },
      })),
    });
  }, [map, cases, units]);
  return null;
}
