/** The approval view: the change sets that wait, the oldest first, and one of them open with its map of differences. */
import { useCallback, useEffect, useState } from "react";
import { get, wordsOf } from "../../../api/client";
import type { ChangeSet } from "../../../api/edits";
import type { Key } from "../../../language/messages";
import { useSay } from "../../../language/store";
import { listen } from "../../../live/stream";
import { age, secondsSince } from "../../../panels/age";
import { useNewest } from "../../../panels/useNewest";
import { remember, remembered, useShared } from "../panel";
import { Counts, STATUS_WORDS } from "./Counts";
import "./review.css";
import { SetView } from "./SetView";

const LISTS = ["submitted", "mine", "published"] as const;
type List = (typeof LISTS)[number];
const ADDRESS: Record<List, string> = {
  submitted: "/api/changesets?status=submitted",
  mine: "/api/changesets?mine=1",
  published: "/api/changesets?status=published",
};
const LIST_WORDS: Record<List, Key> = { submitted: "setsWaiting", mine: "setsMine", published: "setsPublished" };
const TICK_MS = 30_000;

export function ReviewPanel() {
  const { catalogue } = useShared();
  const { t, w, language } = useSay();
  const [list, setList] = useState<List>("submitted");
  const [items, setItems] = useState<ChangeSet[] | null>(null);
  const [opened, setOpened] = useState<number | null>(Number(remembered("set")) || null);
  const [problem, setProblem] = useState("");
  const [now_ms, setNow] = useState(Date.now());

  const asked = useNewest();
  const load = useCallback(
    () =>
      asked.ask(
        get<{ items: ChangeSet[] }>(ADDRESS[list]),
        (found) => {
          setItems(found.items);
          setProblem("");
        },
        (error) => setProblem(wordsOf(error, language)),
      ),
    [list, language, asked],
  );
  useEffect(() => {
    setItems(null);
    void load();
  }, [load]);
  // A set that was published changes its layers, which the stream tells.
  useEffect(() => listen({ change: () => void load(), refetch: () => void load() }), [load]);
  useEffect(() => {
    const beat = setInterval(() => {
      setNow(Date.now());
      void load();
    }, TICK_MS);
    return () => clearInterval(beat);
  }, [load]);
  const open = (id: number | null): void => {
    setOpened(id);
    remember({ set: id });
  };

  if (opened !== null)
    return <SetView key={opened} id={opened} close={() => open(null)} changed={() => void load()} open={open} />;
  const since = (one: ChangeSet): string => age(secondsSince(one.submitted_at ?? one.created_at, now_ms));
  const sorted = items?.toSorted((one, other) =>
    list === "submitted"
      ? Date.parse(one.submitted_at ?? one.created_at) - Date.parse(other.submitted_at ?? other.created_at)
      : Date.parse(other.created_at) - Date.parse(one.created_at),
  );
  return (
    <section className="wide review" data-testid="review" aria-labelledby="review-title">
      <h2 id="review-title">{t("reviewTitle")}</h2>
      <div className="tabs">
        {LISTS.map((one) => (
          <button
            key={one}
            type="button"
            data-testid={`sets-${one}`}
            aria-current={one === list}
            onClick={() => setList(one)}
          >
            {t(LIST_WORDS[one])}
          </button>
        ))}
      </div>
      {problem ? <p role="alert">{problem}</p> : null}
      {items === null && !problem ? <progress aria-label={t("loadingWords")} /> : null}
      {sorted && !sorted.length ? <p className="muted">{t("noSets")}</p> : null}
      <ul className="sets">
        {sorted?.map((one) => (
          <li key={one.id}>
            <button type="button" className="set" data-testid={`set-${one.id}`} onClick={() => open(one.id)}>
              <b>{one.title || `#${one.id}`}</b>
              <span className={`state ${one.status}`}>{t(STATUS_WORDS[one.status])}</span>
              <Counts counts={one.counts} />
              <span className="muted">
                {one.author?.name} · <span title={t("waitingSince")}>⏱ {since(one)}</span>
              </span>
              <span className="muted">
                {one.layers
                  .map((slug) => w(catalogue?.layers.find((layer) => layer.slug === slug)?.title) || slug)
                  .join(", ")}
                {one.document ? ` · ${t("documentNo")} ${one.document}` : ""}
              </span>
              {one.decision ? <span>“{one.decision}”</span> : null}
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
