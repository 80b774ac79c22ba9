/** Field staff, one hand, in the sun: the work, the map, the outbox, the device. Works without a network. */
import { useCallback, useEffect, useRef, useState } from "react";
import { ApiProblem, signOut as endSession, get, post, session as readSession, wordsOf } from "../../api/client";
import type { City, MyWork, Session } from "../../api/types";
import type { Key } from "../../language/messages";
import { useSay } from "../../language/store";
import { gathered } from "../../live/gathered";
import { closeStream, listen, openStream } from "../../live/stream";
import { age, secondsSince } from "../../panels/age";
import { ExerciseBanner, useExercise } from "../../panels/ExerciseBanner";
import { SignIn } from "../../panels/SignIn";
import { UndoBar } from "../../panels/UndoBar";
import { offer, useOffers } from "../../panels/undo";
import { useNewest } from "../../panels/useNewest";
import { Device } from "./Device";
import { FieldMap } from "./FieldMap";
import { Outbox } from "./Outbox";
import { doDeed, flush, openOutbox, useOutbox, withdraw } from "./outbox";
import { share, useSharing } from "./share";
import { foreseen } from "./steps";
import { forgetAnswers, keep, kept } from "./store";
import { STEP_WORDS, Task } from "./Task";
import { Wellbeing } from "./Wellbeing";

const UNDO_S = 10;
const ASK_MS = 15_000;
const GATHER_MS = 500;
const TABS: [string, Key][] = [
  ["work", "fieldWork"],
  ["map", "fieldMap"],
  ["outbox", "fieldOutbox"],
  ["device", "fieldDevice"],
];
type User = NonNullable<Session["user"]>;

export function FieldPage() {
  const { t, language } = useSay();
  const [user, setUser] = useState<User | null | undefined>(undefined);
  const [city, setCity] = useState<City | null>(null);
  const [work, setWork] = useState<MyWork | null>(null);
  const [problem, setProblem] = useState("");
  const [tab, setTab] = useState("work");
  const [now_ms, setNow] = useState(Date.now());
  const outbox = useOutbox();
  const offers = useOffers((state) => state.offers);
  const sharing = useSharing((state) => state.on);
  const known = useRef(new Set<number>());
  const exercise = useExercise(Boolean(user));

  const took = useCallback((given: MyWork) => {
    setWork(given);
    setProblem("");
    void keep("work", given);
    const fresh = given.assignments.filter((one) => !known.current.has(one.id));
    if (fresh.length && known.current.size + fresh.length > 0) navigator.vibrate?.([300, 150, 300]);
    known.current = new Set(given.assignments.map((one) => one.id));
  }, []);
  const asked = useNewest();
  const ask = useCallback(
    () =>
      asked.ask(
        get<MyWork>("/api/my/work"),
        (given) => {
          useOutbox.setState({ reachable: true, signedOut: false });
          took(given);
        },
        (error) => {
          if (!(error instanceof ApiProblem)) useOutbox.setState({ reachable: false });
          else if (error.body.status === 401) useOutbox.setState({ reachable: true, signedOut: true });
          else setProblem(wordsOf(error, language));
        },
      ),
    [asked, took, language],
  );
  // What a deed has made of the work; a list on its way may be from before it, and is asked for again.
  const answered = useCallback(
    (given: MyWork) => {
      took(given);
      if (asked.drop()) void ask();
    },
    [asked, took, ask],
  );

  useEffect(() => {
    const id = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(id);
  }, []);
  useEffect(() => {
    void (async () => {
      const [wasUser, wasWork, wasCity] = await Promise.all([
        kept<User>("user"),
        kept<MyWork>("work"),
        kept<City>("city"),
      ]);
      if (wasCity) setCity(wasCity.value);
      try {
        const now = await readSession();
        if (now.user && wasUser && wasUser.value.username !== now.user.username) await forgetAnswers();
        else if (wasWork && now.user) setWork(wasWork.value);
        if (now.user) await keep("user", now.user);
        setUser(now.user);
      } catch {
        // Without a network the phone goes on as who was signed in last.
        useOutbox.setState({ reachable: false });
        setUser(wasUser?.value ?? null);
        if (wasUser && wasWork) setWork(wasWork.value);
      }
      await get<City>("/api/city").then(
        (given) => {
          setCity(given);
          void keep("city", given);
        },
        () => undefined,
      );
    })();
  }, []);
  const name = user?.username;
  useEffect(() => {
    if (!name) return;
    let close: (() => void) | undefined;
    let over = false;
    void openOutbox(name, answered).then((opened) => {
      close = opened;
      if (over) opened();
    });
    void ask();
    const timer = setInterval(() => void ask(), ASK_MS);
    openStream();
    const changed = gathered<string>(() => void ask(), GATHER_MS);
    // One's own moving dot is no news of the work, and the way is costly to work out anew each time.
    const deaf = listen({
      change: ({ kind }) => kind === "responder.moved" || changed.put(kind),
      refetch: () => void ask(),
    });
    return () => {
      over = true;
      close?.();
      asked.drop();
      clearInterval(timer);
      deaf();
      changed.stop();
      closeStream();
    };
  }, [name, asked, answered, ask]);
  useEffect(() => (name && sharing ? share() : undefined), [name, sharing]);

  const jobs = foreseen(
    work?.assignments ?? [],
    outbox.deeds.filter((one) => one.state === "waiting"),
  );
  const undoOf = (assignment: number) => () =>
    void post<MyWork>(`/api/assignments/${assignment}/undo`).then(answered, (error: unknown) =>
      setProblem(wordsOf(error, language)),
    );
  const step = (assignment: number, verb: string, body: Record<string, unknown> = {}): void => {
    const words = t(STEP_WORDS[verb] as Key);
    void doDeed({ assignment, verb, body, words }).then((key) =>
      offer({
        words,
        seconds: UNDO_S,
        // Still on the phone: it never leaves. Already with the server: the server takes it back.
        undo: () => void withdraw(key).then((here) => here || undoOf(assignment)()),
      }),
    );
  };
  const signOut = async (): Promise<void> => {
    await flush();
    await endSession().catch(() => undefined);
    // A list that comes after it is nobody's: it must not be kept for whoever signs in next.
    asked.drop();
    setWork(null);
    setUser(null);
    await forgetAnswers();
  };

  if (user === undefined) return <main className="field-door" />;
  if (user === null)
    return (
      <main className="field-door">
        <h1>NBIOC</h1>
        <SignIn
          done={(next) => {
            if (next.user) void keep("user", next.user);
            setUser(next.user);
          }}
        />
      </main>
    );
  const waits = outbox.deeds.length + (outbox.reachable ? 0 : outbox.fixes);
  return (
    <main className="field" data-testid="field" data-reachable={outbox.reachable}>
      <ExerciseBanner running={exercise} />
      <header className="field-head">
        <b>{work?.responder ? `${work.responder.code} ${work.responder.name}` : user.display_name}</b>
        <span data-testid="work-age">
          {work ? `${t("asOf")} ${age(secondsSince(work.as_of, now_ms))} ${t("ago")}` : ""}
        </span>
      </header>
      {outbox.reachable ? null : (
        <div className="field-bar" role="status" data-testid="offline-bar">
          ⚠ {t("offlineBar")} – {outbox.deeds.length + outbox.fixes} {t("waitingToSend")}
        </div>
      )}
      {outbox.signedOut ? (
        <div className="field-bar" data-testid="signed-out">
          {t("signInAgain")}
          <SignIn
            done={() => {
              useOutbox.setState({ signedOut: false });
              void ask();
              void flush();
            }}
          />
        </div>
      ) : null}
      {city?.demo ? <div className="field-demo">{t("simulated")}</div> : null}
      <div className="field-body">
        {problem ? (
          <p className="field-problem" role="alert" data-testid="problem">
            {problem}
          </p>
        ) : null}
        {tab === "work" && city ? (
          <div className="tasks">
            {work && !jobs.length ? (
              <p className="empty" data-testid="no-work">
                {t("noWork")}
              </p>
            ) : null}
            {jobs.map((one) => (
              <Task
                key={one.id}
                city={city}
                job={one}
                now_ms={now_ms}
                step={(verb, body) => step(one.id, verb, body)}
              />
            ))}
            {work?.responder ? <Wellbeing unit={work.responder} now_ms={now_ms} done={() => void ask()} /> : null}
            {jobs.length ? <FieldMap city={city} jobs={jobs} /> : null}
          </div>
        ) : null}
        {tab === "map" && city ? <FieldMap city={city} jobs={jobs} /> : null}
        {tab === "outbox" ? <Outbox now_ms={now_ms} /> : null}
        {tab === "device" ? <Device city={city} user={user} now_ms={now_ms} signOut={() => void signOut()} /> : null}
      </div>
      {offers.length ? null : <LateUndo work={work} now_ms={now_ms} undo={(id) => undoOf(id)()} />}
      <UndoBar />
      <nav className="field-nav">
        {TABS.map(([id, words]) => (
          <button
            key={id}
            type="button"
            data-testid={`tab-${id}`}
            aria-current={tab === id ? "page" : undefined}
            onClick={() => setTab(id)}
          >
            {t(words)}
            {id === "outbox" && waits ? ` (${waits})` : ""}
          </button>
        ))}
      </nav>
    </main>
  );
}

/** The page was closed and opened again within the ten seconds: the server still says until when. */
function LateUndo({ work, now_ms, undo }: { work: MyWork | null; now_ms: number; undo: (id: number) => void }) {
  const { t } = useSay();
  const late = work?.assignments.find((one) => one.undo_until && Date.parse(one.undo_until) > now_ms);
  if (!late?.undo_until) return null;
  return (
    <div className="undo-bars">
      <div className="undo-bar" data-testid="undo-bar">
        <span>{late.incident.code}</span>
        <b>{Math.ceil((Date.parse(late.undo_until) - now_ms) / 1000)} s</b>
        <button type="button" data-testid="undo" onClick={() => undo(late.id)}>
          {t("undo")}
        </button>
      </div>
    </div>
  );
}
