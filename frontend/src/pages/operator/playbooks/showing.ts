/** What a step opens: the dispatch of its case, a layer at a zoom, how far one gets in so many minutes, the tool that closes streets. */
import type { GeoJSONSource } from "maplibre-gl";
import { get } from "../../../api/client";
import { newest } from "../../../api/newest";
import type { IncidentDetail, PlaybookStep } from "../../../api/types";
import { placeOf } from "../../../geometry/placeOf";
import { desk, put } from "../desk";
import { arm } from "../dispatch/sending";
import { openDrawer } from "../drawers";

const USUAL_ZOOM = 15;
const USUAL_MINUTES = 10;
const REACH = "playbook-reach";
const asked = newest();

export function showStep(item: IncidentDetail, step: PlaybookStep): void {
  if (step.kind === "dispatch") return void arm();
  const place = placeOf(item);
  const { map } = desk();
  if (map && place) map.easeTo({ center: place, zoom: step.zoom ?? USUAL_ZOOM, duration: 300 });
  if (step.layer) put((was) => ({ shown: new Set([...(was.shown ?? []), step.layer as string]) }));
  if (step.tool === "closure") openDrawer("closures");
  if (step.tool === "isochrone" && place) reach(place, step);
}

/** The area that is reached from the scene within the step's minutes, drawn until the case is left. */
function reach([lon, lat]: [number, number], step: PlaybookStep): void {
  const query = new URLSearchParams({
    from: `${lon},${lat}`,
    mode: step.mode || "car",
    minutes: String(step.minutes ?? USUAL_MINUTES),
  });
  void asked.ask(get<GeoJSON.FeatureCollection>(`/api/network/isochrone?${query}`), draw, desk().tell);
}

function draw(area: GeoJSON.FeatureCollection): void {
  const { map } = desk();
  if (!map) return;
  const standing = map.getSource(REACH) as GeoJSONSource | undefined;
  if (standing) return void standing.setData(area);
  map.addSource(REACH, { type: "geojson", data: area });
  map.addLayer({
    id: `${REACH}-area`,
    type: "fill",
    source: REACH,
    paint: { "fill-color": "#7fb2d9", "fill-opacity": 0.2 },
  });
  map.addLayer({
    id: `${REACH}-edge`,
    type: "line",
    source: REACH,
    paint: { "line-color": "#7fb2d9", "line-width": 2, "line-dasharray": [3, 2] },
  });
}
export function clearReach(): void {
  asked.drop();
  const source = desk().map?.getSource(REACH) as GeoJSONSource | undefined;
  source?.setData({ type: "FeatureCollection", features: [] });
}
