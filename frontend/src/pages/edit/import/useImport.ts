/** One import, followed until it waits for somebody or has ended; found again after the page was left. */
import { useCallback, useEffect, useRef, useState } from "react";
import { ApiProblem, get, post, send, upload, wordsOf } from "../../../api/client";
import { useSay } from "../../../language/store";
import { useNewest } from "../../../panels/useNewest";
import { remember, remembered } from "../panel";
import { type Import, isMoving, isOver, nextWait_ms } from "./imports";

export interface Following {
  job: Import | null;
  /** Between 0 and 1 while a file goes up. */
  sending: number | null;
  problem: string;
  busy: boolean;
  begin: (file: File, asked: Readonly<Record<string, string>>) => void;
  answer: (answers: Readonly<Record<string, unknown>>) => void;
  apply: (because: string, document: string, accepted: Readonly<Record<string, string>>) => void;
  cancel: () => void;
  /** Lets go of an import that has ended. */
  forget: () => void;
}

export function useImport(user: number | undefined): Following {
  const { language } = useSay();
  const [job, setJob] = useState<Import | null>(null);
  const [sending, setSending] = useState<number | null>(null);
  const [problem, setProblem] = useState("");
  const [busy, setBusy] = useState(false);
  const stop = useRef<AbortController | null>(null);
  const fail = useCallback((error: unknown) => setProblem(wordsOf(error, language)), [language]);
  const hold = useCallback((next: Import | null) => {
    setJob(next);
    remember({ import: next ? next.id : null });
  }, []);

  const left = useNewest();
  useEffect(() => {
    if (user === undefined) return;
    // The one that the address names, else the one that was left unfinished, on whichever machine.
    const id = remembered("import");
    const found = id
      ? get<Import>(`/api/imports/${encodeURIComponent(id)}`)
      : get<{ items: Import[] }>("/api/imports").then(({ items }) => items.find((one) => !isOver(one.status)) ?? null);
    void left.ask(found, hold, (error) => {
      // Somebody else's, or swept away since: nothing to come back to.
      if (error instanceof ApiProblem && error.body.status === 404) hold(null);
      else fail(error);
    });
  }, [left, user]);
  useEffect(() => () => stop.current?.abort(), []);

  const moving = job !== null && isMoving(job.status);
  const id = job?.id;
  useEffect(() => {
    if (!moving) return;
    let timer: ReturnType<typeof setTimeout>;
    let unchanged = 0;
    let last = "";
    let over = false;
    const ask = (): void => {
      get<Import>(`/api/imports/${id}`).then(
        (next) => {
          if (over) return;
          const now = `${next.status}${next.step}${next.done}`;
          unchanged = now === last ? unchanged + 1 : 0;
          last = now;
          setJob(next);
          setProblem("");
          if (isMoving(next.status)) timer = setTimeout(ask, nextWait_ms(unchanged));
        },
        (error: unknown) => {
          if (over) return;
          fail(error);
          unchanged += 1;
          timer = setTimeout(ask, nextWait_ms(unchanged));
        },
      );
    };
    timer = setTimeout(ask, nextWait_ms(0));
    return () => {
      over = true;
      clearTimeout(timer);
    };
  }, [moving, id, fail]);

  const say = (verb: Promise<Import | null>): void => {
    setBusy(true);
    setProblem("");
    verb.then((next) => hold(next), fail).finally(() => setBusy(false));
  };
  return {
    job,
    sending,
    problem,
    busy,
    begin: (file, asked) => {
      const form = new FormData();
      form.set("file", file);
      for (const [name, value] of Object.entries(asked)) form.set(name, value);
      stop.current = new AbortController();
      left.drop();
      setProblem("");
      setSending(0);
      upload<Import>("/api/imports", form, setSending, stop.current.signal)
        .then(hold, (error: unknown) => (error instanceof DOMException ? undefined : fail(error)))
        .finally(() => setSending(null));
    },
    answer: (answers) => job && say(send<Import>("PATCH", `/api/imports/${job.id}`, answers).then(({ body }) => body)),
    apply: (because, document, accepted) =>
      job && say(post<Import>(`/api/imports/${job.id}/apply`, { because, document, accepted })),
    cancel: () => {
      stop.current?.abort();
      if (job) say(send("DELETE", `/api/imports/${job.id}`).then(() => null));
    },
    forget: () => {
      setProblem("");
      hold(null);
    },
  };
}
