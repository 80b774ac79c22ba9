/** Who can get there first: time, way, age of the position and why; and whether the centre sends the unit or asks for it. */
import { Button } from "@mantine/core";
import { useSay } from "../../../language/store";
import { age, secondsSince } from "../../../panels/age";
import { put, useDesk } from "../desk";
import { useCandidates } from "../queries";
import { arm, choose, dispatch } from "./sending";

export function CandidateList() {
  const { t, w } = useSay();
  const candidates = useCandidates();
  const { selected, chosen, staleToo, now_ms } = useDesk();
  const armed = useDesk((desk) => desk.armed !== null && desk.armed === selected);
  const may = useDesk((desk) => desk.may("dispatch_units"));
  const picked = candidates?.candidates.find((one) => one.responder.id === chosen);
  const action = picked?.responder.authority === "requested" ? t("dispatchAsk") : t("dispatchDirect");
  return (
    <section data-testid="candidates" data-ready={candidates ? "yes" : "no"} aria-busy={!candidates}>
      <h3>
        {t("candidates")}{" "}
        {candidates ? <span className="muted">{age(secondsSince(candidates.computed_at, now_ms))}</span> : null}
      </h3>
      {candidates ? null : <div className="muted">{t("waitingCandidates")}</div>}
      {candidates && !candidates.candidates.length ? <div role="alert">{t("noUnits")}</div> : null}
      {candidates?.candidates.slice(0, 5).map((one, i) => (
        <button
          type="button"
          key={one.responder.id}
          className={one.responder.stale ? "choice old" : "choice"}
          data-testid={`candidate-${i + 1}`}
          data-unit={one.responder.code}
          aria-pressed={one.responder.id === chosen}
          onClick={() => choose(one.responder.id)}
        >
          <span className="choice-head">
            <b>
              {i + 1}. {one.responder.code}
            </b>
            <b>{age(one.travel_s)}</b>
          </span>
          <div>
            {one.responder.name}
            {one.distance_m === null ? "" : ` · ${(one.distance_m / 1000).toFixed(1)} km`} ·{" "}
            <span className={`authority ${one.responder.authority}`}>
              {one.responder.authority === "requested" ? `⇢ ${t("requestedAuthority")}` : `➜ ${t("directed")}`}
            </span>
          </div>
          {one.fits === false ? <div className="warn">⚠ {t("notEquipped")}</div> : null}
          <div className="muted">
            {w(one.reason)} ·{" "}
            {one.responder.position_age_s === null
              ? t("noPosition")
              : `${one.responder.stale ? "◷ " : ""}${t("positionAge")} ${age(one.responder.position_age_s)}`}
          </div>
        </button>
      ))}
      {may && (picked || !candidates) ? (
        <Button
          fullWidth
          size="md"
          data-testid="dispatch"
          data-armed={armed}
          color={armed ? "orange" : undefined}
          disabled={!picked}
          onClick={armed ? dispatch : arm}
        >
          {picked ? `${action} ${picked.responder.code} · ${armed ? t("confirm") : "D"}` : t("waitingCandidates")}
        </Button>
      ) : null}
      <label className="muted">
        <input
          type="checkbox"
          data-testid="stale-too"
          checked={staleToo}
          onChange={(event) => put({ staleToo: event.currentTarget.checked })}
        />{" "}
        {t("staleToo")}
      </label>
      {candidates ? (
        <details data-testid="passed-over">
          <summary>
            {t("passedOver")} ({candidates.passed_over.length})
          </summary>
          {candidates.passed_over.map((one) => (
            <div key={one.responder.id}>
              {one.responder.code} {one.responder.name} <span className="muted">{w(one.why)}</span>
            </div>
          ))}
        </details>
      ) : null}
    </section>
  );
}
