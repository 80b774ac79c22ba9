/** The corners of the shape in hand in VN-2000, as land papers write them: X is the northing, Y the easting. They can be typed, added and removed. */
import type { Geometry, Position } from "geojson";
import { useState } from "react";
import { readNumber } from "../../geometry/courses";
import { measured } from "../../geometry/measured";
import { closedRing, parted, rejoined } from "../../geometry/vertices";
import { useSay } from "../../language/store";
import { useDesk } from "./desk";
import { cityMetres, give } from "./hands";

const MOST_ROWS = 500;

export function VertexTable() {
  const { t, language } = useSay();
  const { target, geometry, ghosts } = useDesk();
  const shape = geometry ?? target?.geometry ?? null;
  const change = cityMetres();
  const [open, setOpen] = useState(false);
  if (!target || !shape || !change || ghosts) return null;
  const { length_m, area_m2 } = measured(shape, change.toCity);
  const legal_m2 = typeof target.base.legal_area_m2 === "number" ? target.base.legal_area_m2 : null;
  const locale = language === "en" ? "en-GB" : "vi-VN";
  const shown = (value: number, digits = 2): string =>
    value.toLocaleString(locale, { minimumFractionDigits: digits, maximumFractionDigits: digits });
  return (
    <section className="vertices" data-testid="vertices" aria-label={t("vertices")}>
      <header>
        <button type="button" data-testid="vertices-open" aria-expanded={open} onClick={() => setOpen(!open)}>
          {open ? "▾" : "▸"} {t("vertices")}
        </button>
        {area_m2 ? (
          <span data-testid="vertices-area">
            {t("measuredArea")} <b>{shown(area_m2)} m²</b>
          </span>
        ) : null}
        {length_m ? (
          <span>
            {t(area_m2 ? "perimeter" : "length")} <b>{shown(length_m)} m</b>
          </span>
        ) : null}
        {legal_m2 && area_m2 ? (
          <span data-testid="vertices-difference">
            {t("legalArea")} <b>{shown(legal_m2)} m²</b> · {t("areaDifference")}{" "}
            <b>
              {shown(area_m2 - legal_m2)} m² ({shown(((area_m2 - legal_m2) / legal_m2) * 100)} %)
            </b>
          </span>
        ) : null}
      </header>
      {open ? <Rows shape={shape} /> : null}
    </section>
  );
}

function Rows({ shape }: { shape: Geometry }) {
  const { t } = useSay();
  const change = cityMetres();
  const parts = parted(shape);
  if (!change || !parts) return null;
  const count = parts.reduce((sum, one) => sum + one.length, 0);
  if (count > MOST_ROWS) return <p className="muted">{t("tooManyVertices")}</p>;
  const set = (part: number, at: number, next: Position[]): void => {
    const made = parts.map((one, i) => (i === part ? [...one.slice(0, at), ...next, ...one.slice(at + 1)] : one));
    const joined = rejoined(shape, made);
    if (joined) give(joined);
  };
  const least = closedRing(shape) ? 3 : shape.type.endsWith("LineString") ? 2 : 1;
  return (
    <div className="vertex-scroll">
      <table>
        <thead>
          <tr>
            <th scope="col">#</th>
            <th scope="col">{t("xNorth")} (m)</th>
            <th scope="col">{t("yEast")} (m)</th>
            <th scope="col">
              <span className="unseen">{t("addOrRemove")}</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {parts.map((part, p) =>
            part.map((at, i) => {
              const [east, north] = change.toCity(at);
              const name = parts.length > 1 ? `${p + 1}.${i + 1}` : `${i + 1}`;
              const next = part[(i + 1) % part.length] as Position;
              const middle = [0, 1].map((axis) => ((at[axis] as number) + (next[axis] as number)) / 2);
              const place = (x: number, y: number): Position =>
                change.toLonLat([x, y]).map((one) => Number(one.toFixed(9)));
              return (
                <tr key={`${p}-${i}-${at[0]}-${at[1]}`} data-testid={`vertex-${name}`}>
                  <th scope="row">{name}</th>
                  <td>
                    <Coordinate
                      label={`${t("xNorth")} ${name}`}
                      value={north}
                      set={(value) => set(p, i, [place(east, value)])}
                    />
                  </td>
                  <td>
                    <Coordinate
                      label={`${t("yEast")} ${name}`}
                      value={east}
                      set={(value) => set(p, i, [place(value, north)])}
                    />
                  </td>
                  <td>
                    {part.length > 1 ? (
                      <button
                        type="button"
                        aria-label={`${t("addVertex")} ${name}`}
                        data-testid={`vertex-add-${name}`}
                        onClick={() => set(p, i, [at, middle])}
                      >
                        +
                      </button>
                    ) : null}
                    <button
                      type="button"
                      aria-label={`${t("removeVertex")} ${name}`}
                      data-testid={`vertex-remove-${name}`}
                      disabled={part.length <= least}
                      onClick={() => set(p, i, [])}
                    >
                      ✕
                    </button>
                  </td>
                </tr>
              );
            }),
          )}
        </tbody>
      </table>
    </div>
  );
}

/** A coordinate to the millimetre; it moves its corner when the box is left or Enter is pressed. */
function Coordinate({ label, value, set }: { label: string; value: number; set: (value: number) => void }) {
  const [text, setText] = useState(value.toFixed(3));
  const read = readNumber(text);
  const done = (): void => {
    if (read !== null && text !== value.toFixed(3)) set(read);
  };
  return (
    <input
      aria-label={label}
      aria-invalid={read === null}
      inputMode="decimal"
      value={text}
      onChange={(event) => setText(event.currentTarget.value)}
      onBlur={done}
      onKeyDown={(event) => {
        if (event.key === "Enter") done();
      }}
    />
  );
}
