/** The case in hand: where it stands, what was done, who can get there first. */
import { Button } from "@mantine/core";
import type { Candidates, City, IncidentDetail } from "../../api/types";
import { useSay } from "../../language/store";
import { age, secondsSince } from "../../panels/age";

export interface DetailProps {
  city: City;
  item: IncidentDetail;
  candidates: Candidates | undefined;
  chosen: number | null;
  armed: boolean;
  now_ms: number;
  may: (permission: string) => boolean;
  choose: (id: number) => void;
  act: (verb: "acknowledge" | "verify") => void;
  arm: () => void;
  dispatch: () => void;
  select: (id: number) => void;
}

export function Detail(p: DetailProps) {
  const { t, w } = useSay();
  const { item, city } = p;
  const due = item.timers?.dispatch_by;
  return (
    <div data-testid="detail" data-status={item.status}>
      <h2>
        <span className={`chip s${item.severity}`}>{item.severity}</span>{" "}
        {w(city.categories.find((one) => one.code === item.category))} <span className="muted">{item.code}</span>
      </h2>
      <div>
        {item.place_name || item.road_name} <span className="muted">{item.ward_name}</span>
      </div>
      <p>{item.description}</p>
      {item.reporter_phone ? (
        <div>
          ☎ {item.reporter_phone} {item.reporter_name}
        </div>
      ) : null}
      <ol className="steps">
        <li className={item.acknowledged_at ? "past" : ""}>{t("acknowledge")}</li>
        <li className={item.verified_at ? "past" : ""}>{t("verify")}</li>
        <li className={item.assignments.length ? "past" : ""}>{t("dispatch")}</li>
        <li className={item.closed_at ? "past" : ""}>{t("done")}</li>
      </ol>
      <div className="muted">
        {w(city.statuses.find((one) => one.code === item.status)) || item.status} ·{" "}
        {age(secondsSince(item.reported_at, p.now_ms))}
        {due && !item.closed_at && !item.assignments.length
          ? ` / ${age((Date.parse(due) - Date.parse(item.reported_at)) / 1000)}`
          : ""}
      </div>
      {p.may("handle_cases") && !item.closed_at ? (
        <Button.Group mt={8}>
          {item.acknowledged_at ? null : (
            <Button data-testid="acknowledge" variant="default" onClick={() => p.act("acknowledge")}>
              {t("acknowledge")} (A)
            </Button>
          )}
          {item.verified_at ? null : (
            <Button data-testid="verify" onClick={() => p.act("verify")}>
              {t("verify")} (V)
            </Button>
          )}
        </Button.Group>
      ) : null}
      {item.assignments.length ? <h3>{t("assigned")}</h3> : null}
      {item.assignments.map((one) => (
        <div key={one.id}>
          {typeof one.responder === "object" ? `${one.responder.code} ${one.responder.name}` : one.responder} ·{" "}
          {one.status === "requested" ? t("requested") : one.status}
        </div>
      ))}
      {p.candidates ? (
        <section data-testid="candidates">
          <h3>{t("candidates")}</h3>
          {p.candidates.candidates.length ? null : <div>{t("noUnits")}</div>}
          {p.candidates.candidates.slice(0, 5).map((one, i) => (
            <button
              type="button"
              key={one.responder.id}
              className="choice"
              data-testid={`candidate-${i + 1}`}
              aria-pressed={one.responder.id === p.chosen}
              onClick={() => p.choose(one.responder.id)}
            >
              <b>
                {i + 1}. {one.responder.code}
              </b>{" "}
              {one.responder.name} · {age(one.travel_s)} · {(one.distance_m / 1000).toFixed(1)} km
              <div className="muted">
                {w(one.reason)}
                {one.responder.position_age_s === null
                  ? ""
                  : ` · ${t("positionAge")} ${age(one.responder.position_age_s)}`}
              </div>
            </button>
          ))}
          {p.may("dispatch_units") && p.chosen !== null ? (
            <Button
              fullWidth
              data-testid="dispatch"
              color={p.armed ? "orange" : undefined}
              onClick={p.armed ? p.dispatch : p.arm}
            >
              {p.armed ? t("confirm") : `${t("dispatch")} (D)`}
            </Button>
          ) : null}
          <details>
            <summary>
              {t("passedOver")} ({p.candidates.passed_over.length})
            </summary>
            {p.candidates.passed_over.map((one) => (
              <div key={one.responder.id}>
                {one.responder.code} <span className="muted">{w(one.why)}</span>
              </div>
            ))}
          </details>
        </section>
      ) : null}
      {item.nearby.length ? <h3>{t("nearby")}</h3> : null}
      {item.nearby.map((one) => (
        <button type="button" className="choice" key={one.id} onClick={() => p.select(one.id)}>
          {one.code} · {one.place_name}
        </button>
      ))}
      <h3>{t("log")}</h3>
      {item.entries.map((one, i) => (
        <div key={one.id ?? i} className="muted">
          {new Date(one.at).toLocaleTimeString("vi-VN")} {one.kind} {one.status_to ?? ""} {one.note}
        </div>
      ))}
    </div>
  );
}
