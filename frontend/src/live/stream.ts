/** The one event stream of a page: its state, when its word was last known to be current, and who listens. */
import { create } from "zustand";
import type { Change } from "../api/types";

export type Connection = "live" | "resuming" | "lost";
interface Live {
  connection: Connection;
  /** The last moment at which what the page shows was known to be current: an event, or a quiet stream and a server that answers. */
  lastAt_ms: number;
  lastId: string;
}
export const useLive = create<Live>(() => ({ connection: "resuming", lastAt_ms: Date.now(), lastId: "" }));

export interface Listener {
  change?: (change: Change) => void;
  refetch?: () => void;
}
const listeners = new Set<Listener>();
export function listen(listener: Listener): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

// A comment heartbeat does not reach the page, so a quiet stream is vouched for by asking whether the server answers.
const VOUCH_MS = 4000;
const WAITS_MS = [1000, 2000, 5000, 10_000, 15_000];
let source: EventSource | null = null;
let retry: ReturnType<typeof setTimeout> | undefined;
let watch: ReturnType<typeof setInterval> | undefined;
let failures = 0;

const current = (more: Partial<Live> = {}): void =>
  useLive.setState({ connection: "live", lastAt_ms: Date.now(), ...more });

export function openStream(): void {
  closeStream();
  let refetched = false;
  const { lastId } = useLive.getState();
  const opened = new EventSource(lastId ? `/events?last_event_id=${encodeURIComponent(lastId)}` : "/events");
  source = opened;
  const heard = (event: MessageEvent): void => {
    failures = 0;
    current(event.lastEventId ? { lastId: event.lastEventId } : {});
  };
  const refetch = (): void => {
    refetched = true;
    for (const one of listeners) one.refetch?.();
  };
  opened.addEventListener("hello", (event) => {
    const resumed = refetched && useLive.getState().lastId !== "";
    heard(event);
    if (!resumed) refetch();
  });
  opened.addEventListener("reset", (event) => {
    heard(event);
    refetch();
  });
  opened.addEventListener("change", (event) => {
    heard(event);
    const change = JSON.parse(event.data) as Change;
    for (const one of listeners) one.change?.(change);
  });
  opened.onopen = () => {
    failures = 0;
    current();
  };
  opened.onerror = () =>
    opened.readyState === EventSource.CLOSED ? lose() : useLive.setState({ connection: "resuming" });
  watch = setInterval(() => void vouch(opened), VOUCH_MS);
}

function lose(): void {
  source?.close();
  clearInterval(watch);
  useLive.setState({ connection: "lost" });
  clearTimeout(retry);
  retry = setTimeout(openStream, WAITS_MS[Math.min(failures++, WAITS_MS.length - 1)]);
}

/** A dead line may keep an EventSource "open" for minutes; a server that does not answer ends it here. */
async function vouch(opened: EventSource): Promise<void> {
  if (opened !== source || opened.readyState !== EventSource.OPEN) return;
  const answers = await fetch("/healthz", { cache: "no-store", signal: AbortSignal.timeout(VOUCH_MS - 500) }).then(
    (answer) => answer.ok,
    () => false,
  );
  if (opened !== source || opened.readyState !== EventSource.OPEN) return;
  if (answers) current();
  else lose();
}

export function closeStream(): void {
  clearTimeout(retry);
  clearInterval(watch);
  source?.close();
  source = null;
}
