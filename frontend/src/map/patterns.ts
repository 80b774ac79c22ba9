/** The four kinds of difference, told by colour and by pattern, so that nobody needs the colour: on the map and in its legend alike. */
import type { Map as MapLibreMap } from "maplibre-gl";
import type { Change } from "../api/edits";

export interface Mark {
  change: Change;
  color: string;
  /** What stands for it in a list and on a point. */
  sign: string;
  /** Dashes of a line, in line widths; null is a whole line. */
  dash: [number, number] | null;
}
export const MARKS: Record<Change, Mark> = {
  new: { change: "new", color: "#6cb6ff", sign: "+", dash: null },
  changed: { change: "changed", color: "#feef78", sign: "≠", dash: [4, 1.5] },
  gone: { change: "gone", color: "#f82b6a", sign: "×", dash: [1, 1.5] },
  unchanged: { change: "unchanged", color: "#8f9dab", sign: "=", dash: null },
};
export const CHANGES = Object.keys(MARKS) as Change[];

const SIDE_PX = 16;
type Ink = CanvasRenderingContext2D;
const line = (ink: Ink, x0: number, y0: number, x1: number, y1: number): void => {
  ink.moveTo(x0, y0);
  ink.lineTo(x1, y1);
};
const STROKES: Record<Change, (ink: Ink) => void> = {
  new: (ink) => {
    line(ink, 8, 4, 8, 12);
    line(ink, 4, 8, 12, 8);
  },
  changed: (ink) => {
    for (const by of [-16, 0, 16]) line(ink, by - 2, 18, by + 18, -2);
  },
  gone: (ink) => {
    line(ink, 4, 4, 12, 12);
    line(ink, 12, 4, 4, 12);
  },
  unchanged: (ink) => {
    line(ink, 7.5, 8, 8.5, 8);
  },
};

/** One tile of the pattern, ready to be repeated. */
export function patternOf(change: Change): HTMLCanvasElement {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = SIDE_PX * 2;
  const ink = canvas.getContext("2d") as Ink;
  ink.scale(2, 2);
  ink.fillStyle = `${MARKS[change].color}40`;
  ink.fillRect(0, 0, SIDE_PX, SIDE_PX);
  ink.strokeStyle = MARKS[change].color;
  ink.lineWidth = change === "unchanged" ? 1.5 : 2;
  ink.lineCap = "round";
  ink.beginPath();
  STROKES[change](ink);
  ink.stroke();
  return canvas;
}

/** What marks a point: the sign in a disc of the colour. */
function discOf(change: Change): ImageData {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 40;
  const ink = canvas.getContext("2d") as Ink;
  ink.beginPath();
  ink.arc(20, 20, 17, 0, 2 * Math.PI);
  ink.fillStyle = MARKS[change].color;
  ink.fill();
  ink.lineWidth = 3;
  ink.strokeStyle = "#0b1016";
  ink.stroke();
  ink.fillStyle = "#0b1016";
  ink.font = "700 26px sans-serif";
  ink.textAlign = "center";
  ink.textBaseline = "middle";
  ink.fillText(MARKS[change].sign, 20, 21);
  return ink.getImageData(0, 0, 40, 40);
}

export const patternName = (change: Change): string => `change-${change}`;
export const discName = (change: Change): string => `change-${change}-disc`;

export function addPatterns(map: MapLibreMap): void {
  for (const change of CHANGES) {
    if (map.hasImage(patternName(change))) continue;
    const canvas = patternOf(change);
    const ink = canvas.getContext("2d") as Ink;
    map.addImage(patternName(change), ink.getImageData(0, 0, canvas.width, canvas.height), { pixelRatio: 2 });
    map.addImage(discName(change), discOf(change), { pixelRatio: 2 });
  }
}
