/** What can still be taken back: an offer lives a few seconds, then it is carried out (or simply ends). */
import { create } from "zustand";

export interface Offer {
  id: number;
  words: string;
  until_ms: number;
  /** Carried out when the time is over; absent where the deed is already done and only its undoing is offered. */
  commit?: () => void;
  undo?: () => void;
}
export const useOffers = create<{ offers: Offer[] }>(() => ({ offers: [] }));

const timers = new Map<number, ReturnType<typeof setTimeout>>();
let last = 0;

function take(id: number): Offer | undefined {
  clearTimeout(timers.get(id));
  timers.delete(id);
  const found = useOffers.getState().offers.find((one) => one.id === id);
  useOffers.setState((was) => ({ offers: was.offers.filter((one) => one.id !== id) }));
  return found;
}

export function offer(given: { words: string; seconds: number; commit?: () => void; undo?: () => void }): number {
  const id = ++last;
  const { seconds, ...rest } = given;
  // Pressed twice, it was done once: it can be taken back once.
  const same = useOffers.getState().offers.find((one) => !one.commit && !given.commit && one.words === given.words);
  if (same) take(same.id);
  useOffers.setState((was) => ({ offers: [...was.offers, { ...rest, id, until_ms: Date.now() + seconds * 1000 }] }));
  timers.set(
    id,
    setTimeout(() => take(id)?.commit?.(), seconds * 1000),
  );
  return id;
}

export const undo = (id: number): void => take(id)?.undo?.();
export const undoNewest = (): void => {
  const newest = useOffers.getState().offers.at(-1);
  if (newest) undo(newest.id);
};

/** The page is going away: what was promised is carried out now rather than lost. */
export function commitAll(): void {
  for (const one of useOffers.getState().offers) take(one.id)?.commit?.();
}
