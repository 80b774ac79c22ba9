/** Taking a layer away as a file: which format, in which coordinates, and how much of it. */
import type { Polygon } from "geojson";
import { useEffect, useState } from "react";
import { download, get, wordsOf } from "../../../api/client";
import type { Key } from "../../../language/messages";
import { useSay } from "../../../language/store";
import { save } from "../../../panels/save";
import { put, useDesk } from "../desk";
import { useShared } from "../panel";
import { FORMATS, type Format, named } from "./formats";

type Extent = "all" | "view" | "drawn" | "picked";
const EXTENTS: [Extent, Key][] = [
  ["all", "wholeLayer"],
  ["view", "whatIsSeen"],
  ["drawn", "aDrawnArea"],
  ["picked", "whatIsChosen"],
];

export function ExportPanel() {
  const { t, w, language } = useSay();
  const { map, city, catalogue, layer: edited } = useShared();
  const pen = useDesk((now) => now.pen);
  const { target, picked, slug: editing } = useDesk();
  const takeable =
    catalogue?.layers.filter((one) => one.kind === "vector" && (one.may?.includes("export") ?? true)) ?? [];
  const [slug, setSlug] = useState<string | null>(null);
  const layer =
    takeable.find((one) => one.slug === slug) ?? takeable.find((one) => one.slug === edited?.slug) ?? takeable[0];
  const [format, setFormat] = useState<Format>("gpkg");
  const [crs, setCrs] = useState<string>("");
  const [extent, setExtent] = useState<Extent>("all");
  const [area, setArea] = useState<Polygon | null>(null);
  const [filter, setFilter] = useState("");
  const [bytes, setBytes] = useState<number | null>(null);
  const [words, setWords] = useState<{ text: string; bad: boolean } | null>(null);
  const [systems, setSystems] = useState<{ epsg: number; name: string }[]>([]);
  // What is chosen on the desk is of the layer being edited, and of no other.
  const held = picked.length ? picked.map((one) => one.id) : [target?.fid];
  const chosen = layer?.slug === editing ? held.filter((one) => one !== undefined && one !== null) : [];
  useEffect(() => {
    get<{ items: { epsg: number; name: string }[] }>("/api/systems").then(
      ({ items }) => setSystems(items),
      (error: unknown) => setWords({ text: wordsOf(error, language), bad: true }),
    );
  }, []);
  const locale = language === "en" ? "en-GB" : "vi-VN";
  useEffect(
    () => () => {
      pen?.clear();
      put({ hand: "pick" });
    },
    [pen],
  );
  const draw = (): void => {
    if (!pen) return;
    setArea(null);
    put({ hand: "draw" });
    pen.begin("Polygon", (shape) => {
      // Its corners are dragged from here on: a click on one is no pick of a feature.
      put({ hand: "look" });
      setArea(shape as Polygon);
      pen.open("Polygon", shape, (changed) => setArea(changed as Polygon));
    });
  };
  const seen = (): Polygon | undefined => {
    if (!map || !city) return undefined;
    const [[w0, s0], [e0, n0]] = map.getBounds().toArray();
    // What lies beyond the city's reach holds nothing of it, and is refused as a shape.
    const [west, south, east, north] = city.bounds;
    const [w, s, e, n] = [Math.max(w0, west), Math.max(s0, south), Math.min(e0, east), Math.min(n0, north)];
    return {
      type: "Polygon",
      coordinates: [
        [
          [w, s],
          [e, s],
          [e, n],
          [w, n],
          [w, s],
        ],
      ],
    };
  };
  const how: Record<Extent, () => object> = {
    all: () => ({}),
    view: () => ({ area: seen() }),
    drawn: () => ({ area }),
    picked: () => ({ ids: chosen.map(Number) }),
  };
  const ready = layer && bytes === null && (extent !== "drawn" || area) && (extent !== "picked" || chosen.length > 0);
  const take = async (): Promise<void> => {
    if (!ready || !layer) return;
    setBytes(0);
    setWords(null);
    try {
      const body = {
        format,
        ...(crs ? { crs: Number(crs) } : {}),
        ...(filter.trim() ? { filter: filter.trim() } : {}),
        ...how[extent](),
      };
      const file = await download(`/api/layers/${layer.slug}/export`, body, setBytes);
      save(file, named(layer.slug, format, new Date()));
      setWords({
        text: `${t("takenAway")} ${(file.size / 1024).toLocaleString(locale, { maximumFractionDigits: 0 })} kB`,
        bad: false,
      });
    } catch (error) {
      setWords({ text: wordsOf(error, language), bad: true });
    } finally {
      setBytes(null);
    }
  };
  return (
    <section className="wide" data-testid="export" aria-labelledby="export-title">
      <h2 id="export-title">{t("takeAway")}</h2>
      {words ? (
        <p role="alert" className={words.bad ? "words bad" : "words good"} data-testid="export-words">
          {words.bad ? "⚠" : "✓"} {words.text}
        </p>
      ) : null}
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void take();
        }}
      >
        <label className="line">
          {t("layerWord")}
          <select
            data-testid="export-layer"
            value={layer?.slug ?? ""}
            onChange={(event) => setSlug(event.currentTarget.value)}
          >
            {takeable.map((one) => (
              <option key={one.slug} value={one.slug}>
                {w(one.title)}
              </option>
            ))}
          </select>
        </label>
        <div className="pair">
          <label className="line">
            {t("formatWord")}
            <select
              data-testid="export-format"
              value={format}
              onChange={(event) => setFormat(event.currentTarget.value as Format)}
            >
              {FORMATS.map(([one, name]) => (
                <option key={one} value={one}>
                  {name}
                </option>
              ))}
            </select>
          </label>
          <label className="line">
            {t("crsWord")}
            <select data-testid="export-crs" value={crs} onChange={(event) => setCrs(event.currentTarget.value)}>
              <option value="">{t("asTheFormat")}</option>
              {city ? <option value={city.srid}>{`${t("cityCrs")} · EPSG:${city.srid}`}</option> : null}
              {systems
                .filter(({ epsg }) => epsg !== city?.srid)
                .map(({ epsg, name }) => (
                  <option key={epsg} value={epsg}>
                    {name} · EPSG:{epsg}
                  </option>
                ))}
            </select>
          </label>
        </div>
        <fieldset>
          <legend>{t("howMuch")}</legend>
          {EXTENTS.map(([one, key]) => (
            <label key={one} className="tick-line">
              <input
                type="radio"
                name="extent"
                data-testid={`export-${one}`}
                checked={extent === one}
                disabled={one === "picked" && !chosen.length}
                onChange={() => {
                  setExtent(one);
                  if (one === "drawn") draw();
                  else {
                    pen?.clear();
                    put({ hand: "pick" });
                  }
                }}
              />
              {t(key)}
              {one === "picked" && chosen.length ? ` (${chosen.length.toLocaleString(locale)})` : ""}
            </label>
          ))}
          {extent === "drawn" ? (
            <p className="muted">
              {area ? `✓ ${t("areaDrawn")}` : t("drawHint")}{" "}
              <button type="button" onClick={draw}>
                {t("drawAgain")}
              </button>
            </p>
          ) : null}
        </fieldset>
        <details>
          <summary>{t("filterWord")}</summary>
          <label className="line">
            {t("filterHow")}
            <textarea
              rows={2}
              data-testid="export-filter"
              spellCheck={false}
              placeholder={layer?.fields[0] ? `${layer.fields[0].name} = '…'` : ""}
              value={filter}
              onChange={(event) => setFilter(event.currentTarget.value)}
            />
          </label>
        </details>
        <div className="buttons">
          <button type="submit" className="primary" data-testid="export-take" disabled={!ready}>
            ⇩ {t("takeAway")}
          </button>
        </div>
        {bytes !== null ? (
          <p role="status">
            <progress aria-label={t("workingWords")} />
            {(bytes / 1024).toLocaleString(locale, { maximumFractionDigits: 0 })} kB
          </p>
        ) : null}
      </form>
    </section>
  );
}
