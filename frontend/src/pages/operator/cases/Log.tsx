/** What was done with the case, newest first. */
import { useState } from "react";
import type { IncidentDetail } from "../../../api/types";
import { useSay } from "../../../language/store";
import { useCity } from "../queries";
import { wordsOfKind } from "./verbs";

const FEW = 6;

export function Log({ item: { entries } }: { item: IncidentDetail }) {
  const { t, w, language } = useSay();
  const city = useCity();
  const [all, setAll] = useState(false);
  const newest = [...entries].reverse();
  const kindOf = (kind: string): string => wordsOfKind(kind, t);
  const byOf = (by: unknown): string =>
    typeof by === "string" ? by : ((by as { name?: string; display_name?: string } | null)?.name ?? "");
  return (
    <section data-testid="log">
      <h3>{t("log")}</h3>
      {newest.slice(0, all ? undefined : FEW).map((one, i) => (
        <div key={one.id ?? i} className="entry">
          <span className="muted">{new Date(one.at).toLocaleTimeString(language === "en" ? "en-GB" : "vi-VN")}</span>{" "}
          {kindOf(one.kind)}
          {one.status_to && one.status_to !== one.status_from
            ? ` → ${w(city?.statuses.find((status) => status.code === one.status_to)) || one.status_to}`
            : ""}{" "}
          {one.note} {one.words ? w(one.words) : ""}{" "}
          <span className="muted">
            {one.case ? `${one.case} · ` : ""}
            {byOf(one.by)}
          </span>
        </div>
      ))}
      {newest.length > FEW && !all ? (
        <button type="button" className="plain" onClick={() => setAll(true)}>
          {t("all")} ({newest.length})
        </button>
      ) : null}
    </section>
  );
}
