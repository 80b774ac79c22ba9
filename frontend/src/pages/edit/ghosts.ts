/** What a deed would make, shown on the map with its areas and its issues before anything is stored; Enter puts it where it belongs. */
import { send } from "../../api/client";
import type { Edit, Issue } from "../../api/edits";
import type { Words } from "../../api/types";
import { type Area, desk, fail, type Ghosts, put, type Versioned, type Walk } from "./desk";
import { letGo } from "./hands";

interface Previewed {
  features: Versioned[];
  issues: Issue[];
  done?: unknown[];
}
interface LandPreviewed extends Previewed {
  /** What the land register calls the deed. */
  kind: string;
  edits: Edit[];
  /** The version of the draft that they were worked out amid; null outside of one. */
  draft_version: number | null;
  areas: Area[];
  before: Area[];
  walk: Walk | null;
  note: Words;
}

// Only the newest question may answer: a slow one must not put old ghosts over new ones.
let asked = 0;

/** Asks the land register's tools; null where a newer question overtook it. */
export async function landGhosts(question: object): Promise<LandPreviewed | null> {
  asked += 1;
  const mine = asked;
  const { body } = await send<LandPreviewed>("POST", "/api/land/preview", question);
  return mine === asked ? body : null;
}

/** What edits would make, of the layer's table as it is. */
export async function preview(edits: readonly Edit[]): Promise<Previewed> {
  return (await send<Previewed>("POST", "/api/edits/preview", { edits })).body;
}

export function showGhosts(ghosts: Ghosts): void {
  put({ ghosts, words: null });
}
export const noGhosts = (): void => {
  asked += 1;
  put({ ghosts: null });
};

export const isBlocked = (ghosts: Ghosts): boolean =>
  !ghosts.fix && ghosts.issues.some((one) => one.severity === "error");

export function acceptGhosts(): void {
  const { ghosts, busy } = desk();
  if (!ghosts || busy || isBlocked(ghosts)) return;
  put({ busy: true });
  ghosts
    .accept()
    .then(letGo, fail)
    .finally(() => put({ busy: false }));
}
