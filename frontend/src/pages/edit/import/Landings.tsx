/** Where a file would land in each system of coordinates it could be in: a little map beside each, and all of them numbered on the large one. */
import { Marker } from "maplibre-gl";
import { useEffect } from "react";
import type { Landing } from "../../../api/edits";
import type { Key } from "../../../language/messages";
import { useSay } from "../../../language/store";
import { still, useShared } from "../panel";
import { awayFrom } from "./imports";

const DIRECTIONS: Key[] = ["toN", "toNE", "toE", "toSE", "toS", "toSW", "toW", "toNW"];
const SIDE = 64;
// Half of the little map, in widths of the city: what is farther lies on its edge, as an arrow.
const REACH = 0.75;

export const keyOf = (one: Landing): string => `${one.epsg}${one.swapped ? "s" : ""}`;

export function Landings({
  choices,
  chosen,
  choose,
}: {
  choices: readonly Landing[];
  chosen: string | null;
  choose: (landing: Landing) => void;
}) {
  const { t, language } = useSay();
  const { map, city } = useShared();
  useEffect(() => {
    if (!map) return;
    const markers = choices.slice(0, 9).flatMap((one, i) => {
      if (!one.inside) return [];
      const pin = document.createElement("div");
      pin.className = keyOf(one) === chosen ? "landing-pin on" : "landing-pin";
      pin.textContent = String(i + 1);
      return [new Marker({ element: pin }).setLngLat([one.lon, one.lat]).addTo(map)];
    });
    return () => {
      for (const one of markers) one.remove();
    };
  }, [map, choices, chosen]);
  if (!city) return null;
  const locale = language === "en" ? "en-GB" : "vi-VN";
  return (
    <div className="landings" role="radiogroup" aria-label={t("askCrs")}>
      {choices.map((one, i) => {
        const { km, turn } = awayFrom(city.bounds, one);
        return (
          <label key={keyOf(one)} className={keyOf(one) === chosen ? "landing on" : "landing"}>
            <input
              type="radio"
              name="landing"
              data-testid={`crs-${keyOf(one)}`}
              checked={keyOf(one) === chosen}
              onChange={() => {
                choose(one);
                if (one.inside) map?.easeTo({ center: [one.lon, one.lat], zoom: 14, animate: !still() });
              }}
            />
            <Little landing={one} bounds={city.bounds} number={i + 1} />
            <span>
              <b>{one.name}</b> <span className="muted">EPSG:{one.epsg}</span>
              {one.swapped ? <em className="warn"> {t("swappedWord")}</em> : null}
              <br />
              {one.inside ? (
                <span className="inside">✓ {t("landsInside")}</span>
              ) : (
                <span className="muted">
                  ✕ {t("landsAway")} {km.toLocaleString(locale, { maximumFractionDigits: 0 })} km{" "}
                  {t(DIRECTIONS[turn] as Key)}
                </span>
              )}
            </span>
          </label>
        );
      })}
    </div>
  );
}

function Little({
  landing,
  bounds: [west, south, east, north],
  number,
}: {
  landing: Landing;
  bounds: readonly [number, number, number, number];
  number: number;
}) {
  const middle = { x: (west + east) / 2, y: (south + north) / 2 };
  const half = Math.max(east - west, north - south) * REACH;
  const pixel = (lon: number, lat: number): { x: number; y: number } => ({
    x: SIDE / 2 + ((lon - middle.x) / half) * (SIDE / 2),
    y: SIDE / 2 - ((lat - middle.y) / half) * (SIDE / 2),
  });
  const at = pixel(landing.lon, landing.lat);
  const far = Math.max(Math.abs(at.x - SIDE / 2), Math.abs(at.y - SIDE / 2)) / (SIDE / 2 - 8);
  const shown = far > 1 ? { x: SIDE / 2 + (at.x - SIDE / 2) / far, y: SIDE / 2 + (at.y - SIDE / 2) / far } : at;
  const box = { from: pixel(west, north), to: pixel(east, south) };
  const turn = (Math.atan2(shown.y - SIDE / 2, shown.x - SIDE / 2) * 180) / Math.PI;
  return (
    <svg className="little" width={SIDE} height={SIDE} viewBox={`0 0 ${SIDE} ${SIDE}`} aria-hidden="true">
      <rect width={SIDE} height={SIDE} className="little-ground" />
      <rect
        x={box.from.x}
        y={box.from.y}
        width={box.to.x - box.from.x}
        height={box.to.y - box.from.y}
        className="little-city"
      />
      {far > 1 ? (
        <path
          d="M6 0 L-5 -5 L-5 5 Z"
          className="little-far"
          transform={`translate(${shown.x} ${shown.y}) rotate(${turn})`}
        />
      ) : (
        <g>
          <circle cx={shown.x} cy={shown.y} r={7} className="little-spot" />
          <text x={shown.x} y={shown.y + 3.5} textAnchor="middle" className="little-number">
            {number}
          </text>
        </g>
      )}
    </svg>
  );
}
