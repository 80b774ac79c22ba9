/** What the ways were foreseen to take against what they took, and the sets of speeds fitted from them. */
import { useQuery } from "@tanstack/react-query";
import { get, post } from "../../../api/client";
import type { Words } from "../../../api/types";
import { client, desk } from "../desk";

export interface Figures {
  n: number;
  /** Medians, in seconds. */
  foreseen_s: number | null;
  actual_s: number | null;
  /** Of the error (later is positive), and the 90th percentile of its size. */
  median_s: number | null;
  p90_s: number | null;
}
export interface Fit {
  id: number;
  made_at: string;
  by: string | null;
  since: string;
  until: string;
  trips: number;
  factors: { mode: string; road_class: string; from_hour: number; until_hour: number; factor: number; n: number }[];
  in_force: boolean;
  approved_at: string | null;
  approved_by: string | null;
  because: string;
  ended_at: string | null;
  judged: { assumed: Figures; fitted: Figures } | null;
}
export interface Calibration {
  travel: Figures;
  turnout: Figures;
  by: { mode: Record<string, Figures>; hours: Record<string, Figures>; road_class: Record<string, Figures> };
  class_hours: Record<string, Record<string, Figures>>;
  classes: Record<string, Words>;
  left_out: number;
  judged: { assumed: Figures; fitted: Figures };
  sets: Fit[];
  may_approve: boolean;
}

const DAY_MS = 86_400_000;
/** The period that ends now, asked by the day so that the question stays the same while the panel is open. */
export function period(days: number): URLSearchParams {
  const until_ms = Math.ceil(Date.now() / DAY_MS) * DAY_MS;
  return new URLSearchParams({
    from: new Date(until_ms - days * DAY_MS).toISOString(),
    to: new Date(until_ms).toISOString(),
  });
}

export const useCalibration = (days: number) =>
  useQuery({
    queryKey: ["calibration", days],
    queryFn: () => get<Calibration>(`/api/calibration?${period(days)}`),
  });

async function write(path: string, body: unknown): Promise<boolean> {
  try {
    await post(path, body);
    void client.invalidateQueries({ queryKey: ["calibration"] });
    return true;
  } catch (error) {
    desk().tell(error);
    return false;
  }
}
export const propose = (days: number): Promise<boolean> => {
  const asked = period(days);
  return write("/api/calibration/sets", { from: asked.get("from"), to: asked.get("to") });
};
export const approve = (id: number, because: string): Promise<boolean> =>
  write(`/api/calibration/sets/${id}/approve`, { because });
export const withdraw = (because: string): Promise<boolean> => write("/api/calibration/withdraw", { because });
