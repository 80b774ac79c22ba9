/** While a feature is changed, the rules are asked what they would say of it, a moment after the last change. */
import { useEffect } from "react";
import type { Edit } from "../../api/edits";
import { type Desk, desk, isDirty, layerOf, put, useDesk } from "./desk";
import { preview } from "./ghosts";
import { editInHand } from "./saving";
import { fillable, fromBox, type Values } from "./values";

const PAUSE_MS = 500;
// A draft of many edits would be written and taken back for each of them: its own issues come with it anyway.
const MOST_TOGETHER = 30;

/** The edit in hand with the draft's others around it, or null while a box says something that is no value. */
function together(now: Desk): Edit[] | null {
  const layer = layerOf(now);
  if (!layer || !now.target) return null;
  const values: Values = {};
  for (const field of layer.fields.filter((one) => fillable(one, now.target?.fid === null))) {
    const meant = fromBox(now.boxes[field.name] ?? "", field);
    if ("problem" in meant) return null;
    if (meant.value !== null && meant.value !== "") values[field.name] = meant.value;
  }
  const own = editInHand(now, values);
  if (!own || (own.op === "create" && !own.geometry)) return null;
  const others = layer.review ? (now.draft?.edits ?? []) : [];
  const rest = others.filter((one) => one.item !== now.target?.item?.item).map((one) => one.edit);
  const item = now.target.item;
  const mine = item ? { ...item.edit, ...own, properties: { ...item.edit.properties, ...own.properties } } : own;
  return rest.length <= MOST_TOGETHER ? [...rest, mine] : [mine];
}

export function useHandIssues(): void {
  const { boxes, geometry, target, draft } = useDesk();
  const dirty = useDesk(isDirty);
  useEffect(() => {
    if (!dirty) {
      if (desk().handIssues) put({ handIssues: null });
      return;
    }
    let over = false;
    const wait = setTimeout(() => {
      const edits = together(desk());
      if (!edits) return;
      preview(edits).then(
        ({ issues }) => !over && put({ handIssues: issues }),
        // What is refused for another reason says so when it is saved.
        () => !over && put({ handIssues: null }),
      );
    }, PAUSE_MS);
    return () => {
      over = true;
      clearTimeout(wait);
    };
  }, [dirty, boxes, geometry, target?.version, draft?.version]);
}
