/** The next best thing to do, always in sight: its key, its words, the case that it is about, and a button that does it. */
import { useSay } from "../../../language/store";
import { cap } from "../caps";
import { useDesk } from "../desk";
import { runKey } from "../keyTable";
import { useCandidates, useCase, useCity, useOpen } from "../queries";
import { nextBest } from "./next";
import { useCallings } from "./useCallings";

export function NextBar() {
  const { t, w } = useSay();
  const city = useCity();
  const { selected, armed, leaving, may, now_ms } = useDesk();
  const open = useOpen()?.items ?? [];
  const next = nextBest({
    open,
    item: useCase(),
    candidates: useCandidates(),
    callings: useCallings(),
    selected,
    armed,
    sending: leaving.size > 0,
    now_ms,
    may,
  });
  const about = open.find((one) => one.id === next.incident);
  return (
    <section
      className={`next ${next.kind}`}
      data-testid="next"
      data-kind={next.kind}
      data-key={next.key}
      data-incident={next.incident ?? ""}
      aria-label={t("nextBest")}
      aria-live="polite"
    >
      <span className="muted">{t("nextBest")}:</span>{" "}
      {next.key ? (
        <button type="button" className="next-do" data-testid="next-do" onClick={() => runKey(next.key)}>
          <kbd>{cap(next.key)}</kbd> {t(next.words)}
        </button>
      ) : (
        <b>{t(next.words)}</b>
      )}{" "}
      {about ? (
        <span className="next-about">
          <span className={`chip small s${about.severity}`}>{about.severity}</span>{" "}
          {w(city?.categories.find((one) => one.code === about.category))} ·{" "}
          {about.place_name || about.road_name || about.code}
        </span>
      ) : null}
    </section>
  );
}
