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
    // The datum is turned back by a linear formula, 0.15 mm beside its own way out: taken back, as the server does.
    toCity: (at) => {
      const [x, y] = change.forward([at[0] as number, at[1] as number]) as [number, number];
      const [again_x, again_y] = change.forward(change.inverse([x, y])) as [number, number];
      return [2 * x - again_x, 2 * y - again_y];
    },
    toLonLat: (at) => change.inverse([at[0] as number, at[1] as number]) as [number, number],
  };
}
