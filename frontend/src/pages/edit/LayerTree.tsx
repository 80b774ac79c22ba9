/** The layers by group: which is seen and how strongly, which is edited, and what its colours mean. */
import { useState } from "react";
import type { Layer } from "../../api/types";
import { useSay } from "../../language/store";
import { put, useDesk } from "./desk";
import { choose } from "./picking";
import { setOpacity, setShown, useOpacity, useShown } from "./shown";

export function LayerTree() {
  const { t, w } = useSay();
  const { catalogue, locked } = useDesk();
  if (!catalogue) return null;
  const groups = catalogue.groups
    .map((group) => ({ group, layers: catalogue.layers.filter((one) => one.group === group.slug) }))
    .filter(({ layers }) => layers.length);
  return (
    <section data-testid="edit-layers" aria-label={t("layers")}>
      {catalogue.layers.some((one) => one.editable) ? (
        <label className="lock">
          <input
            type="checkbox"
            data-testid="lock"
            checked={locked}
            onChange={(event) => put({ locked: event.currentTarget.checked })}
          />
          {t("onlyThisLayer")}
        </label>
      ) : (
        <p role="alert">{t("noEditable")}</p>
      )}
      {groups.map(({ group, layers }) => (
        <fieldset key={group.slug} className="layer-group">
          <legend>{w(group)}</legend>
          {layers.map((one) => (
            <Row key={one.slug} layer={one} />
          ))}
        </fieldset>
      ))}
    </section>
  );
}

function Row({ layer }: { layer: Layer }) {
  const { t, w } = useSay();
  const slug = useDesk((now) => now.slug);
  const shown = useShown()[layer.slug] ?? layer.visible;
  const opacity = useOpacity()[layer.slug] ?? 1;
  const [more, setMore] = useState(false);
  const on = layer.slug === slug;
  return (
    <div className={on ? "layer-row on" : "layer-row"}>
      <input
        type="checkbox"
        aria-label={`${t("seen")}: ${w(layer.title)}`}
        data-testid={`see-layer-${layer.slug}`}
        checked={shown || on}
        disabled={on}
        onChange={(event) => setShown(layer.slug, event.currentTarget.checked)}
      />
      {layer.editable ? (
        <label className="grow">
          <input
            type="radio"
            name="layer"
            data-testid={`edit-layer-${layer.slug}`}
            checked={on}
            onChange={() => choose(layer.slug)}
          />
          {w(layer.title)}
        </label>
      ) : (
        <span className="grow muted">{w(layer.title)}</span>
      )}
      {layer.review && layer.editable ? <span className="tag">{t("reviewTag")}</span> : null}
      <button
        type="button"
        aria-expanded={more}
        aria-label={`${t("lookOf")}: ${w(layer.title)}`}
        data-testid={`look-${layer.slug}`}
        onClick={() => setMore(!more)}
      >
        {more ? "▾" : "▸"}
      </button>
      {more ? (
        <div className="layer-look">
          <label>
            {t("opacity")}
            <input
              type="range"
              min={0.1}
              max={1}
              step={0.1}
              value={opacity}
              data-testid={`opacity-${layer.slug}`}
              onChange={(event) => setOpacity(layer.slug, Number(event.currentTarget.value))}
            />
          </label>
          {layer.legend.map((row) => (
            <div key={row.label.vi} className="legend-row">
              <i className={row.shape === "circle" ? "round" : ""} style={{ background: row.color }} /> {w(row.label)}
            </div>
          ))}
        </div>
      ) : null}
    </div>
  );
}
