/** Whom to send: the recommended set by role, then who else can get there and when at the latest; what is short; and why the others are not here. */
import { Button } from "@mantine/core";
import type { Candidate, Candidates, CardRole, IncidentDetail } from "../../../api/types";
import { useSay } from "../../../language/store";
import { age, secondsSince } from "../../../panels/age";
import { put, useDesk } from "../desk";
import { useCandidates } from "../queries";
import { Because, HoldForm } from "./AskWhy";
import { chosenOf, shownOf, toggle, useChosen } from "./choice";
import { Holds } from "./Holds";
import { arm, confirm } from "./sending";

export function CandidateList({ item }: { item: IncidentDetail }) {
  const { t, w } = useSay();
  const candidates = useCandidates();
  const { selected, staleToo, now_ms } = useDesk();
  const { roles, asking } = useChosen();
  const armed = useDesk((desk) => desk.armed !== null && desk.armed === selected);
  const may = useDesk((desk) => desk.may("dispatch_units"));
  const going = chosenOf(candidates, roles);
  const asks = going.length > 0 && going.every((one) => one.responder.authority === "requested");
  const codes = going.map((one) => one.responder.code).join(", ");
  return (
    <section data-testid="candidates" data-ready={candidates ? "yes" : "no"} aria-busy={!candidates}>
      <h3>
        {t("candidates")}{" "}
        {candidates ? <span className="muted">{age(secondsSince(candidates.computed_at, now_ms))}</span> : null}
      </h3>
      {candidates ? null : <div className="muted">{t("waitingCandidates")}</div>}
      {candidates ? <Card found={candidates} /> : null}
      {candidates ? <Shortfalls found={candidates} /> : null}
      {candidates && !candidates.candidates.length ? <div role="alert">{t("noUnits")}</div> : null}
      {candidates
        ? shownOf(candidates).map((one, i) => (
            <Row key={one.responder.id} one={one} place={i + 1} found={candidates} role={roles.get(one.responder.id)} />
          ))
        : null}
      {asking === "because" && candidates ? <Because found={candidates} going={going} /> : null}
      {asking === "hold" ? <HoldForm item={item} found={candidates} /> : null}
      {may && (going.length || !candidates) ? (
        <Button
          fullWidth
          size="md"
          data-testid="dispatch"
          data-armed={armed}
          data-units={codes}
          color={armed ? "orange" : undefined}
          disabled={!going.length}
          onClick={armed ? confirm : arm}
        >
          {going.length
            ? `${t(asks ? "dispatchAsk" : "dispatchDirect")} ${codes} · ${armed ? t("confirm") : "D"}`
            : t("waitingCandidates")}
        </Button>
      ) : null}
      <Holds item={item} />
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

/** What the kind of case asks for, how much of it is out, and who is proposed for the rest. */
function Card({ found }: { found: Candidates }) {
  const { t, w } = useSay();
  if (!found.card?.version) return null;
  return (
    <div data-testid="run-card" data-card={found.card.slug}>
      <div className="muted">
        {t("dispSet")}: {w(found.card.title)}
      </div>
      {found.card.roles.map((role) => (
        <Line key={role.code} role={role} found={found} />
      ))}
    </div>
  );
}

function Line({ role, found }: { role: CardRole; found: Candidates }) {
  const { t, w } = useSay();
  const picks = found.recommended?.filter((pick) => pick.role === role.code) ?? [];
  return (
    <div className="card-role" data-testid={`role-${role.code}`}>
      <span>
        {w(role.title)} ×{role.count} ≤ {age(role.within_s)}
        {role.optional ? ` (${t("dispOptional")})` : ""}
      </span>
      <span>
        {role.out ? `${t("dispOut")} ${role.out}/${role.count} ` : ""}
        {picks.map((pick) => (
          <b key={pick.responder} className={pick.on_time && pick.certain ? "" : "warn"}>
            {pick.code} {age(pick.arrival_s)}
            {pick.on_time ? (pick.certain ? "" : ` ⚠ ${t("dispUnsure")}`) : ` ⚠ ${t("dispLate")}`}{" "}
          </b>
        ))}
        {!picks.length && role.out < role.count ? "—" : ""}
      </span>
    </div>
  );
}

function Shortfalls({ found }: { found: Candidates }) {
  const { t, w } = useSay();
  if (!found.shortfalls?.length) return null;
  return (
    <div className="shortfall" role="status" data-testid="shortfalls">
      <b>⚠ {t("dispShort")}</b>
      {found.shortfalls.map((one) => (
        <div key={one.role} data-testid={`short-${one.role}`}>
          {w(one)}
          {one.helps.length ? (
            <div className="muted">
              {t("dispHelp")}: {one.helps.map((help) => w(help)).join("; ")}
            </div>
          ) : null}
        </div>
      ))}
    </div>
  );
}

function Row({
  one,
  place,
  found,
  role,
}: {
  one: Candidate;
  place: number;
  found: Candidates;
  role: string | undefined;
}) {
  const { t, w } = useSay();
  const title = found.card?.roles.find((each) => each.code === (role ?? one.recommended))?.title;
  const lacking = one.roles?.find((row) => row.code === role && !row.fits);
  return (
    <button
      type="button"
      className={one.responder.stale ? "choice old" : "choice"}
      data-testid={`candidate-${place}`}
      data-unit={one.responder.code}
      data-recommended={one.recommended ?? ""}
      aria-pressed={role !== undefined}
      onClick={() => toggle(one, found)}
    >
      <span className="choice-head">
        <b>
          {role === undefined ? "☐" : "☑"} {place}. {one.responder.code}
          {title ? ` · ${w(title)}` : ""}
          {one.recommended ? " ★" : ""}
        </b>
        <b title={t("dispRange")}>
          {age(one.arrival_s ?? one.travel_s)}
          {one.worst_s === undefined ? "" : `–${age(one.worst_s)}`}
        </b>
      </span>
      <div>
        {one.responder.name}
        {one.distance_m === null ? "" : ` · ${(one.distance_m / 1000).toFixed(1)} km`} ·{" "}
        <span className={`authority ${one.responder.authority}`}>
          {one.responder.authority === "requested" ? `⇢ ${t("requestedAuthority")}` : `➜ ${t("directed")}`}
        </span>
      </div>
      {one.fits === false ? <div className="warn">⚠ {t("notEquipped")}</div> : null}
      {lacking?.missing.length ? (
        <div className="warn">
          ⚠ {t("dispMissing")}: {lacking.missing.map((words) => w(words)).join(", ")}
        </div>
      ) : null}
      {one.doubts?.map((doubt) => (
        <div key={doubt.code} className="warn">
          ⚠ {w(doubt)}
        </div>
      ))}
      {one.notes?.map((note) => (
        <div key={note.code} data-testid={`note-${note.code}`}>
          ⇢ {w(note)}
        </div>
      ))}
      <div className="muted">
        {w(one.reason)} ·{" "}
        {one.responder.position_age_s === null
          ? t("noPosition")
          : `${one.responder.stale ? "◷ " : ""}${t("positionAge")} ${age(one.responder.position_age_s)}`}
      </div>
    </button>
  );
}
