/** What is to be done in this kind of case: each step with its time and its effect, several playbooks on one case, a better version offered. */
import { useQuery } from "@tanstack/react-query";
import { get, post, send } from "../../../api/client";
import type { IncidentDetail, PlaybookRun, Words } from "../../../api/types";
import { useSay } from "../../../language/store";
import "./playbooks.css";
import { desk, useDesk } from "../desk";
import { openDrawer } from "../drawers";
import { CaseOpinions } from "./CaseOpinions";
import { reread } from "./reread";
import { Step } from "./Step";

interface Known {
  slug: string;
  title: Words;
}
const SETTLED = new Set(["done", "skipped", "off"]);

export function Playbooks({ item }: { item: IncidentDetail }) {
  const { t, w } = useSay();
  const { id, playbooks: runs } = item;
  const may = useDesk((desk) => desk.may("handle_cases"));
  const known = useQuery({
    queryKey: ["playbooks"],
    queryFn: () => get<{ items: Known[] }>("/api/playbooks"),
    enabled: may,
  }).data?.items;
  const others = known?.filter((one) => !runs.some((run) => run.slug === one.slug)) ?? [];
  const arm = (slug: string): void =>
    void post(`/api/incidents/${id}/playbooks`, { slug }).then(() => reread(id), desk().tell);
  return (
    <section data-testid="playbooks">
      <h3>{t("playbooks")}</h3>
      {runs.map((run) => (
        <Run key={run.slug} item={item} run={run} may={may} />
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
      <CaseOpinions item={item} may={may} />
      <p className="pb-links">
        <button type="button" className="plain" data-testid="open-replay-here" onClick={() => openDrawer("replay")}>
          ⏵ {t("pbReplay")}
        </button>
        <a href={`/api/incidents/${id}/report.html`} target="_blank" rel="noreferrer" data-testid="case-report">
          {t("pbReport")}
        </a>
      </p>
    </section>
  );
}

function Run({ item, run, may }: { item: IncidentDetail; run: PlaybookRun; may: boolean }) {
  const { t, w } = useSay();
  const shown = run.steps.filter((step) => step.status !== "off");
  const move = (): void =>
    void send("PUT", `/api/incidents/${item.id}/playbooks/${run.slug}`).then(() => reread(item.id), desk().tell);
  return (
    <div data-testid={`playbook-${run.slug}`}>
      <p>
        <b>{w(run.title)}</b>{" "}
        <span className="muted">
          {shown.filter((step) => SETTLED.has(step.status)).length}/{shown.length} · v{run.version}
        </span>
      </p>
      {run.newer && may ? (
        <p className="warn" data-testid={`newer-${run.slug}`}>
          ⚠ {t("pbNewer")}: v{run.newer}{" "}
          <button type="button" className="plain" data-testid={`move-${run.slug}`} onClick={move}>
            {t("pbMoveOn")} v{run.newer}
          </button>
        </p>
      ) : null}
      <ol className="playbook">
        {shown.map((step) => (
          <Step key={step.code} item={item} slug={run.slug} step={step} may={may} />
        ))}
      </ol>
    </div>
  );
}
