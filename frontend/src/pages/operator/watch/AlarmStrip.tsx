/** What calls, over everything, a line a case: how grave, what, where, since when, what else, and whether it has gone up; each is taken by a click, the first by A. */
import { useState } from "react";
import { useSay } from "../../../language/store";
import { age, secondsSince } from "../../../panels/age";
import { useDesk } from "../desk";
import { useCity } from "../queries";
import type { Calling } from "./callings";
import { useCallings } from "./useCallings";
import { SNOOZE_S, snooze, takeCall } from "./watching";

const FEW = 3;

export function AlarmStrip() {
  const { t } = useSay();
  const calls = useCallings();
  const [all, setAll] = useState(false);
  const until_ms = useDesk((desk) => desk.snooze?.until_ms ?? 0);
  const left_s = useDesk((desk) => Math.ceil((until_ms - desk.now_ms) / 1000));
  if (!calls.length) return null;
  return (
    <section className="alarms" data-testid="alarms" aria-label={t("alarms")}>
      {calls.slice(0, all ? undefined : FEW).map((one, i) => (
        <Call key={one.key} call={one} first={i === 0} />
      ))}
      <div className="alarm-foot">
        {calls.length > FEW ? (
          <button type="button" className="plain" aria-expanded={all} onClick={() => setAll(!all)}>
            {all ? t("fewer") : `+${calls.length - FEW} ${t("alarms").toLowerCase()}`}
          </button>
        ) : null}
        <button type="button" className="plain" data-testid="snooze" onClick={snooze}>
          {left_s > 0 ? `${t("snoozed")} ${age(left_s)}` : `${t("snooze")} ${SNOOZE_S} s (S)`}
        </button>
      </div>
    </section>
  );
}

function Call({ call, first }: { call: Calling; first: boolean }) {
  const { t, w } = useSay();
  const city = useCity();
  const now_ms = useDesk((desk) => desk.now_ms);
  const kind = w(city?.categories.find((one) => one.code === call.category));
  return (
    <button
      type="button"
      className={`alarm-call s${call.severity}-edge`}
      data-testid={`calling-${call.key}`}
      data-level={call.level}
      onClick={() => takeCall(call)}
    >
      <span className={`chip s${call.severity}`}>{call.severity}</span>
      <span className="alarm-words">
        <b>{call.words ? w(call.words) : t("newCase")}</b> {[kind, call.unit, call.place].filter(Boolean).join(" · ")}
        {call.others.length ? (
          <span className="muted" data-testid="calling-others">
            {" "}
            + {call.others.map((words) => w(words)).join(", ")}
          </span>
        ) : null}
        {call.level ? <b className="warn"> ⬆ {t("wentUp")}</b> : null}
      </span>
      <span className="right">
        {age(secondsSince(call.since, now_ms))}
        <br />
        <span className="muted">
          {t("takeIt")}
          {first ? " (A)" : ""}
        </span>
      </span>
    </button>
  );
}
