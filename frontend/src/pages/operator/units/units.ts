/** What the unit board holds in hand, what it asks of the server, and what a position's age means. */
import { useQuery } from "@tanstack/react-query";
import { create } from "zustand";
import { get, post } from "../../../api/client";
import type { City, Responder, Trail, UnitDetail } from "../../../api/types";
import { secondsSince } from "../../../panels/age";
import { client, desk } from "../desk";
import { openDrawer } from "../drawers";

export const TRAIL_MS = 2 * 3_600_000;
const TRAIL_FRESH_MS = 15_000;
// The board is drawn, and its list may have to come first: a hand that waits longer has gone elsewhere.
const FOCUS_FRAMES = 60;

interface Units {
  /** The unit whose card is open, and the one whose trail is on the map. */
  chosen: number | null;
  trail: number | null;
}
export const useUnitDesk = create<Units>(() => ({ chosen: null, trail: null }));
export const choose = (id: number | null): void => useUnitDesk.setState({ chosen: id });
export const showTrail = (id: number | null): void => useUnitDesk.setState({ trail: id });

export type Freshness = "live" | "stale" | "lost";
/** How far a position may be believed: drawn full, drawn with its age, or hollow. */
export function freshness(position_at: string | null, now_ms: number, stale_s: number, lost_s: number): Freshness {
  if (!position_at) return "lost";
  const seconds = secondsSince(position_at, now_ms);
  return seconds > lost_s ? "lost" : seconds > stale_s ? "stale" : "live";
}
export const freshnessOf = (one: Responder, city: City, now_ms: number): Freshness =>
  freshness(one.position_at, now_ms, city.stale_after_s, city.lost_after_s);

/** Those that should have said that they are well come first, the latest of them on top; the rest by their code. */
export function inOrder(units: readonly Responder[]): Responder[] {
  const due = (one: Responder): number => (one.check_due_at ? Date.parse(one.check_due_at) : Number.POSITIVE_INFINITY);
  return [...units].sort((a, b) => {
    const [first, second] = [due(a), due(b)];
    return first === second ? a.code.localeCompare(b.code) : first - second;
  });
}

export const useUnit = (id: number | null): UnitDetail | undefined =>
  useQuery({
    queryKey: ["units", "one", id],
    queryFn: () => get<UnitDetail>(`/api/responders/${id}`),
    enabled: id !== null,
  }).data;

export function useTrail(id: number | null): Trail | undefined {
  return useQuery({
    queryKey: ["trail", id],
    queryFn: () => {
      const until = new Date(Date.now() + 60_000);
      const from = new Date(until.getTime() - TRAIL_MS);
      return get<Trail>(`/api/responders/${id}/trail?from=${from.toISOString()}&until=${until.toISOString()}`);
    },
    enabled: id !== null,
    refetchInterval: TRAIL_FRESH_MS,
  }).data;
}

/** One act of a unit; its answer is the page's truth, a refusal is said. */
export async function act(id: number, verb: string, body: Record<string, unknown> = {}): Promise<boolean> {
  try {
    const now = await post<UnitDetail>(`/api/responders/${id}/${verb}`, body);
    client.hold(["units", "one", id], now);
    await client.invalidateQueries({ queryKey: ["units"] });
    void client.invalidateQueries({ queryKey: ["alarms"] });
    return true;
  } catch (error) {
    desk().tell(error);
    return false;
  }
}
export const checkIn = (id: number): Promise<boolean> => act(id, "check", { well: true });

/** The key for who heard a unit by radio: the board opens with the hand on the one that is due first; Enter says it. */
export function focusCheck(): void {
  openDrawer("units");
  const find = (frames: number): void => {
    const button = document.querySelector<HTMLButtonElement>("[data-check]");
    if (button) button.focus();
    else if (frames) requestAnimationFrame(() => find(frames - 1));
  };
  find(FOCUS_FRAMES);
}
