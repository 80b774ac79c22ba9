/** How a layer is drawn, chosen by looking: one colour, a colour for each value, or a ramp over a number; the legend is the preview, and so is the map. */
import { useEffect, useRef, useState } from "react";
import { get, wordsOf } from "../../../api/client";
import type { Key } from "../../../language/messages";
import { useSay } from "../../../language/store";
import { useNewest } from "../../../panels/useNewest";
import { breaks, type Method } from "./classes";
import { classRows, FEWEST_CLASSES, KINDS, MOST_CLASSES, type Mode, OTHER, type Styling } from "./drawn";
import { type Draft, nameOf } from "./field-list";
import { cut, RAMPS, type Ramp } from "./ramps";

interface Values {
  values: { value: string | number | boolean; n: number }[];
  more: boolean;
  quantiles?: number[];
  min?: number | null;
  max?: number | null;
  /** Lower bounds of the classes after the first, by how many classes there are. */
  natural?: Record<string, number[]>;
}
const MODES: [Mode, Key, string[]][] = [
  ["simple", "styleSimple", ["#33bbee", "#33bbee", "#33bbee"]],
  ["category", "styleCategory", [KINDS[0], KINDS[1], KINDS[2]]],
  ["graduated", "styleGraduated", cut("viridis", 3)],
];
const FITS: Record<Mode, ReadonlySet<string>> = {
  simple: new Set(),
  category: new Set(["text", "int", "bool", "date"]),
  graduated: new Set(["int", "float"]),
};
const USUAL_CLASSES = 5;
const METHODS: [Method, Key][] = [
  ["quantile", "equalCounts"],
  ["equal", "equalWidths"],
  ["natural", "naturalBreaks"],
];

export function Styler({
  slug,
  fields,
  geometry,
  style,
  set,
}: {
  slug: string | null;
  fields: readonly Draft[];
  geometry: string;
  style: Styling;
  set: (style: Styling) => void;
}) {
  const { t, language } = useSay();
  const [values, setValues] = useState<Values | null>(null);
  const [problem, setProblem] = useState("");
  const [classes, setClasses] = useState(() => (style.breaks.length ? style.breaks.length + 1 : USUAL_CLASSES));
  const fitting = fields.filter((field) => FITS[style.mode].has(field.type) && !field.see);
  const chosen = fitting.find((field) => nameOf(field) === style.field);
  const asks = slug !== null && style.mode !== "simple" && chosen?.standing ? style.field : null;
  const asked = useNewest();
  // What is chosen while the values are on their way stays chosen.
  const latest = useRef({ style, classes });
  latest.current = { style, classes };
  useEffect(() => {
    setValues(null);
    setProblem("");
    if (!asks) return void asked.drop();
    void asked.ask(
      get<Values>(`/api/layers/${slug}/values?field=${encodeURIComponent(asks)}`),
      (found) => {
        const { style, classes } = latest.current;
        setValues(found);
        // A field chosen just now has no bounds or kinds yet: they come from what is there.
        if (style.mode === "graduated" && !style.breaks.length)
          set({ ...style, breaks: breaks(found.quantiles ?? [], classes, "quantile") });
        if (style.mode === "category" && !style.kinds.length)
          set({
            ...style,
            kinds: found.values.slice(0, KINDS.length).map(({ value }, i) => ({ value, color: KINDS[i] as string })),
          });
      },
      (error) => setProblem(wordsOf(error, language)),
    );
  }, [asked, slug, asks, style.mode]);

  const recut = (n: number, method: Method): void => {
    setClasses(n);
    const found = method === "natural" ? (values?.natural?.[n] ?? []) : breaks(values?.quantiles ?? [], n, method);
    if (found.length) set({ ...style, breaks: found });
  };
  const locale = language === "en" ? "en-GB" : "vi-VN";
  const shape = geometry.includes("Point") ? "dot" : geometry.includes("Line") ? "stroke" : "block";
  const unit = chosen?.unit ? ` ${chosen.unit}` : "";
  return (
    <fieldset data-testid="styler">
      <legend>{t("howDrawn")}</legend>
      <div className="cards">
        {MODES.map(([mode, key, colors]) => (
          <label key={mode} className={mode === style.mode ? "card on" : "card"}>
            <input
              type="radio"
              name="style-mode"
              data-testid={`style-${mode}`}
              checked={mode === style.mode}
              onChange={() => set({ ...style, mode, field: "", breaks: [], kinds: [] })}
            />
            <span className="swatches" aria-hidden="true">
              {colors.map((color, i) => (
                <i key={i} style={{ background: color }} />
              ))}
            </span>
            {t(key)}
          </label>
        ))}
      </div>
      {style.mode === "simple" ? (
        <label className="tick-line">
          <input
            type="color"
            data-testid="style-color"
            value={style.color}
            onChange={(event) => set({ ...style, color: event.currentTarget.value })}
          />
          {t("colorWord")}
        </label>
      ) : (
        <label className="line">
          {t("byField")}
          <select
            data-testid="style-field"
            value={style.field}
            onChange={(event) => set({ ...style, field: event.currentTarget.value, breaks: [], kinds: [] })}
          >
            <option value="">— {t("choose")}</option>
            {fitting.map((field) => (
              <option key={nameOf(field)} value={nameOf(field)}>
                {field.vi}
              </option>
            ))}
          </select>
        </label>
      )}
      {problem ? <p role="alert">{problem}</p> : null}
      {asks && !values && !problem ? <progress aria-label={t("loadingWords")} /> : null}
      {style.mode === "graduated" && style.field ? (
        <>
          <div className="ramps" role="radiogroup" aria-label={t("rampWord")}>
            {(Object.keys(RAMPS) as Ramp[]).map((ramp) => (
              <label key={ramp} className={ramp === style.ramp ? "ramp on" : "ramp"}>
                <input
                  type="radio"
                  name="ramp"
                  data-testid={`ramp-${ramp}`}
                  aria-label={ramp}
                  checked={ramp === style.ramp}
                  onChange={() => set({ ...style, ramp })}
                />
                <span className="swatches" aria-hidden="true">
                  {cut(ramp, 7).map((color) => (
                    <i key={color} style={{ background: color }} />
                  ))}
                </span>
              </label>
            ))}
          </div>
          {values?.quantiles?.length ? (
            <div className="buttons">
              <label>
                {t("classesWord")}{" "}
                <select
                  data-testid="style-classes"
                  value={classes}
                  style={{ width: "auto" }}
                  onChange={(event) => recut(Number(event.currentTarget.value), "quantile")}
                >
                  {Array.from({ length: MOST_CLASSES - FEWEST_CLASSES + 1 }, (_, i) => i + FEWEST_CLASSES).map((n) => (
                    <option key={n} value={n}>
                      {n}
                    </option>
                  ))}
                </select>
              </label>
              {METHODS.map(([method, key]) => (
                <button key={method} type="button" onClick={() => recut(classes, method)}>
                  {t(key)}
                </button>
              ))}
            </div>
          ) : null}
          {values && !values.quantiles?.length ? <p className="muted">{t("noValuesYet")}</p> : null}
          <div className="bounds">
            {Array.from({ length: Math.max(classes - 1, style.breaks.length) }, (_, i) => (
              <input
                key={i}
                type="number"
                step="any"
                aria-label={`${t("boundWord")} ${i + 1}`}
                data-testid={`bound-${i}`}
                value={Number.isFinite(style.breaks[i]) ? style.breaks[i] : ""}
                onChange={(event) => {
                  const next = Array.from(
                    { length: Math.max(classes - 1, style.breaks.length) },
                    (_, at) => style.breaks[at] ?? Number.NaN,
                  );
                  next[i] = event.currentTarget.value === "" ? Number.NaN : Number(event.currentTarget.value);
                  set({ ...style, breaks: next });
                }}
              />
            ))}
          </div>
        </>
      ) : null}
      <div className="legend-box" data-testid="style-legend">
        {style.mode === "simple" ? (
          <p>
            <i className={shape} style={{ background: style.color }} /> {t("everyFeature")}
          </p>
        ) : null}
        {style.mode === "category"
          ? style.kinds.map((kind, i) => (
              <p key={String(kind.value)}>
                <input
                  type="color"
                  aria-label={`${t("colorWord")}: ${kind.value}`}
                  value={kind.color}
                  onChange={(event) =>
                    set({
                      ...style,
                      kinds: style.kinds.map((one, at) =>
                        at === i ? { ...one, color: event.currentTarget.value } : one,
                      ),
                    })
                  }
                />{" "}
                {String(kind.value)}{" "}
                <span className="muted">
                  {values?.values.find((one) => one.value === kind.value)?.n.toLocaleString(locale)}
                </span>
              </p>
            ))
          : null}
        {style.mode === "category" && style.field ? (
          <p>
            <i className={shape} style={{ background: OTHER }} /> {t("otherValues")}
          </p>
        ) : null}
        {style.mode === "graduated" && style.breaks.length && style.breaks.every(Number.isFinite)
          ? classRows(style, values?.min ?? null, values?.max ?? null, locale).map((row) => (
              <p key={row.color}>
                <i className={shape} style={{ background: row.color }} /> {row.label}
                {unit}
              </p>
            ))
          : null}
      </div>
    </fieldset>
  );
}
