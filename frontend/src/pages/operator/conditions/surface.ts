/** The readiness surface as a picture: colour by seconds along the ramp, hatched where one waits too long, crossed where there is no way. */
import type { Readiness } from "./conditions";

export const LONG_S = 900;
export const NO_WAY = -1;
export const OUTSIDE = -2;
const CELL_PX = 8;

const parts = (hex: string): number[] => [1, 3, 5].map((from) => Number.parseInt(hex.slice(from, from + 2), 16));

/** The colour of so many seconds: between two steps of the ramp it flows. */
export function colorOf(seconds: number, ramp: Readiness["ramp"]): string {
  const above = ramp.findIndex((one) => one.seconds >= seconds);
  const high = ramp[above < 0 ? ramp.length - 1 : above];
  const low = ramp[above < 0 ? ramp.length - 1 : Math.max(0, above - 1)];
  if (!high || !low) return "#000000";
  const share = high.seconds === low.seconds ? 0 : (seconds - low.seconds) / (high.seconds - low.seconds);
  const [from, to] = [parts(low.color), parts(high.color)];
  const mixed = from.map((one, index) => Math.round(one + ((to[index] ?? one) - one) * share));
  return `#${mixed.map((one) => one.toString(16).padStart(2, "0")).join("")}`;
}

export type Hatch = "none" | "long" | "no way" | "outside";
/** What is told without colour. */
export const hatchOf = (seconds: number): Hatch =>
  seconds === OUTSIDE ? "outside" : seconds === NO_WAY ? "no way" : seconds > LONG_S ? "long" : "none";

export function pictureOf(cells: readonly number[], columns: number, ramp: Readiness["ramp"]): HTMLCanvasElement {
  const canvas = document.createElement("canvas");
  canvas.width = columns * CELL_PX;
  canvas.height = Math.max(1, cells.length / Math.max(1, columns)) * CELL_PX;
  const ink = canvas.getContext("2d");
  if (!ink) return canvas;
  ink.strokeStyle = "#0b1016";
  ink.lineWidth = 1;
  cells.forEach((seconds, index) => {
    const hatch = hatchOf(seconds);
    if (hatch === "outside") return;
    const [x, y] = [(index % columns) * CELL_PX, Math.floor(index / columns) * CELL_PX];
    ink.fillStyle = hatch === "no way" ? "#1b2530" : colorOf(seconds, ramp);
    ink.fillRect(x, y, CELL_PX, CELL_PX);
    if (hatch === "none") return;
    ink.beginPath();
    ink.moveTo(x, y + CELL_PX);
    ink.lineTo(x + CELL_PX, y);
    if (hatch === "no way") {
      ink.moveTo(x, y);
      ink.lineTo(x + CELL_PX, y + CELL_PX);
      ink.strokeStyle = "#9fb0c0";
    } else ink.strokeStyle = "#e6edf3";
    ink.stroke();
  });
  return canvas;
}
