/** The tools over the map, and what the tool in hand asks for. */
import { useSay } from "../../language/store";
import { useDesk, useLayer } from "./desk";
import { simpleOf } from "./draw";
import { begin } from "./picking";
import { seenFrom } from "./useEditMap";

export const DRAW_KEY = { Point: "1", LineString: "2", Polygon: "3" } as const;

export function Tools() {
  const { t } = useSay();
  const layer = useLayer();
  const { hand, zoom } = useDesk();
  const drawn = layer ? simpleOf(layer.geometry) : null;
  const hint = hand === "draw" ? t("drawHint") : hand === "reshape" ? t("reshapeHint") : t("pickHint");
  return (
    <div className="edit-tools">
      {layer && drawn ? (
        <button type="button" data-testid="draw" disabled={hand !== "pick"} onClick={begin}>
          {t("drawNew")} <kbd>{DRAW_KEY[drawn]}</kbd>
        </button>
      ) : null}
      <p className="hint" data-testid="hint">
        {layer && zoom !== null && zoom < seenFrom(layer) ? `${t("zoomIn")} ` : ""}
        {layer && hand !== "look" ? hint : ""}
      </p>
    </div>
  );
}
