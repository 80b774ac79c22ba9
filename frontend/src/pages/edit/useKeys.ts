/** The keys of the editor: single letters only outside of boxes and only while they are switched on; keys with Ctrl always. */
import { useEffect } from "react";
import { actsOn } from "../../panels/keys";
import { submitNow } from "./DraftPanel";
import { type Desk, desk, put } from "./desk";
import { back } from "./hands";
import { confirm } from "./land/land";
import { save } from "./saving";
import { sketched, unsketch } from "./sketch";
import { redo, TOOLS, undo } from "./tools";

const CONTROLLED: Record<string, () => void> = { s: save, enter: submitNow, y: redo };

/** Ctrl+Z takes back the last corner of a line that is being drawn, else the last step in the draft. */
const undoHere = (): void => (sketched().length ? unsketch() : undo());

const typing = (event: KeyboardEvent): boolean =>
  ["INPUT", "TEXTAREA", "SELECT"].includes((event.target as HTMLElement | null)?.tagName ?? "");

function control(event: KeyboardEvent): void {
  const key = event.key.toLowerCase();
  // In a box the browser's own undo is meant.
  const deed = key === "z" ? (typing(event) ? undefined : event.shiftKey ? redo : undoHere) : CONTROLLED[key];
  if (!deed || (key === "y" && typing(event))) return;
  event.preventDefault();
  deed();
}

function plain(event: KeyboardEvent, now: Desk): void {
  if (!actsOn(event)) return;
  if (event.key === "Enter") {
    // A button that has the focus is pressed by Enter.
    if ((event.target as HTMLElement | null)?.tagName !== "BUTTON" || now.ghosts || now.hand === "split") {
      if (now.ghosts || ["split", "adjust"].includes(now.hand)) {
        event.preventDefault();
        confirm();
      }
    }
    return;
  }
  if (event.key === "Backspace") {
    unsketch();
    return;
  }
  if (event.key === "/" && now.keysOn) {
    event.preventDefault();
    document.getElementById("find")?.focus();
    return;
  }
  const tool = TOOLS.find((one) => one.key.toLowerCase() === event.key.toLowerCase());
  if (!tool || (!now.keysOn && tool.id !== "help") || !tool.shown(now) || !tool.able(now)) return;
  event.preventDefault();
  tool.act();
}

function press(event: KeyboardEvent): void {
  if (event.isComposing || event.keyCode === 229 || event.key === "Process") return;
  const now = desk();
  if (now.hand === "look" || now.help) return;
  if (event.ctrlKey || event.metaKey) control(event);
  else if (event.key === "Escape") {
    if (now.words) put({ words: null });
    back();
  } else plain(event, now);
}

export function useKeys(): void {
  useEffect(() => {
    addEventListener("keydown", press);
    return () => removeEventListener("keydown", press);
  }, []);
}
