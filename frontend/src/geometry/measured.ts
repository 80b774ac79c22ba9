/** Length, perimeter and area of a shape in city metres: what VN-2000 calls measured. */
import type { Geometry, Position } from "geojson";

export interface Measured {
  length_m: number;
  area_m2: number;
}
type ToCity = (at: Position) => [number, number];

const NOTHING: Measured = { length_m: 0, area_m2: 0 };
const sum = (all: Measured[]): Measured =>
  all.reduce((a, b) => ({ length_m: a.length_m + b.length_m, area_m2: a.area_m2 + b.area_m2 }), NOTHING);

function chain(at: readonly Position[], toCity: ToCity): Measured {
  const metres = at.map(toCity);
  let length_m = 0;
  let twice_m2 = 0;
  // From the first corner, or the products of two seven-figure numbers eat the square centimetres.
  const [x0, y0] = metres[0] ?? [0, 0];
  for (const [i, [x, y]] of metres.entries()) {
    const [u, v] = metres[i - 1] ?? [x, y];
    length_m += Math.hypot(x - u, y - v);
    twice_m2 += (u - x0) * (y - y0) - (x - x0) * (v - y0);
  }
  return { length_m, area_m2: Math.abs(twice_m2) / 2 };
}

/** Holes are taken from the area and their edges belong to the perimeter. */
function polygon(rings: readonly Position[][], toCity: ToCity): Measured {
  const all = rings.map((ring) => chain(ring, toCity));
  const holes_m2 = all.slice(1).reduce((total, one) => total + one.area_m2, 0);
  return { length_m: sum(all).length_m, area_m2: (all[0]?.area_m2 ?? 0) - holes_m2 };
}

export function measured(shape: Geometry, toCity: ToCity): Measured {
  switch (shape.type) {
    case "LineString":
      return { ...chain(shape.coordinates, toCity), area_m2: 0 };
    case "MultiLineString":
      return { ...sum(shape.coordinates.map((line) => chain(line, toCity))), area_m2: 0 };
    case "Polygon":
      return polygon(shape.coordinates, toCity);
    case "MultiPolygon":
      return sum(shape.coordinates.map((rings) => polygon(rings, toCity)));
    case "GeometryCollection":
      return sum(shape.geometries.map((one) => measured(one, toCity)));
    default:
      return NOTHING;
  }
}
