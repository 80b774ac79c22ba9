/** One side of a clash about a shape, drawn among the other two, all to one scale: three little maps beside one another. */
import type { Geometry } from "geojson";
import { bounds } from "../../geometry/bounds";
import { chainsOf } from "../../geometry/parts";

export type Sides = Record<"base" | "mine" | "theirs", Geometry | null>;
const [WIDE, HIGH, EDGE] = [104, 88, 8];

export function ThreeShapes({ sides, side }: { sides: Sides; side: keyof Sides }) {
  const all = Object.values(sides).filter((one) => one !== null);
  const box = bounds({ features: all.map((geometry) => ({ type: "Feature", properties: {}, geometry })) });
  if (!box) return null;
  const [west, south, east, north] = box;
  // A degree of longitude is shorter than one of latitude.
  const shrunk = Math.cos((((south + north) / 2) * Math.PI) / 180);
  const scale = Math.min(
    (WIDE - 2 * EDGE) / Math.max((east - west) * shrunk, 1e-9),
    (HIGH - 2 * EDGE) / Math.max(north - south, 1e-9),
  );
  const x = (lon: number): number => WIDE / 2 + (lon - (west + east) / 2) * shrunk * scale;
  const y = (lat: number): number => HIGH / 2 - (lat - (south + north) / 2) * scale;
  const path = (shape: Geometry): string =>
    chainsOf(shape)
      .map((chain) =>
        chain.length === 1
          ? `M${x(chain[0]?.[0] ?? 0) - 4} ${y(chain[0]?.[1] ?? 0)}h8m-4 -4v8`
          : `M${chain.map(([lon = 0, lat = 0]) => `${x(lon).toFixed(1)} ${y(lat).toFixed(1)}`).join("L")}`,
      )
      .join("");
  const order = (["base", "mine", "theirs"] as const).toSorted((a, b) => Number(a === side) - Number(b === side));
  return (
    <svg className="three" width={WIDE} height={HIGH} viewBox={`0 0 ${WIDE} ${HIGH}`} aria-hidden="true">
      {order.map((one) => {
        const shape = sides[one];
        return shape ? <path key={one} className={one === side ? `own ${one}` : "other"} d={path(shape)} /> : null;
      })}
    </svg>
  );
}
