/** What a deed would make, shown on the map with its areas and its issues before anything is stored; Enter puts it where it belongs. */
import { post } from "../../api/client";
import type { Edit, Issue } from "../../api/edits";
import type { Words } from "../../api/types";
import { type Area, alone, desk, type Ghosts, ghostsAsked, put, type Versioned, type Walk } from "./desk";
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

/** Asks the land register's tools. */
export const landPreview = (question: object): Promise<LandPreviewed> =>
  post<LandPreviewed>("/api/land/preview", question);

/** What edits would make, of the layer's table as it is. */
export const preview = (edits: readonly Edit[]): Promise<Previewed> => post<Previewed>("/api/edits/preview", { edits });

export function showGhosts(ghosts: Ghosts): void {
  put({ ghosts, words: null });
}
export const noGhosts = (): void => {
  ghostsAsked.drop();
  put({ ghosts: null });
};

export const isBlocked = (ghosts: Ghosts): boolean =>
  !ghosts.fix && ghosts.issues.some((one) => one.severity === "error");

export function acceptGhosts(): void {
  const { ghosts } = desk();
  if (ghosts && !isBlocked(ghosts)) void alone(() => ghosts.accept().then(letGo));
}
