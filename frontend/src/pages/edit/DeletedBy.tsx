/** Somebody deleted what is being changed here: who, when and why, and the way to bring it back with what was changed. */
import { useSay } from "../../language/store";
import { type Deleted, useDesk, useLayer } from "./desk";
import { drop } from "./picking";
import { bringBack } from "./saving";

export function DeletedBy({ deleted }: { deleted: Deleted }) {
  const { t, language } = useSay();
  const busy = useDesk((now) => now.busy);
  const review = useLayer()?.review ?? false;
  const when = new Date(deleted.at).toLocaleString(language === "en" ? "en-GB" : "vi-VN");
  return (
    <section className="conflict" data-testid="deleted" role="alert">
      <h2>⚠ {t("goneByOther")}</h2>
      <p>
        {deleted.by ?? t("systemWord")} · {when}
        {deleted.because ? ` · “${deleted.because}”` : ""}
      </p>
      <p className="muted">{t(review ? "bringBackHow" : "bringBackNow")}</p>
      <div className="buttons">
        <button type="button" className="primary" data-testid="bring-back" disabled={busy} onClick={bringBack}>
          ↺ {t(review ? "bringBackDraft" : "bringBack")}
        </button>
        <button type="button" data-testid="let-it-go" disabled={busy} onClick={drop}>
          {t("letItGo")}
        </button>
      </div>
    </section>
  );
}
