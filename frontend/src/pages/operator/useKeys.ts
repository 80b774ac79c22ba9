/** Listens to the keyboard and does what the table says. */
import { useEffect } from "react";
import { actsOn } from "../../panels/keys";
import { isCovered } from "./drawers";
import { rowFor } from "./keyTable";

/** A pressed key as the table writes it. */
const named = (event: KeyboardEvent): string =>
  `${event.ctrlKey || event.metaKey ? "ctrl+" : ""}${event.key.toLowerCase()}`;

function onKey(event: KeyboardEvent): void {
  // Telex and VNI: what an input method is composing belongs to it, Escape and Enter too.
  if (event.isComposing || event.keyCode === 229 || event.key === "Process" || event.altKey) return;
  const key = named(event);
  const everywhere = key === "escape" || key.startsWith("ctrl+");
  if (!everywhere && (!actsOn(event) || isCovered())) return;
  const row = rowFor(key);
  if (!row) return;
  if (key !== "escape") event.preventDefault();
  row.act(key);
}

export function useKeys(): void {
  useEffect(() => {
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  }, []);
}
