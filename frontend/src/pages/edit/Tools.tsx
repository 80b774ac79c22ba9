/** The tools over the map, and what the tool in hand asks for. */

import type { Key } from "../../language/messages";
import { useSay } from "../../language/store";
import { type Hand, useDesk, useLayer } from "./desk";
import { TOOLS } from "./tools";
import { seenFrom } from "./useEditMap";

const HINTS: Record<Hand, Key | null> = {
  pick: "pickHint",
  draw: "drawHint",
  reshape: "reshapeHint",
  split: "splitHint",
  adjust: "adjustHint",
  measure: "measureHint",
  box: "boxHint",
  look: null,
};

export function Tools() {
  const { t, language } = useSay();
  const layer = useLayer();
  const now = useDesk();
  const { hand, zoom, measure } = now;
  if (hand === "look") return null;
  const hint = HINTS[hand];
  const locale = language === "en" ? "en-GB" : "vi-VN";
  const shown = (value: number): string => value.toLocaleString(locale, { maximumFractionDigits: 2 });
  return (
    <div className="edit-tools" role="toolbar" aria-label={t("toolbar")}>
      {TOOLS.filter((one) => one.shown(now)).map((one) => (
        <button
          type="button"
          key={one.id}
          data-testid={`tool-${one.id}`}
          aria-keyshortcuts={one.key}
          aria-pressed={hand === one.id}
          disabled={!one.able(now)}
          onClick={one.act}
        >
          {t(one.title)} <kbd>{one.key}</kbd>
        </button>
      ))}
      <p className="hint" data-testid="hint" aria-live="polite">
        {layer && zoom !== null && zoom < seenFrom(layer) ? `${t("zoomIn")} ` : ""}
        {layer && hint ? t(hint) : ""}
        {measure ? (
          <b data-testid="measured">
            {" "}
            {shown(measure.length_m)} m{measure.area_m2 ? ` · ${shown(measure.area_m2)} m²` : ""}
          </b>
        ) : null}
      </p>
    </div>
  );
}
