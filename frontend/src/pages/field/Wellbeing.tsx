/** One tap: I am well. Two: I need help. And the shift, on and off. These need the network: a word that lies on the phone tells nobody. */
import { useEffect, useState } from "react";
import { post, wordsOf } from "../../api/client";
import type { Responder } from "../../api/types";
import { useSay } from "../../language/store";
import { age, secondsSince } from "../../panels/age";

const SURE_MS = 5_000;

export function Wellbeing({ unit, now_ms, done }: { unit: Responder; now_ms: number; done: () => void }) {
  const { t, language } = useSay();
  const [busy, setBusy] = useState(false);
  const [sure, setSure] = useState(false);
  const [told, setTold] = useState("");
  useEffect(() => {
    if (!sure) return;
    const timer = setTimeout(() => setSure(false), SURE_MS);
    return () => clearTimeout(timer);
  }, [sure]);
  const act = (verb: string, body: Record<string, unknown>, words = ""): void => {
    setBusy(true);
    post(`/api/responders/${unit.id}/${verb}`, body)
      .then(
        () => setTold(words),
        (error: unknown) => setTold(wordsOf(error, language)),
      )
      .then(done)
      .finally(() => setBusy(false));
  };
  const left_s = unit.check_due_at ? -secondsSince(unit.check_due_at, now_ms) : null;
  const on = Boolean(unit.on_since);
  return (
    <section className="wellbeing" data-testid="wellbeing" data-late={left_s !== null && left_s < 0}>
      {left_s === null ? null : (
        <p data-testid="check-due">
          {left_s < 0 ? `⚠ ${t("fieldCheckLate")} ${age(-left_s)}` : `${t("fieldCheckDue")} ${age(left_s)}`}
        </p>
      )}
      <div className="wellbeing-row">
        <button type="button" data-testid="well" disabled={busy} onClick={() => act("check", { well: true })}>
          ✓ {t("fieldWell")}
          {unit.last_check_at ? ` (${age(secondsSince(unit.last_check_at, now_ms))})` : ""}
        </button>
        <button
          type="button"
          className={sure ? "danger" : ""}
          data-testid="help"
          disabled={busy}
          onClick={() => {
            if (!sure) return setSure(true);
            setSure(false);
            act("check", { well: false }, t("fieldHelpSent"));
          }}
        >
          ⚠ {t(sure ? "fieldHelpSure" : "fieldHelp")}
        </button>
      </div>
      <div className="wellbeing-row">
        <span data-testid="shift-words">
          {on && unit.on_since
            ? `${t("fieldOnShift")} ${new Date(unit.on_since).toLocaleTimeString("vi-VN", { hour: "2-digit", minute: "2-digit" })}`
            : t("fieldOffShift")}
        </span>
        <button type="button" data-testid="shift" disabled={busy} onClick={() => act("shift", { on: !on })}>
          {t(on ? "unitGoOff" : "unitGoOn")}
        </button>
      </div>
      {told ? (
        <p role="status" data-testid="wellbeing-told">
          {told}
        </p>
      ) : null}
    </section>
  );
}
