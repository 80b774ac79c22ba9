/** The bar that lets the last deeds be taken back, with the seconds that are left. */
import { useEffect, useState } from "react";
import { useSay } from "../language/store";
import { undo, useOffers } from "./undo";

export function UndoBar({ hint }: { hint?: string }) {
  const { t } = useSay();
  const offers = useOffers((state) => state.offers);
  const [, tick] = useState(0);
  useEffect(() => {
    if (!offers.length) return;
    const id = setInterval(() => tick((was) => was + 1), 200);
    return () => clearInterval(id);
  }, [offers.length]);
  return (
    <div className="undo-bars" role="status">
      {offers.map((one) => (
        <div className="undo-bar" key={one.id} data-testid="undo-bar">
          <span>{one.words}</span>
          <b>{Math.max(0, Math.ceil((one.until_ms - Date.now()) / 1000))} s</b>
          {one.undo || one.commit ? (
            <button type="button" data-testid="undo" onClick={() => undo(one.id)}>
              {t("undo")}
              {hint ? ` (${hint})` : ""}
            </button>
          ) : null}
        </div>
      ))}
    </div>
  );
}
