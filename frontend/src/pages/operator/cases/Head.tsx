/** What the case is and where it stands: severity, kind, place and how sure it is, who called, its steps and its clock. */
import type { IncidentDetail } from "../../../api/types";
import { placeOf } from "../../../geometry/placeOf";
import { useSay } from "../../../language/store";
import { age, secondsSince } from "../../../panels/age";
import { useDesk } from "../desk";
import { useCity } from "../queries";
import { isUncertain } from "../watch/next";
import { confirmPin } from "../watch/watching";

export function Head({ item }: { item: IncidentDetail }) {
  const { t, w } = useSay();
  const city = useCity();
  const may = useDesk((desk) => desk.may("handle_cases"));
  return (
    <>
      <h2>
        <span className={`chip s${item.severity}`}>{item.severity}</span>{" "}
        {w(city?.categories.find((one) => one.code === item.category))} <span className="muted">{item.code}</span>
        {item.exercise ? (
          <b className="exercise-mark" data-testid="exercise-mark">
            {t("exBanner")}
          </b>
        ) : null}
        {item.restricted ? (
          <span className="badge" data-testid="restricted-badge">
            🔒 {t("casesRestricted")}
          </span>
        ) : null}
      </h2>
      <div>
        {item.place_name || item.road_name}{" "}
        <span className="muted">{placeOf(item) ? item.ward_name : t("noPlaceYet")}</span>
      </div>
      {isUncertain(item) ? (
        <div className="warn" data-testid="uncertain">
          ⚠ {t("uncertain")} ±{Math.round(item.accuracy_m ?? 0)} m{" "}
          {may ? (
            <button type="button" className="plain" data-testid="confirm-pin" onClick={confirmPin}>
              {t("nextPin")} (P)
            </button>
          ) : null}
        </div>
      ) : null}
      <p className="words">{item.description}</p>
      {item.reporter_phone || item.reporter_name ? (
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
      <Clock item={item} />
      <Speed item={item} />
    </>
  );
}

/** The status, the age, and the time that is left to send somebody. */
function Clock({ item }: { item: IncidentDetail }) {
  const { t, w } = useSay();
  const city = useCity();
  const now_ms = useDesk((desk) => desk.now_ms);
  // The same status, but of an office rather than of units.
  const forwarded = item.process === "timed" && item.status === "assigned" && !item.assignments.length;
  const waits = !item.closed_at && !item.assignments.length;
  const due = waits ? item.timers?.dispatch_by : null;
  const late = due && Date.parse(due) < now_ms;
  return (
    <div className={late ? "warn" : "muted"} data-testid="status">
      {forwarded ? t("casesForwarded") : w(city?.statuses.find((one) => one.code === item.status)) || item.status} ·{" "}
      {age(secondsSince(item.reported_at, now_ms))}
      {due ? ` / ${age((Date.parse(due) - Date.parse(item.reported_at)) / 1000)}${late ? " ⚠" : ""}` : ""}
    </div>
  );
}

/** Which of the two speeds, since when the response is measured where that is not the report, and by when the agency answers. */
function Speed({ item }: { item: IncidentDetail }) {
  const { t, language } = useSay();
  const place = language === "en" ? "en-GB" : "vi-VN";
  const said = [
    t(item.process === "timed" ? "casesTimed" : "casesImmediate"),
    item.clock_at ? `${t("casesClock")} ${new Date(item.clock_at).toLocaleTimeString(place)}` : "",
    item.due_at ? `${t("casesDue")} ${new Date(item.due_at).toLocaleString(place)}` : "",
  ];
  return (
    <div className="muted" data-testid="speed" data-process={item.process}>
      {said.filter(Boolean).join(" · ")}
    </div>
  );
}
