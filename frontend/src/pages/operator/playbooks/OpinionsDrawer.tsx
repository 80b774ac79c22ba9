/** A leader's own list: what is asked of them, by when, and the answer in their words. Works on a phone: one column, large buttons. */
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { get, post } from "../../../api/client";
import type { About, City, Opinion } from "../../../api/types";
import type { Key } from "../../../language/messages";
import { useSay } from "../../../language/store";
import { age } from "../../../panels/age";
import { client, desk, useDesk } from "../desk";
import { useCity } from "../queries";

// Leaders do not see the case and hear no event of it: the list looks by itself.
const LOOK_MS = 10_000;

export function useOpinions(on: boolean): Opinion[] | undefined {
  return useQuery({
    queryKey: ["opinions"],
    queryFn: () => get<{ items: Opinion[] }>("/api/opinions"),
    enabled: on,
    refetchInterval: LOOK_MS,
  }).data?.items;
}

export function OpinionsDrawer() {
  const { t } = useSay();
  const items = useOpinions(true);
  if (!items) return null;
  return (
    <div className="pb-list" data-testid="opinions">
      {items.some((one) => one.status === "pending") ? null : <p className="muted">{t("opNobody")}</p>}
      {items.map((one) => (
        <Question key={one.id} opinion={one} />
      ))}
    </div>
  );
}

export function aboutWords(about: About, city: City | undefined, w: (words: never) => string): string {
  const kind = city?.categories.find((one) => one.code === about.category);
  return [about.code, kind ? w(kind as never) : "", about.place, about.ward].filter(Boolean).join(" · ");
}

function Question({ opinion }: { opinion: Opinion }) {
  const { t, w } = useSay();
  const city = useCity();
  const now_ms = useDesk((desk) => desk.now_ms);
  const [choice, setChoice] = useState("");
  const [words, setWords] = useState("");
  const left_s = (Date.parse(opinion.due_at) - now_ms) / 1000;
  const chosen = opinion.options.find((one) => one.value === opinion.answer);
  const answer = (): void =>
    void post(`/api/opinions/${opinion.id}/answer`, { choice, words }).then(
      () => client.invalidateQueries({ queryKey: ["opinions"] }),
      desk().tell,
    );
  return (
    <article className="pb-question" data-testid={`asked-${opinion.id}`} data-status={opinion.status}>
      {opinion.about.exercise ? <p className="exercise-mark">{t("exBanner")}</p> : null}
      <p className="muted">
        {opinion.about.severity ? (
          <span className={`chip small s${opinion.about.severity}`}>{opinion.about.severity}</span>
        ) : null}{" "}
        {opinion.about.restricted
          ? `${opinion.about.code} · ${t("ntRestricted")}`
          : aboutWords(opinion.about, city, w as never)}
      </p>
      <h3>{opinion.question}</h3>
      <p className={opinion.status === "pending" && left_s < 60 ? "warn" : "muted"}>
        {t("opAsked")} {opinion.asked_by} ·{" "}
        {opinion.status === "pending"
          ? `${left_s < 0 ? `⚠ ${t("late")}` : t("opLeft")} ${age(Math.abs(left_s))}`
          : t(`op_${opinion.status}` as Key)}
      </p>
      {opinion.mine ? (
        <>
          {opinion.options.map((one) => (
            <button
              type="button"
              key={one.value}
              className="choice"
              aria-pressed={choice === one.value}
              data-testid={`option-${one.value}`}
              onClick={() => setChoice(one.value)}
            >
              {choice === one.value ? "◉" : "○"} {w(one)}
            </button>
          ))}
          <textarea
            aria-label={t("opWords")}
            placeholder={t("opWords")}
            data-testid="opinion-words"
            value={words}
            onChange={(event) => setWords(event.currentTarget.value)}
          />
          <button
            type="button"
            className="primary"
            data-testid="opinion-answer"
            disabled={opinion.options.length ? !choice : !words.trim()}
            onClick={answer}
          >
            {t("opAnswer")}
          </button>
        </>
      ) : null}
      {opinion.status === "answered" ? (
        <p className="words">
          {chosen ? <b>{w(chosen)}. </b> : null}
          {opinion.words ? `“${opinion.words}” ` : ""}
          <span className="muted">{opinion.answered_by}</span>
        </p>
      ) : null}
    </article>
  );
}
