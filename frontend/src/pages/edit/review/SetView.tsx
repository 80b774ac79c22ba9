/** One change set, open: its edits on the map before and after, line by line in the list, and the decision of whoever may take it. */

import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { ApiProblem, get, send, wordsOf } from "../../../api/client";
import type { ChangeSetVerb, OpenedChangeSet } from "../../../api/edits";
import { bounds } from "../../../geometry/bounds";
import { useSay } from "../../../language/store";
import { actsOn, singleKeysOn } from "../../../panels/keys";
import { Patch } from "../../../panels/Patch";
import { useNewest } from "../../../panels/useNewest";
import { desk, put } from "../desk";
import { openDraft } from "../draft";
import type { Import } from "../import/imports";
import { ReportView } from "../import/ReportView";
import { goTo, still, useHandsOff, useShared } from "../panel";
import { setShown } from "../shown";
import { Compare } from "./Compare";
import { Counts, STATUS_WORDS } from "./Counts";
import { changeOf, nameOf, sideOf, stepped, unanswered } from "./compare";
import { Decision } from "./Decision";
import { SetIssues } from "./SetIssues";
import { useSides } from "./useSides";

type Words = { text: string; bad: boolean } | null;
/** Verbs that need words from whoever says them. */
const WORDED = new Set<ChangeSetVerb>(["return", "reject", "submit"]);
/** Verbs by which somebody answers for the warnings. */
const ANSWERING = new Set<ChangeSetVerb>(["approve", "submit"]);

const SAID: Partial<
  Record<ChangeSetVerb, "saidApproved" | "saidReturned" | "saidRejected" | "saidWithdrawn" | "saidSubmitted">
> = {
  approve: "saidApproved",
  submit: "saidSubmitted",
  return: "saidReturned",
  reject: "saidRejected",
  withdraw: "saidWithdrawn",
};

export function SetView({
  id,
  close,
  changed,
  open,
}: {
  id: number;
  close: () => void;
  changed: () => void;
  open: (id: number) => void;
}) {
  const { map, catalogue } = useShared();
  useHandsOff(true);
  const { t, w, language } = useSay();
  const [set, setSet] = useState<OpenedChangeSet | null>(null);
  const [at, setAt] = useState(0);
  const [swiping, setSwiping] = useState(false);
  const [because, setBecause] = useState("");
  const [accepted, setAccepted] = useState<Record<string, string>>({});
  const [paper, setPaper] = useState("");
  const [file, setFile] = useState<Import | null>(null);
  const [words, setWords] = useState<Words>(null);
  const [busy, setBusy] = useState(false);
  const layerOf = useCallback((slug: string) => catalogue?.layers.find((one) => one.slug === slug), [catalogue]);

  const [setAsked, fileAsked] = [useNewest(), useNewest()];
  const load = useCallback(() => {
    const fail = (error: unknown): void => setWords({ text: wordsOf(error, language), bad: true });
    const show = (found: OpenedChangeSet): void => {
      setSet(found);
      setAccepted((was) => ({ ...found.accepted, ...was }));
      if (found.may.includes("submit")) {
        setBecause((was) => was || found.because || desk().submission.because);
        setPaper((was) => was || found.document);
      }
      // The edits of such a set are the rows of a file.
      if (found.kind !== "import") return;
      const rows = get<{ items: Import[] }>(`/api/imports?change_set=${id}`);
      void fileAsked.ask(rows, ({ items }) => setFile(items[0] ?? null), fail);
    };
    return setAsked.ask(get<OpenedChangeSet>(`/api/changesets/${id}`), show, fail);
  }, [id, language, setAsked, fileAsked]);
  useEffect(() => void load(), [load]);

  // What is judged is seen among its neighbours.
  useEffect(() => {
    for (const slug of set?.layers ?? []) setShown(slug, true);
  }, [set?.layers.join()]);

  const edits = set?.edits ?? [];
  const current = edits[at] ?? null;
  const done = set?.status === "published" || set?.status === "rejected" || set?.status === "withdrawn";
  const sides = useMemo(() => ({ before: sideOf(edits, "before"), after: sideOf(edits, "after") }), [set]);
  useSides({ map, edits, sides, swiping, current: current?.item ?? null, settled: set?.status === "published" });

  const fit = useCallback(
    (features: GeoJSON.FeatureCollection, most = 18): void => {
      const box = bounds(features);
      if (box && map) map.fitBounds(box, { padding: 80, maxZoom: most, animate: !still() });
    },
    [map],
  );
  const seen = useRef(false);
  useEffect(() => {
    if (!map || !set || seen.current) return;
    seen.current = true;
    fit({ type: "FeatureCollection", features: [...sides.before.features, ...sides.after.features] });
  }, [map, set, sides, fit]);
  const walk = (to: number): void => {
    setAt(to);
    const item = edits[to]?.item;
    const features = [...sides.before.features, ...sides.after.features].filter((one) => one.properties?.key === item);
    fit({ type: "FeatureCollection", features });
  };

  const missing = set ? unanswered(set.issues, accepted) : [];
  const errors = set?.issues.filter((one) => one.severity === "error") ?? [];
  const clashing = edits.filter((one) => one.conflict);
  const may = (verb: ChangeSetVerb): boolean => set?.may.includes(verb) ?? false;
  const say = (verb: ChangeSetVerb): void => {
    if (!set || busy || !may(verb)) return;
    if (WORDED.has(verb) && !because.trim()) {
      setWords({ text: t("sayWhy"), bad: true });
      return;
    }
    if (ANSWERING.has(verb) && missing.length) {
      setWords({ text: t("reasonMissing"), bad: true });
      return;
    }
    setBusy(true);
    setWords(null);
    const body = {
      ...(ANSWERING.has(verb) ? { accepted } : {}),
      ...(WORDED.has(verb) ? { because: because.trim() } : {}),
      ...(verb === "submit" ? { document: paper.trim() } : {}),
    };
    send<OpenedChangeSet>("POST", `/api/changesets/${set.id}/${verb}`, body, { "If-Match": `"v${set.version}"` })
      .then(async ({ body: after }) => {
        changed();
        if (verb === "revert" && after.id !== set.id) {
          open(after.id);
          return;
        }
        await load();
        setBecause("");
        if (verb === "submit") put({ submission: { because: "", document: "" } });
        setWords({ text: t(SAID[verb] ?? "saved"), bad: false });
      })
      .catch(async (error: unknown) => {
        setWords({ text: wordsOf(error, language), bad: true });
        // Somebody else was faster, or the city has changed since: what stands now is shown.
        if (error instanceof ApiProblem && [409, 412, 422].includes(error.body.status)) await load();
      })
      .finally(() => setBusy(false));
  };

  const goOn = (): void => {
    void openDraft(id, (error) => setWords({ text: wordsOf(error, language), bad: true })).then((isOpen) => {
      if (!isOpen) return;
      close();
      goTo("draft");
    });
  };

  const press = (event: KeyboardEvent): void => {
    if ((event.ctrlKey || event.metaKey) && event.key === "Enter") {
      event.preventDefault();
      say(may("submit") ? "submit" : "approve");
      return;
    }
    if (!actsOn(event) || !singleKeysOn()) return;
    const key = event.key.toLowerCase();
    if (key === "j") walk(stepped(at, 1, edits.length));
    else if (key === "k") walk(stepped(at, -1, edits.length));
    else if (key === "s") setSwiping((was) => !was);
    else return;
    event.preventDefault();
  };
  const pressing = useRef(press);
  pressing.current = press;
  useEffect(() => {
    const on = (event: KeyboardEvent) => pressing.current(event);
    addEventListener("keydown", on);
    return () => removeEventListener("keydown", on);
  }, []);

  const locale = language === "en" ? "en-GB" : "vi-VN";
  const when = (moment: string | null): string => (moment ? new Date(moment).toLocaleString(locale) : "");
  return (
    <section className="wide review" data-testid="set" data-id={id} data-status={set?.status ?? ""}>
      <button type="button" data-testid="set-close" onClick={close}>
        ← {t("reviewTitle")}
      </button>
      {words ? (
        <p role="alert" className={words.bad ? "words bad" : "words good"} data-testid="set-words">
          {words.bad ? "⚠" : "✓"} {words.text}
        </p>
      ) : null}
      {set ? (
        <>
          <h2>
            {set.title || `#${set.id}`} <span className={`state ${set.status}`}>{t(STATUS_WORDS[set.status])}</span>
          </h2>
          <dl className="facts">
            <dt>{t("authorWord")}</dt>
            <dd>{set.author?.name ?? "—"}</dd>
            <dt>{t("sentAt")}</dt>
            <dd>{when(set.submitted_at ?? set.created_at)}</dd>
            <dt>{t("becauseWord")}</dt>
            <dd>{set.because || "—"}</dd>
            <dt>{t("documentNo")}</dt>
            <dd>{set.document || "—"}</dd>
            {set.decided_at ? (
              <>
                <dt>{t("decidedWord")}</dt>
                <dd data-testid="set-decision">
                  {when(set.decided_at)} · {set.decided_by?.name}
                  {set.decision ? <> · “{set.decision}”</> : null}
                </dd>
              </>
            ) : null}
          </dl>
          {may("edit") ? (
            <button type="button" data-testid="set-edit" onClick={goOn}>
              ✎ {t("goOnEditing")}
            </button>
          ) : null}
          <div className="patches">
            {(["new", "changed", "gone"] as const).map((one) => (
              <span key={one}>
                <Patch change={one} />{" "}
                {t(({ new: "changeNew", changed: "changeChanged", gone: "changeGone" } as const)[one])}
              </span>
            ))}
          </div>
          <div className="buttons">
            <button
              type="button"
              data-testid="swipe"
              aria-pressed={swiping}
              disabled={!map}
              onClick={() => setSwiping((was) => !was)}
            >
              ◧ {t("swipeWord")} <kbd>S</kbd>
            </button>
            <button type="button" disabled={!edits.length} onClick={() => walk(stepped(at, -1, edits.length))}>
              ▲ <kbd>K</kbd>
            </button>
            <button
              type="button"
              data-testid="next-edit"
              disabled={!edits.length}
              onClick={() => walk(stepped(at, 1, edits.length))}
            >
              ▼ <kbd>J</kbd>
            </button>
            <span className="muted">
              {edits.length ? at + 1 : 0}/{edits.length} · <Counts counts={set.counts} />
            </span>
          </div>
          {clashing.length && !done ? (
            <p className="warn" role="status" data-testid="conflicts">
              ⚡ {t("conflictsNow")} ({clashing.length})
            </p>
          ) : null}
          {set.problem && !done ? (
            <p className="warn" role="status" data-testid="set-problem">
              ⚡ {t("standsInTheWay")}: {new ApiProblem(set.problem).words(language)}
            </p>
          ) : null}
          {file ? <ReportView job={file} looking={!done} /> : null}
          <ol className="edits">
            {edits.map((one, i) => (
              <li key={one.item}>
                <button
                  type="button"
                  className="edit-row"
                  data-testid={`edit-${one.item}`}
                  aria-current={i === at}
                  onClick={() => walk(i)}
                >
                  <Patch change={changeOf(one)} /> {w(layerOf(one.edit.layer)?.title) || one.edit.layer}{" "}
                  <b>{nameOf(layerOf(one.edit.layer), one)}</b>
                  {one.conflict && !done ? <span className="warn"> ⚡</span> : null}
                </button>
                {i === at ? <Compare layer={layerOf(one.edit.layer)} one={one} /> : null}
              </li>
            ))}
          </ol>
          <SetIssues
            issues={set.issues}
            stored={set.accepted}
            writes={may("approve") || may("submit")}
            accepted={accepted}
            write={(key, reason) => setAccepted((was) => ({ ...was, [key]: reason }))}
          />
          <Decision
            may={may}
            busy={busy}
            blocked={errors.length > 0}
            because={because}
            setBecause={setBecause}
            paper={paper}
            setPaper={setPaper}
            say={say}
            own={set.status === "submitted" && !may("approve")}
          />
        </>
      ) : words ? null : (
        <progress aria-label={t("loadingWords")} />
      )}
    </section>
  );
}
