/** Taking a made layer away: its name must be typed, so that no slip of the hand does it. */
import { useState } from "react";
import { send, wordsOf } from "../../../api/client";
import { useSay } from "../../../language/store";

export function Remove({ slug, revision, gone }: { slug: string; revision: number; gone: () => Promise<void> }) {
  const { t, language } = useSay();
  const [typed, setTyped] = useState("");
  const [because, setBecause] = useState("");
  const [problem, setProblem] = useState("");
  const [busy, setBusy] = useState(false);
  const remove = async (): Promise<void> => {
    setBusy(true);
    setProblem("");
    try {
      await send("DELETE", `/api/layers/${slug}`, { because: because.trim() }, { "If-Match": `"v${revision}"` });
      await gone();
    } catch (error) {
      setProblem(wordsOf(error, language));
      setBusy(false);
    }
  };
  return (
    <details className="remove">
      <summary data-testid="remove-layer">{t("removeLayer")}</summary>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (typed === slug) void remove();
        }}
      >
        <p>{t("removeLayerHow")}</p>
        <label className="line">
          {t("typeSlug")} <b>{slug}</b>
          <input
            data-testid="remove-typed"
            autoComplete="off"
            spellCheck={false}
            value={typed}
            onChange={(event) => setTyped(event.currentTarget.value)}
          />
        </label>
        <label className="line">
          {t("becauseWord")}
          <input maxLength={300} value={because} onChange={(event) => setBecause(event.currentTarget.value)} />
        </label>
        <button type="submit" className="danger" data-testid="remove-layer-really" disabled={typed !== slug || busy}>
          ⚠ {t("removeLayer")}
        </button>
        {busy ? <progress aria-label={t("workingWords")} /> : null}
        {problem ? <p role="alert">{problem}</p> : null}
      </form>
    </details>
  );
}
