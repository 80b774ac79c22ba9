/** The keys of the editor: single letters only outside of boxes and only while they are switched on. */
import { useEffect } from "react";
import { actsOn } from "../../panels/keys";
import { desk, isDirty, layerOf } from "./desk";
import { simpleOf } from "./draw";
import { begin, drop, reshape, settle } from "./picking";
import { save } from "./saving";
import { DRAW_KEY } from "./Tools";

function press(event: KeyboardEvent): void {
  if (event.isComposing || event.keyCode === 229 || event.key === "Process") return;
  const now = desk();
  if (now.hand === "look") return;
  const layer = layerOf(now);
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "s") {
    event.preventDefault();
    save();
    return;
  }
  if (event.key === "Escape") {
    if (now.hand === "reshape") settle(false);
    else if (now.hand === "draw") drop();
    else if (!isDirty(now) && !now.quarrel) drop();
    return;
  }
  if (!actsOn(event) || !layer || now.hand !== "pick") return;
  const key = event.key.toLowerCase();
  const drawn = simpleOf(layer.geometry);
  if (key === "e" && now.target) reshape();
  if (drawn && key === DRAW_KEY[drawn]) begin();
}

export function useKeys(): void {
  useEffect(() => {
    addEventListener("keydown", press);
    return () => removeEventListener("keydown", press);
  }, []);
}
