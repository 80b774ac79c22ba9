/** What was asked of leaders on this case, how it stands, and the form that asks. */
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { get, post } from "../../../api/client";
import type { IncidentDetail, Opinion, PlaybookStep } from "../../../api/types";
import type { Key } from "../../../language/messages";
import { useSay } from "../../../language/store";
import { age } from "../../../panels/age";
import { desk, useDesk } from "../desk";
import { reread } from "./reread";

const USUAL_MIN = 10;

export function CaseOpinions({ item, may }: { item: IncidentDetail; may: boolean }) {
  const { t } = useSay();
  const [asking, setAsking] = useState(false);
  return (
    <div data-testid="case-opinions">
      {(item.opinions ?? []).map((one) => (
        <Asked key={one.id} opinion={one} may={may} />
      ))}
      {may && !asking && !item.closed_at ? (
        <button type="button" className="plain" data-testid="ask-opinion" onClick={() => setAsking(true)}>
          + {t("pbAskLeader")}
        </button>
      ) : null}
      {asking ? <AskForm item={item} done={() => setAsking(false)} /> : null}
    </div>
  );
}

function Asked({ opinion, may }: { opinion: Opinion; may: boolean }) {
  const { t, w } = useSay();
  const now_ms = useDesk((desk) => desk.now_ms);
  const pending = opinion.status === "pending";
  const left_s = (Date.parse(opinion.due_at) - now_ms) / 1000;
  const chosen = opinion.options.find((one) => one.value === opinion.answer);
  return (
    <div className="pb-opinion" data-testid={`opinion-${opinion.id}`} data-status={opinion.status}>
      <b>? {opinion.question}</b>{" "}
      <span className={pending ? "warn" : "muted"}>
        {t(`op_${opinion.status}` as Key)}
        {pending ? ` ${left_s < 0 ? "⚠ " : ""}${age(Math.abs(left_s))}` : ""}
      </span>
      <div className="muted">
        {opinion.reached.map((one) => one.name).join(" → ")}
        {pending && opinion.left ? ` (+${opinion.left})` : ""}
      </div>
      {opinion.status === "answered" ? (
        <p className="words">
          {chosen ? <b>{w(chosen)}. </b> : null}
          {opinion.words ? `“${opinion.words}” ` : ""}
          <span className="muted">{opinion.answered_by}</span>
        </p>
      ) : null}
      {pending && may ? (
        <button
          type="button"
          className="plain"
          data-testid={`withdraw-${opinion.id}`}
          onClick={() =>
            void post(`/api/opinions/${opinion.id}/withdraw`).then(() => reread(opinion.incident_id), desk().tell)
          }
        >
          {t("opWithdraw")}
        </button>
      ) : null}
    </div>
  );
}

/** Asks for an opinion, or for the decision of a step: then the step's own words and choices are asked. */
export function AskForm({
  item,
  step,
  slug,
  done,
}: {
  item: IncidentDetail;
  step?: PlaybookStep;
  slug?: string;
  done: () => void;
}) {
  const { t, w } = useSay();
  const [question, setQuestion] = useState("");
  const [yesNo, setYesNo] = useState(true);
  const [minutes, setMinutes] = useState(USUAL_MIN);
  const [whom, setWhom] = useState("");
  const people = useQuery({
    queryKey: ["opinion-people"],
    queryFn: () => get<{ items: { id: number; name: string }[] }>("/api/opinions/people"),
  }).data?.items;
  const options =
    yesNo && !step
      ? [
          { value: "yes", vi: "Đồng ý", en: "Yes" },
          { value: "no", vi: "Không đồng ý", en: "No" },
        ]
      : [];
  const ask = (): void =>
    void post(`/api/incidents/${item.id}/opinions`, {
      question,
      options,
      within_s: minutes * 60,
      whom: whom ? Number(whom) : null,
      ...(step ? { playbook: slug, step: step.code } : {}),
    }).then(() => {
      done();
      reread(item.id);
    }, desk().tell);
  return (
    <div className="step-form" data-testid="ask-form">
      <input
        data-testid="opinion-question"
        aria-label={t("opQuestion")}
        placeholder={step ? w(step.title) : t("opQuestion")}
        value={question}
        onChange={(event) => setQuestion(event.currentTarget.value)}
      />
      {step ? null : (
        <label>
          <input type="checkbox" checked={yesNo} onChange={() => setYesNo(!yesNo)} /> {t("opYesNo")}
        </label>
      )}
      <label className="pb-field">
        {t("opWithin")}
        <input
          type="number"
          min={1}
          max={1440}
          value={minutes}
          onChange={(event) => setMinutes(Number(event.currentTarget.value))}
        />
      </label>
      <label className="pb-field">
        {t("opWhom")}
        <select value={whom} onChange={(event) => setWhom(event.currentTarget.value)}>
          <option value="">{t("opAnyone")}</option>
          {people?.map((one) => (
            <option key={one.id} value={one.id}>
              {one.name}
            </option>
          ))}
        </select>
      </label>
      <button
        type="button"
        className="primary"
        data-testid="opinion-ask"
        disabled={!step && !question.trim()}
        onClick={ask}
      >
        {t("opAsk")}
      </button>
      {step ? null : (
        <button type="button" className="plain" onClick={done}>
          {t("close")}
        </button>
      )}
    </div>
  );
}
