/** Severity and unit shapes, drawn at run time so that no sprite file is needed. */
import type { Map as MapLibreMap } from "maplibre-gl";
import { SEVERITY_COLORS } from "../theme/tokens";

const polygon = (corners: number, turn: number): [number, number][] =>
  Array.from({ length: corners }, (_, i) => {
    const a = turn + (2 * Math.PI * i) / corners;
    return [24 + 18 * Math.sin(a), 24 - 18 * Math.cos(a)];
  });
const SHAPES: Record<number, [number, number][]> = {
  2: polygon(4, Math.PI / 4),
  3: polygon(3, 0),
  4: polygon(4, 0),
  5: polygon(8, Math.PI / 8),
};

function drawn(paint: (ink: CanvasRenderingContext2D) => void): ImageData {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 48;
  const ink = canvas.getContext("2d") as CanvasRenderingContext2D;
  paint(ink);
  return ink.getImageData(0, 0, 48, 48);
}

function outline(ink: CanvasRenderingContext2D, level: number): void {
  ink.beginPath();
  const corners = SHAPES[level];
  if (corners) for (const [x, y] of corners) ink.lineTo(x, y);
  else ink.arc(24, 24, 16, 0, 2 * Math.PI);
  ink.closePath();
}

/** Images `severity-1..5` (verified and later), `severity-1..5-new` (hollow), `unit-available|busy|off`, each `-stale` and `-lost` too. */
export function addIcons(map: MapLibreMap): void {
  SEVERITY_COLORS.forEach((color, i) => {
    for (const fresh of [true, false]) {
      const id = `severity-${i + 1}${fresh ? "-new" : ""}`;
      if (map.hasImage(id)) continue;
      map.addImage(
        id,
        drawn((ink) => {
          outline(ink, i + 1);
          ink.fillStyle = fresh ? "#0b1016" : color;
          ink.fill();
          ink.lineWidth = fresh ? 6 : 3;
          ink.strokeStyle = fresh ? color : "#0b1016";
          ink.stroke();
          ink.fillStyle = fresh ? color : "#0b1016";
          ink.font = "600 18px sans-serif";
          ink.textAlign = "center";
          ink.fillText(String(i + 1), 24, i === 2 ? 32 : 30);
        }),
        { pixelRatio: 2 },
      );
    }
  });
  for (const [id, fill, edge] of [
    ["available", "#0b1016", "#ffffff"],
    ["busy", "#5f7f9f", "#ffffff"],
    ["off", "#3a4550", "#7a8a9a"],
  ] as const)
    for (const age of ["", "-stale", "-lost"]) {
      if (map.hasImage(`unit-${id}${age}`)) continue;
      map.addImage(
        `unit-${id}${age}`,
        drawn((ink) => {
          ink.beginPath();
          ink.roundRect(8, 12, 32, 24, 8);
          ink.fillStyle = fill;
          // A position that is lost is a hollow, dashed frame: where the unit was. A stale one has a broken edge.
          if (age !== "-lost") ink.fill();
          if (age) ink.setLineDash(age === "-lost" ? [3, 5] : [8, 4]);
          ink.lineWidth = 4;
          ink.strokeStyle = edge;
          ink.stroke();
        }),
        { pixelRatio: 2 },
      );
    }
}
