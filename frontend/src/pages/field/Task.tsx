/** One assignment as a card: what, where, how far, and one large button that is always the next step. */
import { useState } from "react";
import type { City, MyAssignment } from "../../api/types";
import { placeOf } from "../../geometry/placeOf";
import type { Key } from "../../language/messages";
import { useSay } from "../../language/store";
import { age, secondsSince } from "../../panels/age";

export const STEP_WORDS: Record<string, Key> = {
  accept: "doAccept",
  enroute: "doEnroute",
  on_scene: "doOnScene",
  clear: "doClear",
  decline: "decline",
};

export function Task({
  city,
  job,
  now_ms,
  step,
}: {
  city: City;
  job: MyAssignment & { foreseen: boolean };
  now_ms: number;
  step: (verb: string, body?: Record<string, unknown>) => void;
}) {
  const { t, w } = useSay();
  const [declining, setDeclining] = useState(false);
  const [reason, setReason] = useState("");
  const { incident } = job;
  const at = placeOf(incident);
  const words = job.next ? STEP_WORDS[job.next] : undefined;
  const declinable = !job.foreseen && (job.steps ? job.steps.includes("decline") : job.status === "requested");
  return (
    <article className="task" data-testid={`task-${job.id}`} data-status={job.status}>
      <h2>
        <span className={`chip s${incident.severity}`}>{incident.severity}</span>
        {w(city.categories.find((one) => one.code === incident.category))}
      </h2>
      <p className="task-place">
        {incident.place_name || (at ? `${at[1].toFixed(5)}, ${at[0].toFixed(5)}` : t("noPlaceYet"))}
        {incident.accuracy_m ? ` ±${Math.round(incident.accuracy_m)} m` : ""}
      </p>
      {incident.description ? <p className="task-words">{incident.description}</p> : null}
      <p className="task-facts">
        {incident.code} · {age(secondsSince(incident.reported_at, now_ms))}
        {job.travel_s === null ? "" : ` · ${t("eta")} ${age(job.travel_s)}`}
        {job.distance_m === null ? "" : ` · ${(job.distance_m / 1000).toFixed(1)} km`}
      </p>
      <p className="task-status" data-testid="task-status">
        {w(city.assignment_statuses?.find((one) => one.code === job.status)) || job.status}
        {job.foreseen ? ` · ${t("notYetSent")}` : ""}
      </p>
      {job.next && words ? (
        <button
          type="button"
          className="big"
          data-testid="next-step"
          data-verb={job.next}
          onClick={() => step(job.next as string)}
        >
          {t(words)}
        </button>
      ) : null}
      <div className="task-more">
        {at ? (
          <a className="button" href={`geo:${at[1]},${at[0]}?q=${at[1]},${at[0]}`}>
            {t("wayThere")}
          </a>
        ) : null}
        {declinable ? (
          <button type="button" data-testid="decline" onClick={() => setDeclining((was) => !was)}>
            {t("decline")}
          </button>
        ) : null}
      </div>
      {declining ? (
        <form
          onSubmit={(event) => {
            event.preventDefault();
            setDeclining(false);
            step("decline", { reason: reason.trim() });
          }}
        >
          <label>
            {t("whyDecline")}
            <input
              required
              maxLength={300}
              data-testid="decline-reason"
              value={reason}
              onChange={(event) => setReason(event.currentTarget.value)}
            />
          </label>
          <button type="submit" data-testid="decline-confirm">
            {t("decline")}
          </button>
        </form>
      ) : null}
    </article>
  );
}
