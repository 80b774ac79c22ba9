/** An assignment's steps on the phone: what a deed that still waits has already changed, and what an answer means for it. */
import { ApiProblem } from "../../api/client";
import type { MyAssignment } from "../../api/types";

const AFTER: Record<string, { status: string; next: string | null }> = {
  accept: { status: "accepted", next: "enroute" },
  enroute: { status: "enroute", next: "on_scene" },
  on_scene: { status: "on_scene", next: "clear" },
  clear: { status: "cleared", next: null },
  decline: { status: "declined", next: null },
};

/** The list as it will be when the waiting deeds have arrived. */
export function foreseen(
  assignments: readonly MyAssignment[],
  waiting: readonly { assignment: number; verb: string }[],
): (MyAssignment & { foreseen: boolean })[] {
  return assignments.map((one) => {
    const shown = { ...one, foreseen: false };
    for (const deed of waiting)
      if (deed.assignment === one.id) Object.assign(shown, AFTER[deed.verb], { foreseen: true });
    return shown;
  });
}

/** After an error: ask again later, sign in first, or show the refusal to the person who did it. */
export function meaning(error: unknown): "later" | "sign-in" | "refused" {
  if (!(error instanceof ApiProblem)) return "later";
  const { status } = error.body;
  if (status === 401) return "sign-in";
  return status >= 500 || status === 429 || status === 408 || status === 403 ? "later" : "refused";
}
