/** A circle of metres around a lon, lat point, as a polygon: the ring of uncertainty of a place. */
import type { Polygon } from "geojson";

export function circle(lon: number, lat: number, radius_m: number, corners = 48): Polygon {
  const ring: [number, number][] = [];
  for (let i = 0; i < corners; i++) {
    const turn = (2 * Math.PI * i) / corners;
    const north = (radius_m * Math.cos(turn)) / 111_195.08;
    const east = (radius_m * Math.sin(turn)) / (111_195.08 * Math.cos((lat * Math.PI) / 180));
    ring.push([lon + east, lat + north]);
  }
  ring.push(ring[0] as [number, number]);
  return { type: "Polygon", coordinates: [ring] };
}
