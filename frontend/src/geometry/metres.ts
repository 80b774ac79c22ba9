/** Between degrees and the city's metres in the page, as the server does it: x is east, y is north. */
import type { Position } from "geojson";
import proj4 from "proj4";

export interface Metres {
  /** Lon, lat degrees to x east, y north. */
  toCity(at: Position): [number, number];
  toLonLat(at: Position): [number, number];
}

export function metres(cityProj4: string): Metres {
  const change = proj4("EPSG:4326", cityProj4);
  return {
    toCity: (at) => change.forward([at[0] as number, at[1] as number]) as [number, number],
    toLonLat: (at) => change.inverse([at[0] as number, at[1] as number]) as [number, number],
  };
}
