/** The table of tools: its key, what it is called, when it can be used and what it does. The bar, the keys and the help read this one table. */
import type { Key } from "../../language/messages";
import { type Desk, layerOf, put } from "./desk";
import { turn } from "./draft";
import { simpleOf } from "./draw";
import { begin, box, measure, reshape, square } from "./hands";
import { isLand, merge, split } from "./land/land";

export interface Tool {
  /** Also the test id, `tool-…`. */
  id: string;
  key: string;
  title: Key;
  /** Whether it is in the bar at all. */
  shown: (now: Desk) => boolean;
  able: (now: Desk) => boolean;
  act: () => void;
}

const draws = (kind: "Point" | "LineString" | "Polygon") => (now: Desk) => {
  const layer = layerOf(now);
  return layer !== null && simpleOf(layer.geometry) === kind && (layer.may?.includes("create") ?? true);
};
const idle = (now: Desk): boolean => now.hand === "pick" && !now.quarrel;
const land = (now: Desk): boolean => isLand(now.slug) && layerOf(now) !== null;
const area = (now: Desk): boolean => simpleOf(layerOf(now)?.geometry ?? "") === "Polygon";
const always = (): boolean => true;

export const TOOLS: readonly Tool[] = [
  { id: "point", key: "1", title: "drawPoint", shown: draws("Point"), able: idle, act: begin },
  { id: "line", key: "2", title: "drawLine", shown: draws("LineString"), able: idle, act: begin },
  { id: "area", key: "3", title: "drawArea", shown: draws("Polygon"), able: idle, act: begin },
  {
    id: "reshape",
    key: "E",
    title: "reshapeTool",
    shown: (now) => layerOf(now) !== null,
    able: (now) => idle(now) && now.target !== null,
    act: reshape,
  },
  { id: "square", key: "O", title: "squareTool", shown: area, able: (now) => now.target !== null, act: square },
  {
    id: "split",
    key: "X",
    title: "deedSplit",
    shown: land,
    able: (now) => idle(now) && now.target !== null && (now.target.fid !== null || now.target.item != null),
    act: split,
  },
  {
    id: "merge",
    key: "M",
    title: "deedMerge",
    shown: land,
    able: (now) => idle(now) && now.picked.length > 1,
    act: () => merge(),
  },
  { id: "box", key: "B", title: "boxTool", shown: (now) => layerOf(now) !== null, able: idle, act: box },
  { id: "measure", key: "Q", title: "measureTool", shown: always, able: idle, act: measure },
  { id: "issues", key: "I", title: "issuesTitle", shown: always, able: always, act: () => put({ panel: "issues" }) },
  { id: "help", key: "?", title: "help", shown: always, able: always, act: () => put({ help: true }) },
];

/** The other keys; those with Ctrl work in boxes too and cannot be switched off. */
export const CTRL: readonly { key: string; title: Key }[] = [
  { key: "Ctrl+S", title: "keySave" },
  { key: "Ctrl+Enter", title: "submitSet" },
  { key: "Ctrl+Z", title: "undoStep" },
  { key: "Ctrl+Y", title: "redoStep" },
  { key: "Enter", title: "keyAccept" },
  { key: "Esc", title: "back" },
  { key: "/", title: "findFeature" },
  { key: "Backspace", title: "keyCornerBack" },
  { key: "Alt", title: "keyNoSnap" },
  { key: "Shift", title: "keyMany" },
];
export const undo = (): void => void turn("undo");
export const redo = (): void => void turn("redo");
