/** What a file does not say, asked with pictures and samples; nothing is guessed in silence. */
import { useState } from "react";
import type { Landing } from "../../../api/edits";
import type { Layer } from "../../../api/types";
import type { Key } from "../../../language/messages";
import { useSay } from "../../../language/store";
import type { Ask, Import } from "./imports";
import { keyOf, Landings } from "./Landings";

type Of<What extends Ask["what"]> = Extract<Ask, { what: What }>;
const SAMPLES = 4;
/** Columns of a table that hold a place; the register writes X for northing and Y for easting. */
const AXIS_WORDS: Record<string, Key> = {
  "@lon": "axisLon",
  "@lat": "axisLat",
  "@x_north": "axisNorth",
  "@y_east": "axisEast",
  "@wkt": "axisWkt",
};

export function Asks({
  job,
  layer,
  busy,
  answer,
}: {
  job: Import;
  layer: Layer | undefined;
  busy: boolean;
  answer: (answers: Readonly<Record<string, unknown>>) => void;
}) {
  const { t, w, language } = useSay();
  const ask = <What extends Ask["what"]>(what: What): Of<What> | undefined =>
    job.asks.find((one): one is Of<What> => one.what === what);
  const [crs, encoding, source, fields, key] = [ask("crs"), ask("encoding"), ask("layer"), ask("fields"), ask("key")];
  const [landing, setLanding] = useState<Landing | null>(
    () =>
      (crs?.choices.filter((one) => one.inside).length === 1 ? crs.choices.find((one) => one.inside) : null) ?? null,
  );
  const [reading, setReading] = useState<string | null>(null);
  const [from, setFrom] = useState<string | null>(null);
  const [mapping, setMapping] = useState<Record<string, string>>(() =>
    Object.fromEntries((fields?.choices ?? []).map((one) => [one.name, one.to ?? ""])),
  );
  const [matched, setMatched] = useState("");
  const [complete, setComplete] = useState(false);
  const doubled = Object.values(mapping).filter((to, i, all) => to && all.indexOf(to) !== i);
  const goals = fields?.targets
    ? fields.targets.map((name) => ({ name, words: AXIS_WORDS[name] ? t(AXIS_WORDS[name]) : name, required: false }))
    : (layer?.fields ?? [])
        .filter((field) => field.editable || field.required)
        .map((field) => ({ name: field.name, words: w(field.title), required: field.required }));
  const taken = new Set(Object.values(mapping));
  const lacking = goals.filter((goal) => (fields?.lacking ?? []).includes(goal.name) && !taken.has(goal.name));
  const placed =
    !fields?.targets ||
    taken.has("@wkt") ||
    (taken.has("@lon") && taken.has("@lat")) ||
    (taken.has("@x_north") && taken.has("@y_east"));
  const ready =
    (!crs || landing) && (!encoding || reading) && (!source || from) && !doubled.length && !lacking.length && placed;
  return (
    <form
      data-testid="asks"
      onSubmit={(event) => {
        event.preventDefault();
        if (!ready) return;
        answer({
          ...(landing ? { crs: landing.epsg, swap_xy: landing.swapped } : {}),
          ...(reading ? { encoding: reading } : {}),
          ...(from ? { source_layer: from } : {}),
          ...(fields ? { mapping: Object.fromEntries(Object.entries(mapping).filter(([, to]) => to)) } : {}),
          ...(key ? { key: matched || null, complete } : {}),
        });
      }}
    >
      {job.asks.map((one) =>
        one[language] ? (
          <p key={one.what} data-testid={`why-${one.what}`}>
            {one[language]}
          </p>
        ) : null,
      )}
      {crs ? (
        <fieldset>
          <legend>{t("askCrs")}</legend>
          <p className="muted">{t("askCrsHow")}</p>
          <Landings choices={crs.choices} chosen={landing ? keyOf(landing) : null} choose={setLanding} />
        </fieldset>
      ) : null}
      {encoding ? (
        <fieldset>
          <legend>{t("askEncoding")}</legend>
          <p className="muted">{t("askEncodingHow")}</p>
          {encoding.choices.map((one) => (
            <label key={one.name} className={one.name === reading ? "reading on" : "reading"}>
              <input
                type="radio"
                name="encoding"
                data-testid={`encoding-${one.name}`}
                checked={one.name === reading}
                onChange={() => setReading(one.name)}
              />
              <span>
                <span className="muted">{one.name}</span>
                {one.samples.slice(0, SAMPLES).map((text) => (
                  <q key={text}>{text}</q>
                ))}
              </span>
            </label>
          ))}
        </fieldset>
      ) : null}
      {source ? (
        <fieldset>
          <legend>{t("askSource")}</legend>
          {source.choices.map((one) => (
            <label key={one.name} className="tick-line">
              <input
                type="radio"
                name="source"
                data-testid={`source-${one.name}`}
                checked={one.name === from}
                onChange={() => setFrom(one.name)}
              />
              {one.name} <span className="muted">{[one.geometry, one.features].filter(Boolean).join(" · ")}</span>
            </label>
          ))}
        </fieldset>
      ) : null}
      {fields ? (
        <fieldset>
          <legend>{t("askFields")}</legend>
          <table>
            <thead>
              <tr>
                <th scope="col">{t("inFile")}</th>
                <th scope="col">{t("inLayer")}</th>
              </tr>
            </thead>
            <tbody>
              {fields.choices.map((one) => (
                <tr key={one.name}>
                  <th scope="row">
                    {one.name}
                    <br />
                    <span className="muted">{one.samples?.slice(0, 2).join(" · ")}</span>
                  </th>
                  <td>
                    <select
                      aria-label={one.name}
                      data-testid={`map-${one.name}`}
                      value={mapping[one.name] ?? ""}
                      onChange={(event) => {
                        const { value } = event.currentTarget;
                        setMapping((was) => ({ ...was, [one.name]: value }));
                      }}
                    >
                      <option value="">— {t("leaveField")}</option>
                      {goals.map((goal) => (
                        <option key={goal.name} value={goal.name}>
                          {goal.words}
                          {goal.required ? " *" : ""}
                        </option>
                      ))}
                    </select>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
          {doubled.length ? <p className="warn">⚠ {t("mappedTwice")}</p> : null}
          {lacking.length ? (
            <p className="warn">
              ⚠ {t("stillNeeded")}: {lacking.map((goal) => goal.words).join(", ")}
            </p>
          ) : null}
        </fieldset>
      ) : null}
      {key ? (
        <fieldset>
          <legend>{t("askKey")}</legend>
          <p className="muted">{t("askKeyHow")}</p>
          <select
            data-testid="import-key"
            aria-label={t("askKey")}
            value={matched}
            onChange={(event) => setMatched(event.currentTarget.value)}
          >
            <option value="">— {t("noKey")}</option>
            {key.choices.map((one) => (
              <option key={one} value={one}>
                {w(layer?.fields.find((field) => field.name === one)?.title) || one}
              </option>
            ))}
          </select>
          <label className="tick-line">
            <input
              type="checkbox"
              data-testid="import-complete"
              checked={complete}
              disabled={!matched}
              onChange={(event) => setComplete(event.currentTarget.checked)}
            />
            {t("completeFile")}
          </label>
          {complete ? <p className="warn">⚠ {t("completeHow")}</p> : null}
        </fieldset>
      ) : null}
      <div className="buttons">
        <button type="submit" className="primary" data-testid="asks-answer" disabled={!ready || busy}>
          {t("goOn")} →
        </button>
      </div>
      {busy ? <progress aria-label={t("workingWords")} /> : null}
    </form>
  );
}
