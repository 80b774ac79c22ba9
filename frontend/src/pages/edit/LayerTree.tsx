/** The layers by group: which is seen, which is edited. */

import { useSay } from "../../language/store";
import { useDesk } from "./desk";
import { choose } from "./picking";
import { setShown, useShown } from "./shown";

export function LayerTree() {
  const { t, w } = useSay();
  const { catalogue, slug } = useDesk();
  const shown = useShown();
  if (!catalogue) return null;
  const groups = catalogue.groups
    .map((group) => ({ group, layers: catalogue.layers.filter((one) => one.group === group.slug) }))
    .filter(({ layers }) => layers.length);
  return (
    <section data-testid="edit-layers" aria-label={t("layers")}>
      {catalogue.layers.some((one) => one.editable) ? null : <p role="alert">{t("noEditable")}</p>}
      {groups.map(({ group, layers }) => (
        <fieldset key={group.slug} className="layer-group">
          <legend>{w(group)}</legend>
          {layers.map((one) => (
            <div key={one.slug} className={one.slug === slug ? "layer-row on" : "layer-row"}>
              <input
                type="checkbox"
                aria-label={`${t("seen")}: ${w(one.title)}`}
                data-testid={`see-layer-${one.slug}`}
                checked={shown[one.slug] ?? one.visible}
                onChange={(event) => setShown(one.slug, event.currentTarget.checked)}
              />
              {one.editable ? (
                <label>
                  <input
                    type="radio"
                    name="layer"
                    data-testid={`edit-layer-${one.slug}`}
                    checked={one.slug === slug}
                    onChange={() => choose(one.slug)}
                  />
                  {w(one.title)}
                </label>
              ) : (
                <span className="muted">{w(one.title)}</span>
              )}
            </div>
          ))}
        </fieldset>
      ))}
    </section>
  );
}
