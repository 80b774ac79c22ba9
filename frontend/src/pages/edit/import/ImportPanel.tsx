/** The import wizard: a file goes up, what cannot be known is asked, what would change is shown, and only then it is done. */
import { useEffect, useState } from "react";
import type { Key } from "../../../language/messages";
import { useSay } from "../../../language/store";
import { restyle } from "../../../map/restyle";
import { fail } from "../desk";
import { goTo, openSet, reload, remembered, useHandsOff, useShared } from "../panel";
import { setShown } from "../shown";
import { Asks } from "./Asks";
import { ChooseFile } from "./ChooseFile";
import "./import.css";
import { type Import, isMoving, isOver, STAGES, type Stage, shareOf, stageOf } from "./imports";
import { ReportView } from "./ReportView";
import { useImport } from "./useImport";

const STAGE_WORDS: Record<Stage, Key> = {
  file: "stageFile",
  reading: "stageReading",
  asking: "stageAsking",
  report: "stageReport",
  done: "stageDone",
};

export function ImportPanel() {
  const { t, w, language } = useSay();
  const { session, catalogue, map } = useShared();
  const following = useImport(session?.user?.id);
  const { job, sending, problem } = following;
  const [layer, setLayer] = useState(() => remembered("layer") ?? "");
  const stage = sending === null ? stageOf(job?.status ?? null) : "file";
  const ended = job !== null && isOver(job.status);
  useHandsOff(job !== null && !ended);
  const written = job?.status === "done" && !job.change_set ? job.layer : null;
  useEffect(() => {
    if (!written || !map) return;
    // It may be a layer that this page has never heard of.
    reload()
      .then(() => restyle(map, written))
      .then(() => setShown(written, true), fail);
  }, [written, map]);
  const into = catalogue?.layers.find((one) => one.slug === job?.layer);
  return (
    <section
      className="wide import"
      data-testid="import"
      data-status={job?.status ?? ""}
      aria-labelledby="import-title"
    >
      <h2 id="import-title">{t("bringIn")}</h2>
      <ol className="stages" aria-label={t("stagesWord")}>
        {STAGES.map((one, i) => (
          <li
            key={one}
            aria-current={one === stage ? "step" : undefined}
            className={i < STAGES.indexOf(stage) ? "past" : ""}
          >
            <span aria-hidden="true">{i < STAGES.indexOf(stage) ? "✓" : i + 1}</span> {t(STAGE_WORDS[one])}
          </li>
        ))}
      </ol>
      {problem ? (
        <p role="alert" className="words bad" data-testid="import-problem">
          ⚠ {problem}
        </p>
      ) : null}
      {job && stage !== "file" ? (
        <p>
          <b>{job.file}</b> {into ? <>→ {w(into.title)}</> : null}
        </p>
      ) : null}
      {stage === "file" ? (
        <ChooseFile
          catalogue={catalogue}
          layer={layer}
          setLayer={setLayer}
          sending={sending}
          begin={following.begin}
          stop={following.cancel}
        />
      ) : null}
      {job && isMoving(job.status) ? <Moving job={job} /> : null}
      {job?.status === "asking" ? (
        <Asks
          key={job.asks.map((one) => one.what).join()}
          job={job}
          layer={into}
          busy={following.busy}
          answer={following.answer}
        />
      ) : null}
      {job?.problem && job.status === "failed" ? (
        <p role="alert" className="words bad" data-testid="import-failed">
          ⛔{" "}
          {(language === "en" ? (job.problem.detail_en ?? job.problem.title_en) : job.problem.detail) ??
            job.problem.title ??
            job.problem.code}
        </p>
      ) : null}
      {job?.report && (job.status === "ready" || job.status === "done" || job.status === "failed") ? (
        <ReportView job={job} looking={job.status === "ready"} busy={following.busy} apply={following.apply} />
      ) : null}
      {job?.status === "done" ? (
        <div className="buttons">
          {job.change_set ? (
            <button
              type="button"
              className="primary"
              data-testid="import-open-set"
              onClick={() => openSet(job.change_set as number)}
            >
              {t("openItsSet")} →
            </button>
          ) : (
            <p className="words good" data-testid="import-published">
              ✓ {t("importPublished")}
            </p>
          )}
          {job.layer ? (
            <button type="button" onClick={() => goTo("past", { past: job.layer })}>
              {t("pastTitle")} →
            </button>
          ) : null}
        </div>
      ) : null}
      {job && stage !== "file" ? (
        <div className="buttons">
          {ended ? (
            <button type="button" data-testid="import-again" onClick={following.forget}>
              {t("anotherFile")}
            </button>
          ) : (
            <button type="button" data-testid="import-cancel" disabled={following.busy} onClick={following.cancel}>
              ✕ {t("cancelImport")}
            </button>
          )}
        </div>
      ) : null}
    </section>
  );
}

const STEP_WORDS: Record<string, Key> = {
  queued: "stepQueued",
  reading: "stepReading",
  checking: "stepChecking",
  comparing: "stepComparing",
  rehearsing: "stepRehearsing",
  writing: "stepWriting",
  rules: "stepRules",
};

function Moving({ job }: { job: Import }) {
  const { t, language } = useSay();
  const share = shareOf(job);
  const locale = language === "en" ? "en-GB" : "vi-VN";
  const step = STEP_WORDS[job.step || job.status];
  return (
    <div role="status" data-testid="import-moving">
      <p>
        {step ? t(step) : job.step}
        {job.total ? ` · ${job.done.toLocaleString(locale)} / ${job.total.toLocaleString(locale)}` : ""}
        {/* Of what nobody knows the size of, the seconds so far are told. */}
        {job.done && !job.total ? ` · ${job.done.toLocaleString(locale)} s` : ""}
      </p>
      <progress aria-label={t("workingWords")} {...(share === null ? {} : { value: share })} max={1} />
      <p className="muted">{t("mayLeave")}</p>
    </div>
  );
}
