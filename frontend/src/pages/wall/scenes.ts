/** Which scene the wall shows: they take turns, and a fresh critical case holds the screen. */
import type { WallCase } from "../../api/types";

export const SCENES = ["wards", "heat", "severe"] as const;
export type Scene = (typeof SCENES)[number];
export const SCENE_MS = 30_000;
const CRITICAL = 5;
const HOLD_MS = 600_000;
const OVER = new Set(["resolved", "closed", "cancelled", "unfounded", "duplicate"]);

export const isOpen = (one: WallCase): boolean => !OVER.has(one.status);

export function sceneAt(now_ms: number, latest: readonly WallCase[]): Scene {
  const held = latest.some(
    (one) => one.severity >= CRITICAL && isOpen(one) && now_ms - Date.parse(one.reported_at) < HOLD_MS,
  );
  if (held) return "severe";
  return SCENES[Math.floor(now_ms / SCENE_MS) % SCENES.length] as Scene;
}

/** Fixed classes, so that a colour means the same every day; dark to light by amount, readable in deuteranopia (cividis). */
export const RATE_RAMP: { from: number; color: string }[] = [
  { from: 0, color: "#00224e" },
  { from: 5, color: "#35456c" },
  { from: 10, color: "#666970" },
  { from: 20, color: "#948e77" },
  { from: 40, color: "#c8b866" },
  { from: 80, color: "#fee838" },
];
export const WARD_OPACITY = 0.85;
export const NO_RATE = "#1b2530";
export const rateColor = (rate: number | null): string =>
  rate === null ? NO_RATE : (RATE_RAMP.findLast((row) => rate >= row.from)?.color ?? NO_RATE);
