/** Who was sent: where each stands in its six milestones, and the steps an operator records on a unit's behalf. */
import { Button, TextInput } from "@mantine/core";
import { useState } from "react";
import type { Assignment, IncidentDetail } from "../../../api/types";
import { useSay } from "../../../language/store";
import { age, secondsSince } from "../../../panels/age";
import { ENDED, NEXT_STEP } from "../cases/verbs";
import { useDesk } from "../desk";
import { useCandidates, useCity } from "../queries";
import { step } from "./sending";

// Longer without a word from the unit, and somebody else is to be thought of.
const ANSWER_S = 60;

const since = (one: Assignment): string =>
  one.cleared_at ?? one.on_scene_at ?? one.enroute_at ?? one.accepted_at ?? one.requested_at;

export function Assignments({ item }: { item: IncidentDetail }) {
  const { t, w } = useSay();
  const city = useCity();
  const now_ms = useDesk((desk) => desk.now_ms);
  const may = useDesk((desk) => desk.may("dispatch_units"));
  const roles = useCandidates()?.card?.roles;
  const [refusing, setRefusing] = useState<{ id: number; verb: string } | null>(null);
  const [reason, setReason] = useState("");
  return (
    <section data-testid="assignments">
      <h3>{t("assigned")}</h3>
      {item.assignments.map((one) => {
        const next = NEXT_STEP[one.status];
        const ended = ENDED.has(one.status);
        return (
          <div
            key={one.id}
            className={ended ? "assignment stale" : "assignment"}
            data-testid={`assignment-${one.id}`}
            data-status={one.status}
          >
            <div>
              <b>{one.responder.code}</b> {one.responder.name}
              {one.role ? ` · ${w(roles?.find((role) => role.code === one.role)?.title) || one.role}` : ""}
            </div>
            {one.because ? (
              <div className="muted">
                {t("dispOverride")}: {one.because}
              </div>
            ) : null}
            <div>
              {w(city?.assignment_statuses?.find((kind) => kind.code === one.status)) || one.status}{" "}
              <span className="muted">{age(secondsSince(since(one), now_ms))}</span>
              {one.status === "requested" && one.due_at ? <Countdown due_at={one.due_at} now_ms={now_ms} /> : null}
              {one.status === "assigned" && secondsSince(one.requested_at, now_ms) > ANSWER_S ? (
                <span className="warn" data-testid="unanswered">
                  {" "}
                  ⚠ {t("unanswered")}
                </span>
              ) : null}
            </div>
            {may && !ended ? (
              <div className="verbs" title={t("onBehalf")}>
                {next ? (
                  <Button
                    size="compact-sm"
                    data-testid={`step-${next.verb}`}
                    aria-label={`${t("onBehalf")}: ${t(next.words)} · ${one.responder.code}`}
                    onClick={() => step(one, next.verb)}
                  >
                    {t(next.words)}
                  </Button>
                ) : null}
                {(one.steps ? one.steps.includes("decline") : one.status === "requested") ? (
                  <Button
                    size="compact-sm"
                    variant="default"
                    data-testid="step-decline"
                    onClick={() => setRefusing({ id: one.id, verb: "decline" })}
                  >
                    {t("decline")}
                  </Button>
                ) : null}
                <Button
                  size="compact-sm"
                  variant="default"
                  data-testid="step-cancel"
                  onClick={() => setRefusing({ id: one.id, verb: "cancel" })}
                >
                  {t("cancelAssignment")}
                </Button>
              </div>
            ) : null}
            {refusing?.id === one.id ? (
              <form
                className="verbs"
                onSubmit={(event) => {
                  event.preventDefault();
                  step(one, refusing.verb, reason.trim());
                  setRefusing(null);
                  setReason("");
                }}
              >
                <TextInput
                  autoFocus
                  required
                  flex={1}
                  maxLength={300}
                  data-testid="step-reason"
                  aria-label={t("reason")}
                  placeholder={t("reason")}
                  value={reason}
                  onChange={(event) => setReason(event.currentTarget.value)}
                />
                <Button type="submit" data-testid="step-confirm">
                  {t(refusing.verb === "decline" ? "decline" : "cancelAssignment")}
                </Button>
                <Button variant="default" onClick={() => setRefusing(null)}>
                  {t("cancel")}
                </Button>
              </form>
            ) : null}
          </div>
        );
      })}
    </section>
  );
}

/** How long its agency may still think; after that the next one is proposed. */
function Countdown({ due_at, now_ms }: { due_at: string; now_ms: number }) {
  const { t } = useSay();
  const left_s = (Date.parse(due_at) - now_ms) / 1000;
  return (
    <span className={left_s > 0 ? "muted" : "warn"} data-testid="answer-clock">
      {" "}
      {left_s > 0 ? `⏱ ${t("dispAnswerIn")} ${age(left_s)}` : `⚠ ${t("dispOverdue")}`}
    </span>
  );
}
