/** One step: where it stands, what it shows of those who were told, and the form by which it is taken. */
import { useState } from "react";
import { post, wordsOf } from "../../../api/client";
import type { IncidentDetail, Notice, PlaybookStep } from "../../../api/types";
import type { Key } from "../../../language/messages";
import { useSay } from "../../../language/store";
import { age } from "../../../panels/age";
import { offer } from "../../../panels/undo";
import { useDesk } from "../desk";
import { useCity } from "../queries";
import { AskForm } from "./CaseOpinions";
import { Evidence, type Piece } from "./Evidence";
import { Fields } from "./Fields";
import { reread } from "./reread";
import { showStep } from "./showing";

const SIGNS: Record<PlaybookStep["kind"], string> = {
  manual: "☐",
  decide: "◇",
  notify: "☎",
  dispatch: "➤",
  task: "⚑",
  map: "◎",
  form: "✎",
  wait: "◷",
};
const MARKS: Partial<Record<PlaybookStep["status"], string>> = { done: "☑", skipped: "⊘", begun: "…" };
const UNDO_S = 10;
/** What the button that opens a step says; a plain step says "record". */
const DOES: Partial<Record<PlaybookStep["kind"], Key>> = { notify: "pbSend", task: "pbGive" };
interface Given {
  item: IncidentDetail;
  slug: string;
  step: PlaybookStep;
}

export function Step({ item, slug, step, may }: Given & { may: boolean }) {
  const { t, w } = useSay();
  const city = useCity();
  const [open, setOpen] = useState(false);
  const who = w(city?.agencies?.find((one) => one.code === step.who));
  const told = step.choices.find((one) => one.value === step.choice);
  const waiting = step.status === "todo" || step.status === "begun";
  return (
    <li data-testid={`step-${step.code}`} data-status={step.status} className={step.status}>
      <div>
        <span aria-hidden="true">{MARKS[step.status] ?? SIGNS[step.kind]}</span> {w(step.title)}{" "}
        {who ? <span className="muted">· {who}</span> : null} {waiting ? <Due step={step} /> : null}
        {step.status === "later" ? <span className="muted">({t("pbLater")})</span> : null}
        {step.status === "begun" ? <span className="warn"> {t("pbBegun")}</span> : null}
        {step.status === "done" || step.status === "skipped" ? (
          <span className={step.late ? "warn" : "muted"}>
            {told ? `${w(told)} · ` : ""}
            <Answers step={step} />
            {step.note ? `${step.note} · ` : ""}
            {step.by}
            {step.late ? ` · ⚠ ${t("late")}` : ""}
          </span>
        ) : null}
        {may && waiting && !open ? (
          <button type="button" className="plain" data-testid={`open-${step.code}`} onClick={() => setOpen(true)}>
            {t(step.status === "begun" ? "stepSkip" : (DOES[step.kind] ?? "takeStep"))}
          </button>
        ) : null}
        {may && step.status === "todo" && (step.kind === "map" || step.kind === "dispatch") ? (
          <button
            type="button"
            className="plain"
            data-testid={`show-${step.code}`}
            onClick={() => showStep(item, step)}
          >
            {t(step.kind === "map" ? "pbShow" : "pbDispatch")}
          </button>
        ) : null}
      </div>
      {step.notices.map((one) => (
        <Told key={one.id} id={item.id} notice={one} may={may} />
      ))}
      {open ? <StepForm item={item} slug={slug} step={step} close={() => setOpen(false)} /> : null}
    </li>
  );
}

function Due({ step }: { step: PlaybookStep }) {
  const { t } = useSay();
  const now_ms = useDesk((desk) => desk.now_ms);
  if (step.kind === "wait") {
    if (step.until) return <span className="muted">{t(`pbUntil_${step.until}` as Key)}</span>;
    const over_ms = step.opened_at ? Date.parse(step.opened_at) + (step.for_s ?? 0) * 1000 : now_ms;
    return <span className="muted">{age((over_ms - now_ms) / 1000)}</span>;
  }
  if (!step.due_at) return null;
  const left_s = (Date.parse(step.due_at) - now_ms) / 1000;
  return (
    <span className={left_s < 0 ? "warn" : "muted"}>
      {left_s < 0 ? `⚠ ${t("late")} ${age(-left_s)}` : `${t("within")} ${age(left_s)}`}
    </span>
  );
}

function Answers({ step }: { step: PlaybookStep }) {
  const { t, w } = useSay();
  const shown = (step.fields ?? []).filter((field) => field.code in step.answers);
  return shown.map((field) => {
    const value = step.answers[field.code];
    const chosen = field.choices?.find((one) => one.value === value);
    const words = chosen ? w(chosen) : typeof value === "boolean" ? t(value ? "opYes" : "opNo") : String(value);
    return <span key={field.code}>{`${w(field)}: ${words} · `}</span>;
  });
}

/** Who was told, whether they have heard; the operator who telephoned records it here. */
function Told({ id, notice, may }: { id: number; notice: Notice; may: boolean }) {
  const { t, language } = useSay();
  const tell = useDesk((desk) => desk.tell);
  const [note, setNote] = useState("");
  if (notice.withdrawn_at) return <div className="muted">↩ {t("ntWithdrawn")}</div>;
  const people = [...notice.on_call.map((one) => `${one.name} ${one.phone}`), ...(notice.people ?? [])];
  const heard = notice.acknowledged_at;
  const ended = notice.kind === "task" ? notice.done_at : heard;
  return (
    <div className="pb-notice" data-testid={`notice-${notice.id}`} data-heard={heard ? "yes" : "no"}>
      <span className={heard ? "muted" : "warn"}>
        {notice.agency ? `${notice.agency.name} ${notice.agency.phone} ` : ""}
        {people.join(", ")}{" "}
        {heard
          ? `✓ ${t("pbHeard")}: ${notice.acknowledged_by} ${new Date(heard).toLocaleTimeString(language === "en" ? "en-GB" : "vi-VN")}`
          : `⚠ ${t("pbNotHeard")}`}
      </span>
      {may && !ended ? (
        <span className="step-form">
          <input
            aria-label={t(heard ? "ntResult" : "pbByPhone")}
            placeholder={t(heard ? "ntResult" : "pbByPhone")}
            value={note}
            onChange={(event) => setNote(event.currentTarget.value)}
          />
          <button
            type="button"
            disabled={!note.trim()}
            onClick={() =>
              void post(`/api/notices/${notice.id}/${heard ? "done" : "acknowledge"}`, { note }).then(
                () => reread(id),
                tell,
              )
            }
          >
            {t("pbRecord")}
          </button>
        </span>
      ) : null}
    </div>
  );
}

function StepForm({ item, slug, step, close }: Given & { close: () => void }) {
  const { t, w, language } = useSay();
  const leads = useDesk((desk) => desk.may("give_opinions"));
  const tell = useDesk((desk) => desk.tell);
  const [note, setNote] = useState("");
  const [choice, setChoice] = useState("");
  const [shown, setShown] = useState<Record<string, Piece | null>>({});
  const [answers, setAnswers] = useState<Record<string, unknown>>({});
  const [words, setWords] = useState("");
  const url = `/api/incidents/${item.id}/playbooks/${slug}/${step.code}`;
  const take = (status: "done" | "skipped"): void =>
    void post(url, {
      status,
      note,
      choice,
      answers,
      evidence: Object.values(shown).filter((one) => one !== null),
    }).then(
      () => {
        close();
        reread(item.id);
        offer({
          words: `${t("pbTaken")}: ${w(step.title)}`,
          seconds: UNDO_S,
          undo: () => void post(`${url}/undo`).then(() => reread(item.id), tell),
        });
      },
      (error: unknown) => setWords(wordsOf(error, language)),
    );
  const begun = step.status === "begun";
  const beyond = step.kind === "decide" && step.authority === "leader" && !leads && !begun;
  return (
    <div className="step-form">
      {beyond ? <AskForm item={item} step={step} slug={slug} done={close} /> : null}
      {!beyond && !begun && step.kind === "decide"
        ? step.choices.map((one) => (
            <label key={one.value}>
              <input
                type="radio"
                name={`${slug}-${step.code}`}
                data-testid={`choice-${one.value}`}
                checked={choice === one.value}
                onChange={() => setChoice(one.value)}
              />{" "}
              {w(one)}
            </label>
          ))
        : null}
      {!begun && step.fields ? <Fields step={step} values={answers} put={setAnswers} /> : null}
      {!begun && step.evidence_kinds?.some((one) => one !== "note") ? (
        <Evidence item={item} step={step} put={(kind, piece) => setShown({ ...shown, [kind]: piece })} />
      ) : null}
      <input
        data-testid={`note-${step.code}`}
        aria-label={t(step.kind === "dispatch" ? "pbSentOutside" : "found")}
        placeholder={`${t(step.kind === "dispatch" ? "pbSentOutside" : "found")}${step.evidence ? " *" : ""}`}
        value={note}
        onChange={(event) => setNote(event.currentTarget.value)}
      />
      {words ? <p role="alert">⚠ {words}</p> : null}
      {beyond || begun || step.kind === "wait" ? null : (
        <button type="button" className="primary" data-testid={`done-${step.code}`} onClick={() => take("done")}>
          {t(DOES[step.kind] ?? "stepDone")}
        </button>
      )}
      <button type="button" data-testid={`skip-${step.code}`} onClick={() => take("skipped")}>
        {t("stepSkip")}
      </button>
      <button type="button" className="plain" onClick={close}>
        {t("close")}
      </button>
    </div>
  );
}
