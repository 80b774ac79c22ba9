/** What floats on the map: the layer tree with its legend, and the heat with its period, category and units. */
import { NativeSelect, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { get } from "../../api/client";
import type { HeatLegend } from "../../api/types";
import { useSay } from "../../language/store";
import { addHeat, HEAT_OPACITY } from "../../map/heat";
import { useDesk } from "./desk";
import { useCatalogue, useCity } from "./queries";
import { toggleLayer } from "./shownLayers";

export function LayerTree() {
  const { t, w } = useSay();
  const catalogue = useCatalogue();
  const shown = useDesk((desk) => desk.shown);
  const [words, setWords] = useState("");
  if (!catalogue || !shown) return null;
  const sought = bare(words);
  const found = catalogue.layers.filter((one) => bare(`${w(one.title)} ${one.slug}`).includes(sought));
  return (
    <section data-testid="layer-tree">
      <input
        type="search"
        className="field"
        data-testid="layer-search"
        placeholder={t("findLayer")}
        aria-label={t("findLayer")}
        value={words}
        onChange={(event) => setWords(event.currentTarget.value)}
      />
      {found.length ? null : <p className="muted">{t("none")}</p>}
      {catalogue.groups
        .map((group) => ({ group, layers: found.filter((one) => one.group === group.slug) }))
        .filter(({ layers }) => layers.length)
        .map(({ group, layers }) => (
          <details key={group.slug} open data-testid={`group-${group.slug}`}>
            <summary>
              {w(group)}{" "}
              <span className="muted">
                {layers.filter((one) => shown.has(one.slug)).length}/{layers.length}
              </span>
            </summary>
            {layers.map((one) => (
              <div key={one.slug} className="layer">
                <label>
                  <input
                    type="checkbox"
                    data-testid={`layer-${one.slug}`}
                    checked={shown.has(one.slug)}
                    onChange={() => toggleLayer(one.slug)}
                  />{" "}
                  {w(one.title)}
                </label>
                {shown.has(one.slug)
                  ? one.legend.map((row) => (
                      <div key={row.label.vi} className="legend">
                        <Swatch color={row.color} shape={row.shape} />
                        {w(row.label)}
                      </div>
                    ))
                  : null}
              </div>
            ))}
          </details>
        ))}
    </section>
  );
}

/** Vietnamese is sought without its marks: "duong" finds "Đường". */
const bare = (words: string): string =>
  words.normalize("NFD").replace(/\p{M}/gu, "").replace(/đ/gi, "d").toLowerCase().trim();
const Swatch = ({ color, shape, opacity = 1 }: { color: string; shape?: string | undefined; opacity?: number }) => (
  <span className={`swatch ${shape ?? ""}`} style={{ background: color, opacity }} />
);
const day = (before: number): string => new Date(Date.now() - before * 86_400_000).toISOString().slice(0, 10);

export function Heat() {
  const { t, w, language } = useSay();
  const map = useDesk((desk) => desk.map);
  const categories = useCity()?.categories ?? [];
  const [from, setFrom] = useState(day(365));
  const [to, setTo] = useState(day(-1));
  const [category, setCategory] = useState("");
  const period = new URLSearchParams({ from, to, ...(category ? { category } : {}) }).toString();
  const legend = useQuery({ queryKey: ["heat-legend"], queryFn: () => get<HeatLegend>("/api/heat/legend") });
  const summary = useQuery({
    queryKey: ["heat", period],
    queryFn: () => get<{ n: number; days: number; as_of?: string; sparse?: boolean }>(`/api/heat/summary?${period}`),
  });
  const ramp = legend.data?.ramp;
  useEffect(() => {
    if (!ramp || !map) return;
    return addHeat(map, ramp, period);
  }, [map, ramp, period]);
  const unit = legend.data?.unit;
  return (
    <section data-testid="heat">
      <TextInput
        type="date"
        label={t("from")}
        value={from}
        onChange={(e) => e.currentTarget.value && setFrom(e.currentTarget.value)}
      />
      <TextInput
        type="date"
        label={t("until")}
        value={to}
        onChange={(e) => e.currentTarget.value && setTo(e.currentTarget.value)}
      />
      <NativeSelect
        label={t("category")}
        value={category}
        onChange={(e) => setCategory(e.currentTarget.value)}
        data={[{ value: "", label: t("all") }, ...categories.map((one) => ({ value: one.code, label: w(one) }))]}
      />
      <h3>{typeof unit === "object" ? w(unit) : t("heatUnit")}</h3>
      {ramp?.map((row) => (
        <div key={row.from}>
          <Swatch color={row.color} opacity={HEAT_OPACITY} />
          {row.from.toLocaleString(language)}
          {row.to === null ? " +" : ` – ${row.to.toLocaleString(language)}`}
        </div>
      ))}
      <div className="muted" data-testid="heat-n">
        n = {summary.data?.n ?? "…"}
        {summary.data?.as_of ? ` · ${new Date(summary.data.as_of).toLocaleTimeString("vi-VN")}` : ""}
      </div>
      {summary.data?.sparse ? <div className="warn">⚠ {t("sparse")}</div> : null}
    </section>
  );
}
