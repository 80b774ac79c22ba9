/** What the person who sits here was told or given to do, and that they have heard it. */
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { get, post } from "../../../api/client";
import type { Notice } from "../../../api/types";
import { useSay } from "../../../language/store";
import { client, desk } from "../desk";
import { useCity } from "../queries";
import { aboutWords } from "./OpinionsDrawer";

const LOOK_MS = 10_000;

export function NoticesDrawer() {
  const { t } = useSay();
  const items = useQuery({
    queryKey: ["notices"],
    queryFn: () => get<{ items: Notice[] }>("/api/notices"),
    refetchInterval: LOOK_MS,
  }).data?.items;
  if (!items) return null;
  return (
    <div className="pb-list" data-testid="notices">
      {items.length ? null : <p className="muted">{t("ntNothing")}</p>}
      {items.map((one) => (
        <Row key={one.id} notice={one} />
      ))}
    </div>
  );
}

function Row({ notice }: { notice: Notice }) {
  const { t, w } = useSay();
  const city = useCity();
  const [note, setNote] = useState("");
  const say = (verb: "acknowledge" | "done"): void =>
    void post(`/api/notices/${notice.id}/${verb}`, { note }).then(
      () => client.invalidateQueries({ queryKey: ["notices"] }),
      desk().tell,
    );
  const waits = !notice.done_at && !notice.withdrawn_at;
  return (
    <article className="pb-question" data-testid={`told-${notice.id}`}>
      {notice.about.exercise ? <p className="exercise-mark">{t("exBanner")}</p> : null}
      <p className="muted">
        {new Date(notice.at).toLocaleString("vi-VN")} · {notice.by} ·{" "}
        {notice.about.restricted
          ? `${notice.about.code} · ${t("ntRestricted")}`
          : aboutWords(notice.about, city, w as never)}
      </p>
      <h3>{w(notice.words)}</h3>
      {notice.withdrawn_at ? <p className="muted">↩ {t("ntWithdrawn")}</p> : null}
      {notice.note ? <p className="words">“{notice.note}”</p> : null}
      {waits ? (
        <div className="step-form">
          <input
            aria-label={t("ntResult")}
            placeholder={t("ntResult")}
            value={note}
            onChange={(event) => setNote(event.currentTarget.value)}
          />
          {notice.acknowledged_at ? null : (
            <button type="button" className="primary" data-testid="notice-heard" onClick={() => say("acknowledge")}>
              {t("ntHeard")}
            </button>
          )}
          {notice.kind === "task" ? (
            <button type="button" data-testid="notice-done" disabled={!note.trim()} onClick={() => say("done")}>
              {t("ntDone")}
            </button>
          ) : null}
        </div>
      ) : null}
    </article>
  );
}
