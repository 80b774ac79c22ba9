/** What is to be done in this kind of case: the next steps with their time, each done with what was found or skipped with a reason. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { get, post, wordsOf } from "../../../api/client";
import type { City, IncidentDetail, PlaybookStep, Words } from "../../../api/types";
import { useSay } from "../../../language/store";
import { age } from "../../../panels/age";
import { useDesk } from "../desk";
import { useCity } from "../queries";

const SIGNS: Record<PlaybookStep["kind"], string> = {
  manual: "☐",
  decide: "◇",
  notify: "☎",
  dispatch: "➤",
  task: "☐",
  map: "⌖",
  form: "✎",
  wait: "◷",
};

interface Known {
  slug: string;
  title: Words;
}

export function Playbooks({ item: { id, playbooks: runs } }: { item: IncidentDetail }) {
  const { t, w } = useSay();
  const city = useCity();
  const now_ms = useDesk((desk) => desk.now_ms);
  const may = useDesk((desk) => desk.may("handle_cases"));
  const known = useQuery({
    queryKey: ["playbooks"],
    queryFn: () => get<{ items: Known[] }>("/api/playbooks"),
    enabled: may,
  }).data?.items;
  const client = useQueryClient();
  const others = known?.filter((one) => !runs.some((run) => run.slug === one.slug)) ?? [];
  const arm = (slug: string): void =>
    void post(`/api/incidents/${id}/playbooks`, { slug }).then(() =>
      client.invalidateQueries({ queryKey: ["case", id] }),
    );
  return (
    <section data-testid="playbooks">
      <h3>{t("playbooks")}</h3>
      {runs.map((run) => (
        <div key={run.slug} data-testid={`playbook-${run.slug}`}>
          <p>
            <b>{w(run.title)}</b>{" "}
            <span className="muted">
              {run.steps.filter((step) => step.status !== "todo").length}/{run.steps.length} · v{run.version}
            </span>
          </p>
          <ol className="playbook">
            {run.steps.map((step) => (
              <Step key={step.code} id={id} slug={run.slug} step={step} city={city} now_ms={now_ms} may={may} />
            ))}
          </ol>
        </div>
      ))}
      {may && others.length ? (
        <select
          data-testid="arm-playbook"
          aria-label={t("armPlaybook")}
          value=""
          onChange={(event) => arm(event.currentTarget.value)}
        >
          <option value="">+ {t("armPlaybook")}</option>
          {others.map((one) => (
            <option key={one.slug} value={one.slug}>
              {w(one.title)}
            </option>
          ))}
        </select>
      ) : null}
    </section>
  );
}

function Step({
  id,
  slug,
  step,
  city,
  now_ms,
  may,
}: {
  id: number;
  slug: string;
  step: PlaybookStep;
  city: City | undefined;
  now_ms: number;
  may: boolean;
}) {
  const { t, w, language } = useSay();
  const client = useQueryClient();
  const [open, setOpen] = useState(false);
  const [note, setNote] = useState("");
  const [choice, setChoice] = useState("");
  const [words, setWords] = useState("");
  const left_s = step.due_at ? (Date.parse(step.due_at) - now_ms) / 1000 : null;
  const who = w(city?.agencies?.find((one) => one.code === step.who));
  const take = (status: "done" | "skipped"): void =>
    void post(`/api/incidents/${id}/playbooks/${slug}/${step.code}`, { status, note, choice }).then(
      () => {
        setOpen(false);
        void client.invalidateQueries({ queryKey: ["case", id] });
      },
      (error: unknown) => setWords(wordsOf(error, language)),
    );
  const told = step.choices.find((one) => one.value === step.choice);
  const lateWord = step.status === "todo" && left_s !== null && left_s < 0 ? "warn" : "muted";
  return (
    <li data-testid={`step-${step.code}`} data-status={step.status} className={step.status}>
      <div>
        <span aria-hidden="true">
          {step.status === "done" ? "☑" : step.status === "skipped" ? "⊘" : SIGNS[step.kind]}
        </span>{" "}
        {w(step.title)} {who ? <span className="muted">· {who}</span> : null}{" "}
        {step.status === "todo" && left_s !== null ? (
          <span className={lateWord}>
            {left_s < 0 ? `⚠ ${t("late")} ${age(-left_s)}` : `${t("within")} ${age(left_s)}`}
          </span>
        ) : null}
        {step.status !== "todo" ? (
          <span className={step.late ? "warn" : "muted"}>
            {told ? `${w(told)} · ` : ""}
            {step.note ? `${step.note} · ` : ""}
            {step.by}
            {step.late ? ` · ⚠ ${t("late")}` : ""}
          </span>
        ) : null}
        {may && step.status === "todo" && !open ? (
          <button type="button" className="plain" data-testid={`open-${step.code}`} onClick={() => setOpen(true)}>
            {t("takeStep")}
          </button>
        ) : null}
      </div>
      {open ? (
        <div className="step-form">
          {step.choices.map((one) => (
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
          ))}
          <input
            data-testid={`note-${step.code}`}
            aria-label={t("found")}
            placeholder={step.evidence ? `${t("found")} *` : t("found")}
            value={note}
            onChange={(event) => setNote(event.currentTarget.value)}
          />
          {words ? <p role="alert">⚠ {words}</p> : null}
          <button type="button" className="primary" data-testid={`done-${step.code}`} onClick={() => take("done")}>
            {t("stepDone")}
          </button>
          <button type="button" data-testid={`skip-${step.code}`} onClick={() => take("skipped")}>
            {t("stepSkip")}
          </button>
        </div>
      ) : null}
    </li>
  );
}
