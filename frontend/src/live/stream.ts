/** The one event stream of a page: its state, the age of its last word, and who listens. */
import { create } from "zustand";
import type { Change } from "../api/types";

export type Connection = "live" | "resuming" | "lost";
interface Live {
  connection: Connection;
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

let source: EventSource | null = null;
let retry: ReturnType<typeof setTimeout> | undefined;

/** Opens the stream; `refetch` fires after each hello that isn't a native resume, and on reset. */
export function openStream(): void {
  closeStream();
  let greeted = false;
  const opened = new EventSource("/events");
  source = opened;
  const heard = (event: MessageEvent): void => {
    useLive.setState({
      connection: "live",
      lastAt_ms: Date.now(),
      ...(event.lastEventId ? { lastId: event.lastEventId } : {}),
    });
  };
  const refetch = (): void => {
    for (const one of listeners) one.refetch?.();
  };
  opened.addEventListener("hello", (event) => {
    heard(event);
    if (!greeted) refetch();
    greeted = true;
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
  opened.onopen = () => useLive.setState({ connection: "live", lastAt_ms: Date.now() });
  opened.onerror = () => {
    if (opened.readyState === EventSource.CLOSED) {
      useLive.setState({ connection: "lost" });
      retry = setTimeout(openStream, 5000);
    } else useLive.setState({ connection: "resuming" });
  };
}

export function closeStream(): void {
  clearTimeout(retry);
  source?.close();
  source = null;
}
