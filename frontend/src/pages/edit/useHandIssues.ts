/** While a feature is changed, the rules are asked what they would say of it, a moment after the last change. */
import { useEffect } from "react";
import type { Edit } from "../../api/edits";
import { useNewest } from "../../panels/useNewest";
import { type Desk, desk, isDirty, layerOf, put, useDesk } from "./desk";
import { preview } from "./ghosts";
import { editInHand, readBoxes } from "./saving";

const PAUSE_MS = 500;
// A draft of many edits would be written and taken back for each of them: its own issues come with it anyway.
const MOST_TOGETHER = 30;

/** The edit in hand, or null while nothing is changed or a box says something that is no value. */
function inHand(now: Desk): Edit | null {
  const layer = layerOf(now);
  if (!layer || !now.target || !isDirty(now)) return null;
  const { values, problems } = readBoxes(layer, now);
  if (Object.keys(problems).length) return null;
  const edit = editInHand(now, values);
  const own = edit && now.target.item ? folded(now.target.item.edit, edit) : edit;
  return own?.op === "create" && !own.geometry ? null : own;
}

const folded = (first: Edit, then: Edit): Edit => ({
  ...first,
  ...then,
  properties: { ...first.properties, ...then.properties },
});

/** Everything that waits here, with further edits on top: the draft's edits, then the one in hand, then these. */
export function amid(now: Desk, more: readonly Edit[]): Edit[] {
  const own = inHand(now);
  const drafted = (now.draft?.edits ?? []).filter((one) => !own || one.item !== now.target?.item?.item);
  const waiting = drafted.length <= MOST_TOGETHER ? drafted.map((one) => one.edit) : [];
  const all = own ? [...waiting, own] : waiting;
  for (const edit of more) {
    // What is only being drawn has no fid: it is the one in hand.
    const at =
      edit.fid == null
        ? own?.op === "create" && edit.op === "create"
          ? all.indexOf(own)
          : -1
        : all.findIndex((one) => one.layer === edit.layer && one.fid === edit.fid);
    if (at < 0) all.push(edit);
    else all[at] = folded(all[at] as Edit, edit);
  }
  return all;
}

export function useHandIssues(): void {
  const { boxes, geometry, target, draft } = useDesk();
  const dirty = useDesk(isDirty);
  const asked = useNewest();
  useEffect(() => {
    if (!dirty) {
      if (desk().handIssues) put({ handIssues: null });
      return;
    }
    const wait = setTimeout(() => {
      if (!inHand(desk())) return;
      void asked.ask(
        preview(amid(desk(), [])),
        ({ issues }) => put({ handIssues: issues }),
        // What is refused for another reason says so when it is saved.
        () => put({ handIssues: null }),
      );
    }, PAUSE_MS);
    return () => {
      asked.drop();
      clearTimeout(wait);
    };
  }, [asked, dirty, boxes, geometry, target?.version, draft?.version]);
}
