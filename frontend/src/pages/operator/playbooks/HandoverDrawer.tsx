/** The handover: what would be left to the next shift now, a word by hand, and the act of taking it over. */
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { get, post } from "../../../api/client";
import type { Words } from "../../../api/types";
import { useSay } from "../../../language/store";
import { client, desk, useDesk } from "../desk";

interface Draft {
  since: string;
  cases: {
    id: number;
    code: string;
    severity: number;
    place_name: string;
    road_name: string;
    exercise: boolean;
    next: Words;
    steps: (Words & { due_at: string | null })[];
  }[];
  changes: { reported: number; dispatched: number; ended: { id: number; code: string }[] };
  units: { out: { code: string; case: string | null }[] };
  closures: { reason: string; ends_at: string | null }[];
  gauges: { name: string; last_value: number | null; unit: string; last_at: string | null }[];
  opinions: { code: string; question: string }[];
  alarms: { code: string | null; words: Words; acknowledged: boolean }[];
  roster: { agency_name: string; post: string; name: string; phone: string; starts_at: string }[];
}
interface Kept {
  id: number;
  at: string;
  by: string;
  note: string;
  taken_at: string | null;
  taken_by: string | null;
}

export function HandoverDrawer() {
  const { t, w } = useSay();
  const me = useDesk((desk) => desk.session?.user?.display_name);
  const select = useDesk((desk) => desk.select);
  const [note, setNote] = useState("");
  const found = useQuery({
    queryKey: ["handover"],
    queryFn: () => get<{ draft: Draft; kept: Kept[] }>("/api/handover"),
  }).data;
  if (!found) return null;
  const { draft, kept } = found;
  const asked = (path: string, body: unknown): void =>
    void post(path, body).then(() => {
      setNote("");
      void client.invalidateQueries({ queryKey: ["handover"] });
    }, desk().tell);
  const newest = kept[0];
  return (
    <div className="pb-list" data-testid="handover">
      {newest && !newest.taken_at ? (
        <div className="pb-question" data-testid="handover-waits">
          <p>
            <b>{newest.by}</b> · {new Date(newest.at).toLocaleString("vi-VN")} ·{" "}
            <span className="warn">{t("hoWaits")}</span>
          </p>
          {newest.note ? <p className="words">“{newest.note}”</p> : null}
          {newest.by === me ? null : (
            <button
              type="button"
              className="primary"
              data-testid="handover-take"
              onClick={() => asked(`/api/handover/${newest.id}/take`, { note })}
            >
              {t("hoTake")}
            </button>
          )}
        </div>
      ) : null}
      <p className="muted">
        {t("hoSince")} {new Date(draft.since).toLocaleString("vi-VN")} · {t("hoChanges")}: {draft.changes.reported}{" "}
        {t("hoReported")}, {draft.changes.dispatched} {t("hoDispatched")}, {draft.changes.ended.length} {t("hoEnded")}
      </p>
      <h3>
        {draft.cases.length} {t("hoOpen")}
      </h3>
      <ul className="pb-rows">
        {draft.cases.map((one) => (
          <li key={one.id}>
            <button
              type="button"
              className="plain"
              data-testid={`handover-case-${one.id}`}
              onClick={() => select(one.id)}
            >
              <span className={`chip small s${one.severity}`}>{one.severity}</span> {one.code}{" "}
              {one.place_name || one.road_name}
            </button>{" "}
            {one.exercise ? <b>{t("exBanner")}</b> : null} {t("hoNext")}: <b>{w(one.next)}</b>
            {one.steps.map((step) => (
              <div key={step.vi} className="muted">
                ☐ {w(step)} {step.due_at ? new Date(step.due_at).toLocaleTimeString("vi-VN") : ""}
              </div>
            ))}
          </li>
        ))}
      </ul>
      <Line title={t("hoOut")} rows={draft.units.out.map((one) => `${one.code}${one.case ? ` → ${one.case}` : ""}`)} />
      <Line title={t("opinions")} rows={draft.opinions.map((one) => `${one.code}: ${one.question}`)} />
      <Line
        title={t("hoAlarms")}
        rows={draft.alarms.filter((one) => !one.acknowledged).map((one) => `${w(one.words)} ${one.code ?? ""}`)}
      />
      <Line title={t("hoClosures")} rows={draft.closures.map((one) => one.reason)} />
      <Line
        title={t("hoGauges")}
        rows={draft.gauges.map((one) => `${one.name}: ${one.last_value ?? "—"} ${one.unit}`)}
      />
      <Line
        title={t("hoRoster")}
        rows={draft.roster.map((one) => `${one.agency_name} · ${one.post}: ${one.name} ${one.phone}`)}
      />
      <textarea
        aria-label={t("hoNote")}
        placeholder={t("hoNote")}
        data-testid="handover-note"
        value={note}
        onChange={(event) => setNote(event.currentTarget.value)}
      />
      <button
        type="button"
        className="primary"
        data-testid="handover-write"
        onClick={() => asked("/api/handover", { note })}
      >
        {t("hoWrite")}
      </button>
      {kept.length ? <h3>{t("hoKept")}</h3> : null}
      <ul className="pb-rows">
        {kept.map((one) => (
          <li key={one.id}>
            {new Date(one.at).toLocaleString("vi-VN")} · {one.by} →{" "}
            {one.taken_by ? `${one.taken_by}` : <span className="warn">{t("hoWaits")}</span>}{" "}
            <a href={`/api/handover/${one.id}/print.html`} target="_blank" rel="noreferrer">
              {t("hoPrint")}
            </a>
          </li>
        ))}
      </ul>
    </div>
  );
}

/** A line of the handover; nothing where it would be empty. */
function Line({ title, rows }: { title: string; rows: string[] }) {
  if (!rows.length) return null;
  return (
    <p>
      <b>
        {title} ({rows.length}):
      </b>{" "}
      {rows.join("; ")}
    </p>
  );
}
