/** The case in hand: where it stands, what may be done, who can get there first, who sees it, what was done. */
import { useState } from "react";
import type { Assignment, Candidates, City, Entry, Incident, IncidentDetail } from "../../api/types";
import { useSay } from "../../language/store";
import { age, secondsSince } from "../../panels/age";
import { Assignments } from "./Assignments";
import { CandidateList } from "./CandidateList";
import { Playbooks } from "./Playbooks";
import { Seeing } from "./Seeing";
import { type Body, VerbBar, VerbForm } from "./VerbBar";
import { KINDS, VERBS, type Verb } from "./verbs";

const UNCERTAIN_M = 100;

export interface DetailProps {
  city: City;
  item: IncidentDetail;
  others: Incident[];
  candidates: Candidates | undefined;
  dispatchable: boolean;
  staleToo: boolean;
  setStaleToo: (on: boolean) => void;
  chosen: number | null;
  armed: boolean;
  asking: Verb | null;
  now_ms: number;
  may: (permission: string) => boolean;
  choose: (id: number) => void;
  act: (verb: string, body?: Body) => void;
  ask: (verb: Verb | null) => void;
  arm: () => void;
  dispatch: () => void;
  step: (assignment: Assignment, verb: string, reason?: string) => void;
  select: (id: number) => void;
  go: (lon: number, lat: number) => void;
}

export function Detail(p: DetailProps) {
  const { t, w } = useSay();
  const { item, city } = p;
  const due = item.timers?.dispatch_by;
  const late = due && !item.closed_at && !item.assignments.length && Date.parse(due) < p.now_ms;
  return (
    <div data-testid="detail" data-case={item.id} data-status={item.status}>
      <h2>
        <span className={`chip s${item.severity}`}>{item.severity}</span>{" "}
        {w(city.categories.find((one) => one.code === item.category))} <span className="muted">{item.code}</span>
      </h2>
      <div>
        {item.place_name || item.road_name} <span className="muted">{item.ward_name}</span>
      </div>
      {item.accuracy_m !== null && item.accuracy_m > UNCERTAIN_M ? (
        <div className="warn" data-testid="uncertain">
          ⚠ {t("uncertain")} ±{Math.round(item.accuracy_m)} m
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
      <div className={late ? "warn" : "muted"} data-testid="status">
        {w(city.statuses.find((one) => one.code === item.status)) || item.status} ·{" "}
        {age(secondsSince(item.reported_at, p.now_ms))}
        {due && !item.closed_at && !item.assignments.length
          ? ` / ${age((Date.parse(due) - Date.parse(item.reported_at)) / 1000)}${late ? " ⚠" : ""}`
          : ""}
      </div>
      {item.agency ? (
        <div data-testid="agency">
          {t("forwardedTo")} <b>{item.agency.name}</b>
          {item.due_at ? ` · ${t("dueAt")} ${new Date(item.due_at).toLocaleString("vi-VN")}` : ""}
          {item.answer ? <p className="words">“{item.answer}”</p> : null}
        </div>
      ) : null}
      <VerbBar item={item} asking={p.asking} ask={p.ask} act={p.act} />
      {p.asking ? (
        <VerbForm
          key={`${item.id}${p.asking.verb}`}
          verb={p.asking}
          item={item}
          city={city}
          others={p.others}
          act={p.act}
          close={() => p.ask(null)}
        />
      ) : null}
      <Assignments city={city} items={item.assignments} now_ms={p.now_ms} may={p.may("dispatch_units")} step={p.step} />
      {p.dispatchable ? (
        <CandidateList
          candidates={p.candidates}
          staleToo={p.staleToo}
          setStaleToo={p.setStaleToo}
          chosen={p.chosen}
          armed={p.armed}
          now_ms={p.now_ms}
          may={p.may("dispatch_units")}
          choose={p.choose}
          arm={p.arm}
          dispatch={p.dispatch}
        />
      ) : null}
      <Playbooks id={item.id} runs={item.playbooks} city={city} now_ms={p.now_ms} may={p.may("handle_cases")} />
      {p.may("see_cameras") ? <Seeing lon={item.lon} lat={item.lat} go={p.go} /> : null}
      {item.nearby.length ? <h3>{t("nearby")}</h3> : null}
      {item.nearby.map((one) => (
        <button
          type="button"
          className="choice"
          key={one.id}
          data-testid={`nearby-${one.id}`}
          onClick={() => p.select(one.id)}
        >
          <span className={`chip s${one.severity}`}>{one.severity}</span> {one.code} · {one.place_name}{" "}
          <span className="muted">{age(secondsSince(one.reported_at, p.now_ms))}</span>
        </button>
      ))}
      <Log city={city} entries={item.entries} />
    </div>
  );
}

function Log({ city, entries }: { city: City; entries: Entry[] }) {
  const { t, w, language } = useSay();
  const [all, setAll] = useState(false);
  const newest = [...entries].reverse();
  const kindOf = (kind: string): string => {
    const words = KINDS[kind] ?? VERBS.find((one) => one.verb === kind)?.words;
    return words ? t(words) : kind;
  };
  const byOf = (by: unknown): string =>
    typeof by === "string" ? by : ((by as { name?: string; display_name?: string } | null)?.name ?? "");
  return (
    <section data-testid="log">
      <h3>{t("log")}</h3>
      {newest.slice(0, all ? undefined : 6).map((one, i) => (
        <div key={one.id ?? i} className="entry">
          <span className="muted">{new Date(one.at).toLocaleTimeString(language === "en" ? "en-GB" : "vi-VN")}</span>{" "}
          {kindOf(one.kind)}
          {one.status_to && one.status_to !== one.status_from
            ? ` → ${w(city.statuses.find((status) => status.code === one.status_to)) || one.status_to}`
            : ""}{" "}
          {one.note} <span className="muted">{byOf(one.by)}</span>
        </div>
      ))}
      {newest.length > 6 && !all ? (
        <button type="button" className="plain" onClick={() => setAll(true)}>
          {t("all")} ({newest.length})
        </button>
      ) : null}
    </section>
  );
}
