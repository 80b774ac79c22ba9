/** What was done and not yet taken by the server, each with its state and, where refused, why. */
import { useSay } from "../../language/store";
import { age, secondsSince } from "../../panels/age";
import { flush, useOutbox, withdraw } from "./outbox";

export function Outbox({ now_ms }: { now_ms: number }) {
  const { t, language } = useSay();
  const { deeds, fixes, fixesRefused, sending, fixSent_ms } = useOutbox();
  return (
    <section data-testid="outbox" className="panel">
      <h2>{t("fieldOutbox")}</h2>
      {deeds.length || fixes ? null : <p>{t("nothingWaits")}</p>}
      {deeds.map((one) => (
        <div key={one.key} className={`deed ${one.state}`} data-testid="deed" data-state={one.state}>
          <b>{one.words}</b>
          <span>
            {one.state === "waiting" ? "⧗" : "✕"} {t(one.state)} · {age(secondsSince(one.at, now_ms))}
          </span>
          {one.state === "refused" ? (
            <>
              <p role="alert">{language === "en" ? one.problem_en : one.problem_vi}</p>
              <button type="button" onClick={() => void withdraw(one.key)}>
                {t("dismiss")}
              </button>
            </>
          ) : null}
        </div>
      ))}
      <p data-testid="fixes-waiting" data-n={fixes}>
        {fixes} {t("positionsWaiting")}
      </p>
      {fixesRefused ? (
        <p role="alert" data-testid="fixes-refused">
          ✕ {fixesRefused} {t("positionsRefused")}
        </p>
      ) : null}
      <p>
        {t("positionsSent")}: {fixSent_ms === null ? t("never") : `${age((now_ms - fixSent_ms) / 1000)} ${t("ago")}`}
      </p>
      <button type="button" className="big" data-testid="send-now" disabled={sending} onClick={() => void flush()}>
        {t("sendNow")}
      </button>
    </section>
  );
}
