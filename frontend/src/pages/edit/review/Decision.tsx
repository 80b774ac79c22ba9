/** What may be said to a change set by whoever has it open, and the words that go with it. */
import type { ChangeSetVerb } from "../../../api/edits";
import { useSay } from "../../../language/store";

export function Decision({
  may,
  busy,
  blocked,
  because,
  setBecause,
  paper,
  setPaper,
  say,
  own,
}: {
  may: (verb: ChangeSetVerb) => boolean;
  busy: boolean;
  blocked: boolean;
  because: string;
  setBecause: (words: string) => void;
  paper: string;
  setPaper: (document: string) => void;
  say: (verb: ChangeSetVerb) => void;
  own: boolean;
}) {
  const { t } = useSay();
  return (
    <div className="decision">
      {may("submit") ? (
        <label>
          {t("documentNo")}
          <input
            data-testid="set-document"
            maxLength={100}
            value={paper}
            onChange={(event) => setPaper(event.currentTarget.value)}
          />
        </label>
      ) : null}
      {may("return") || may("reject") || may("submit") ? (
        <label>
          {t(may("submit") ? "becauseWord" : "decisionWords")}
          <textarea
            data-testid="decision-words"
            rows={2}
            maxLength={300}
            value={because}
            onChange={(event) => setBecause(event.currentTarget.value)}
          />
        </label>
      ) : null}
      <div className="buttons">
        {may("approve") ? (
          <button
            type="button"
            className="primary"
            data-testid="approve"
            disabled={busy || blocked}
            title={blocked ? t("errorsBlock") : undefined}
            onClick={() => say("approve")}
          >
            ✓ {t("approveWord")} <kbd>Ctrl ⏎</kbd>
          </button>
        ) : null}
        {may("submit") ? (
          <button
            type="button"
            className="primary"
            data-testid="submit-set"
            disabled={busy || blocked}
            onClick={() => say("submit")}
          >
            {t("submitWord")} <kbd>Ctrl ⏎</kbd>
          </button>
        ) : null}
        {may("return") ? (
          <button type="button" data-testid="return" disabled={busy} onClick={() => say("return")}>
            ↩ {t("returnWord")}
          </button>
        ) : null}
        {may("reject") ? (
          <button type="button" data-testid="reject" disabled={busy} onClick={() => say("reject")}>
            ✕ {t("rejectWord")}
          </button>
        ) : null}
        {may("withdraw") ? (
          <button type="button" data-testid="withdraw" disabled={busy} onClick={() => say("withdraw")}>
            {t("withdrawWord")}
          </button>
        ) : null}
        {may("revert") ? (
          <button type="button" data-testid="revert" disabled={busy} onClick={() => say("revert")}>
            ↶ {t("revertWord")}
          </button>
        ) : null}
      </div>
      {busy ? <progress aria-label={t("workingWords")} /> : null}
      {blocked && may("approve") ? <p className="warn">⛔ {t("errorsBlock")}</p> : null}
      {own ? (
        <p className="muted" data-testid="not-yours">
          {t("secondPerson")}
        </p>
      ) : null}
    </div>
  );
}
