/** The line under the map: the panels that open there, and how many units are free and busy. */
import { useSay } from "../../language/store";
import { cap } from "./caps";
import { useDesk } from "./desk";
import { flipDrawer } from "./drawers";
import { useUnits } from "./queries";
import { DRAWERS } from "./registry";

export function BottomBar() {
  const { t } = useSay();
  const { may, panels } = useDesk();
  const units = useUnits();
  const offered = DRAWERS.filter((one) => one.place === "bottom" && (!one.permission || may(one.permission)));
  if (!offered.length) return null;
  const count = (state: string): number => units?.filter((one) => one.availability === state).length ?? 0;
  return (
    <nav className="bottom-bar" aria-label={t("bottomBar")} data-testid="bottom-bar">
      {offered.map((one) => (
        <button
          type="button"
          key={one.key}
          className="plain"
          data-testid={`open-${one.key}`}
          aria-expanded={panels.includes(one.key)}
          onClick={() => flipDrawer(one.key)}
        >
          {panels.includes(one.key) ? "▾" : "▴"} {t(one.title)}
          {one.single ? ` (${cap(one.single)})` : ""}
        </button>
      ))}
      {units ? (
        <span className="muted" data-testid="units-now">
          {t("available")} <b>{count("available")}</b> · {t("busy")} <b>{count("busy")}</b>
        </span>
      ) : null}
    </nav>
  );
}
