/** The outbox: everything done on the phone is written down first and sent after; nothing leaves it unsent and unseen. */
import { create } from "zustand";
import { ApiProblem, post, session } from "../../api/client";
import type { MyWork } from "../../api/types";
import { inTurn } from "../../live/inTurn";
import { meaning } from "./steps";
import { type Deed, type Fix, store } from "./store";

const BATCH = 200;
const RETRY_MS = 10_000;

interface Outbox {
  deeds: Deed[];
  fixes: number;
  /** Positions that the server could not use, since the page was opened: a wrong clock, a place outside the city. */
  fixesRefused: number;
  sending: boolean;
  reachable: boolean;
  fixSent_ms: number | null;
  signedOut: boolean;
}
export const useOutbox = create<Outbox>(() => ({
  deeds: [],
  fixes: 0,
  fixesRefused: 0,
  sending: false,
  reachable: navigator.onLine,
  fixSent_ms: null,
  signedOut: false,
}));

let user = "";
let arrived: (work: MyWork) => void = () => undefined;

/** Whose outbox it is, and who is told of the newest state of the work. */
export async function openOutbox(owner: string, told: (work: MyWork) => void): Promise<() => void> {
  user = owner;
  arrived = told;
  await count();
  const wake = () => void flush();
  const seen = () => document.visibilityState === "visible" && void flush();
  addEventListener("online", wake);
  document.addEventListener("visibilitychange", seen);
  const timer = setInterval(wake, RETRY_MS);
  void flush();
  return () => {
    removeEventListener("online", wake);
    document.removeEventListener("visibilitychange", seen);
    clearInterval(timer);
    user = "";
  };
}

async function count(): Promise<void> {
  const deeds = await store.deeds.where("user").equals(user).sortBy("at");
  useOutbox.setState({ deeds, fixes: await store.fixes.where("user").equals(user).count() });
}

export async function doDeed(given: Pick<Deed, "assignment" | "verb" | "body" | "words">): Promise<string> {
  const key = crypto.randomUUID();
  const at = new Date().toISOString();
  await store.deeds.add({ ...given, key, user, at, state: "waiting", problem_vi: "", problem_en: "" });
  await count();
  void flush();
  return key;
}

const inFlight = new Set<string>();

/** Takes back a deed that has not been sent. Answers whether it was still here; one on its way counts as sent. */
export async function withdraw(key: string): Promise<boolean> {
  if (inFlight.has(key)) {
    await flush();
    return false;
  }
  const gone = await store.transaction("rw", store.deeds, async () => {
    const found = await store.deeds.get(key);
    if (found) await store.deeds.delete(key);
    return found !== undefined;
  });
  await count();
  return gone;
}

export async function addFix(fix: Omit<Fix, "user" | "id">): Promise<void> {
  if (!user) return;
  await store.fixes.add({ ...fix, user });
  await count();
}

/** Two open tabs share one outbox: one of them sends. */
const locked = (work: () => Promise<void>): Promise<void> =>
  navigator.locks ? navigator.locks.request("nbioc-field-outbox", work).then(() => undefined) : work();
/** Sends what waits; a deed that is done while others are on their way goes right after them. */
export const flush = inTurn(() => locked(send));

async function send(): Promise<void> {
  if (!user) return;
  await count();
  const { deeds, fixes } = useOutbox.getState();
  if (!fixes && !deeds.some((one) => one.state === "waiting")) return;
  useOutbox.setState({ sending: true });
  try {
    // The token for writes may be from before the network was lost.
    const now = await session();
    useOutbox.setState({ reachable: true, signedOut: !now.authenticated });
    if (now.user?.username !== user) return;
    await sendDeeds();
    await sendFixes();
  } catch (error) {
    if (meaning(error) === "sign-in") useOutbox.setState({ signedOut: true });
    if (!(error instanceof ApiProblem)) useOutbox.setState({ reachable: false });
  } finally {
    useOutbox.setState({ sending: false });
    await count();
  }
}

async function sendDeeds(): Promise<void> {
  for (const deed of await store.deeds.where("user").equals(user).sortBy("at")) {
    if (deed.state !== "waiting" || !(await store.deeds.get(deed.key))) continue;
    inFlight.add(deed.key);
    try {
      const work = await post<MyWork>(`/api/assignments/${deed.assignment}/${deed.verb}`, deed.body);
      // First what it has become: without the deed the list as it was would stand there again for a moment.
      if (work && "assignments" in work) arrived(work);
      await store.deeds.delete(deed.key);
      await count();
    } catch (error) {
      if (meaning(error) !== "refused") throw error;
      // Not thrown away: the person who did it sees why it was not taken.
      const problem = error as ApiProblem;
      await store.deeds.update(deed.key, {
        state: "refused",
        problem_vi: problem.words("vi"),
        problem_en: problem.words("en"),
      });
    } finally {
      inFlight.delete(deed.key);
    }
  }
}

async function sendFixes(): Promise<void> {
  for (;;) {
    const batch = await store.fixes.where("user").equals(user).limit(BATCH).toArray();
    if (!batch.length) return;
    try {
      const told = await post<{ doubted?: Record<string, string> }>("/api/positions", {
        positions: batch.map(({ id: _id, user: _user, ...fix }) => fix),
      });
      await store.fixes.bulkDelete(batch.map((one) => one.id as number));
      // Kept there, but not believed: a clock that is wrong, a place outside the city, a leap.
      const doubted = Object.keys(told.doubted ?? {}).length;
      useOutbox.setState((was) => ({ fixSent_ms: Date.now(), fixesRefused: was.fixesRefused + doubted }));
    } catch (error) {
      if (meaning(error) !== "refused") throw error;
      // The server names the one it cannot use (a clock that was wrong, a place outside the city); the rest go again.
      const index = Number((error as ApiProblem).body.index);
      const bad = batch[Number.isInteger(index) ? index : 0];
      if (bad?.id === undefined) throw error;
      await store.fixes.delete(bad.id);
      useOutbox.setState((was) => ({ fixesRefused: was.fixesRefused + 1 }));
    }
    await count();
  }
}
