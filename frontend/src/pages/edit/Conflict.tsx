/** Two people edited the same feature: each line shows base, mine and theirs, and a person says what is kept. */
import type { Geometry } from "geojson";
import { useState } from "react";
import type { Layer } from "../../api/types";
import { useSay } from "../../language/store";
import { readable } from "../../panels/values";
import { type Sides, ThreeShapes } from "./ThreeShapes";
import type { Clash } from "./values";

export const SHAPE = " shape";

export function Conflict({
  layer,
  rows,
  resolve,
  take,
  back,
}: {
  layer: Layer;
  rows: Clash[];
  resolve: (chosen: Record<string, "mine" | "theirs">) => void;
  take: () => void;
  back: () => void;
}) {
  const { t, w, language } = useSay();
  const [choices, setChoices] = useState<Record<string, "mine" | "theirs" | null>>(() =>
    Object.fromEntries(rows.map((row) => [row.name, row.choice])),
  );
  const open = rows.some((row) => !choices[row.name]);
  const shown = (row: Clash, value: unknown): string => {
    if (row.name === SHAPE)
      return JSON.stringify(value) === JSON.stringify(row.base) ? t("shapeSame") : t("shapeChanged");
    const field = layer.fields.find((one) => one.name === row.name);
    return field ? readable(value, field, language) : String(value);
  };
  return (
    <section className="conflict" data-testid="conflict" aria-labelledby="conflict-title">
      <h2 id="conflict-title">⚠ {t("conflict")}</h2>
      <p>{t("conflictHow")}</p>
      <table>
        <thead>
          <tr>
            <th />
            <th>{t("base")}</th>
            <th>{t("mine")}</th>
            <th>{t("theirs")}</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.name} data-testid={`clash-${row.name.trim()}`} className={choices[row.name] ? "" : "unchosen"}>
              <th scope="row">
                {row.name === SHAPE
                  ? t("shape")
                  : w(layer.fields.find((one) => one.name === row.name)?.title) || row.name}
                {choices[row.name] ? null : <span className="warn"> · {t("mustChoose")}</span>}
              </th>
              <td>
                {row.name === SHAPE ? <Drawn row={row} side="base" /> : null}
                {row.name === SHAPE ? t("onMap") : shown(row, row.base)}
              </td>
              {(["mine", "theirs"] as const).map((side) => (
                <td key={side}>
                  <label>
                    <input
                      type="radio"
                      name={`clash-${row.name}`}
                      data-testid={`choose-${row.name.trim()}-${side}`}
                      checked={choices[row.name] === side}
                      onChange={() => setChoices((was) => ({ ...was, [row.name]: side }))}
                    />
                    {row.name === SHAPE ? <Drawn row={row} side={side} /> : null}
                    {shown(row, row[side])}
                  </label>
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      <div className="buttons">
        <button
          type="button"
          className="primary"
          data-testid="conflict-save"
          disabled={open}
          onClick={() => resolve(choices as Record<string, "mine" | "theirs">)}
        >
          {t("saveMerged")}
        </button>
        <button type="button" data-testid="conflict-theirs" onClick={take}>
          {t("takeTheirs")}
        </button>
        <button type="button" onClick={back}>
          {t("back")}
        </button>
      </div>
    </section>
  );
}

/** The line that the shape has on the large map, and the shape itself. */
function Drawn({ row, side }: { row: Clash; side: keyof Sides }) {
  const shape = (value: unknown): Geometry | null => (value as Geometry | null | undefined) ?? null;
  const sides: Sides = { base: shape(row.base), mine: shape(row.mine), theirs: shape(row.theirs) };
  return (
    <>
      <i className={`side ${side}`} aria-hidden="true" />
      <ThreeShapes sides={sides} side={side} />
    </>
  );
}
