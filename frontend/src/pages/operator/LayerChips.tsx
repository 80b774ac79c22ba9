/** The layers that an operator switches most, as chips on the map; all of them stand in the layer panel. */
import { useSay } from "../../language/store";
import { useDesk } from "./desk";
import { useCatalogue } from "./queries";
import { toggleLayer } from "./shownLayers";

const CHIPS = ["cameras", "hydrants", "closures", "flood", "wards", "roads", "canals"];

export function LayerChips() {
  const { t, w } = useSay();
  const catalogue = useCatalogue();
  const shown = useDesk((desk) => desk.shown);
  if (!catalogue || !shown) return null;
  const layers = CHIPS.flatMap((slug) => catalogue.layers.find((one) => one.slug === slug) ?? []);
  return (
    <fieldset className="chips" data-testid="layer-chips">
      <legend className="heard">{t("layers")}</legend>
      {layers.map((one) => (
        <button
          type="button"
          key={one.slug}
          className="chip-button"
          data-testid={`chip-${one.slug}`}
          aria-pressed={shown.has(one.slug)}
          onClick={() => toggleLayer(one.slug)}
        >
          {shown.has(one.slug) ? "✓ " : ""}
          {w(one.title)}
        </button>
      ))}
    </fieldset>
  );
}
