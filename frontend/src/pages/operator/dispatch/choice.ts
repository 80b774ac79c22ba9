/** Which units are chosen and for which role: the recommended set until somebody touches it; and what of it needs a reason in writing. */
import { create } from "zustand";
import type { Candidate, Candidates, CardRole } from "../../../api/types";
import { put } from "../desk";

export const MOST_SHOWN = 9;
type Roles = ReadonlyMap<number, string>;

export interface Choice {
  /** Unit → role of the run card; "" where none of them fits. */
  roles: Roles;
  /** Whether the operator has changed what was recommended. */
  touched: boolean;
  /** What is being asked before the order goes: why, or how long to hold. */
  asking: "because" | "hold" | null;
}
const NOTHING: Choice = { roles: new Map(), touched: false, asking: null };
export const useChosen = create<Choice>(() => NOTHING);
export const forgetChoice = (): void => useChosen.setState(NOTHING);

/** The recommended first, by the card's order; then the others by arrival. Digits count in this order. */
export function shownOf(found: Candidates): Candidate[] {
  const order = new Map((found.recommended ?? []).map((pick, i) => [pick.responder, i]));
  const first = found.candidates
    .filter((one) => order.has(one.responder.id))
    .sort((a, b) => (order.get(a.responder.id) ?? 0) - (order.get(b.responder.id) ?? 0));
  const others = found.candidates.filter((one) => !order.has(one.responder.id));
  return [...first, ...others].slice(0, Math.max(MOST_SHOWN, first.length));
}

/** The set that stands preselected: what is recommended; where no card says it, the first to arrive of those equipped, or the first. */
export function recommendedSet(found: Candidates): Roles {
  const there = new Set(found.candidates.map((one) => one.responder.id));
  const picks = (found.recommended ?? []).filter((pick) => there.has(pick.responder));
  if (picks.length) return new Map(picks.map((pick) => [pick.responder, pick.role]));
  // Whom the card does not ask for nobody preselects: one more is a choice.
  if ((found.card?.version ?? 0) > 0) return new Map();
  const only = found.candidates.find((one) => one.fits !== false) ?? found.candidates[0];
  return only ? new Map([[only.responder.id, roleFor(only, found, new Map())]]) : new Map();
}

/** The role that a unit would be sent for: the recommended one, else the first that still wants somebody, else the first that it fits. */
export function roleFor(one: Candidate, found: Candidates, chosen: Roles): string {
  if (one.recommended) return one.recommended;
  const fits = (role: CardRole): boolean => one.roles?.some((row) => row.code === role.code && row.fits) ?? false;
  const fitting = found.card?.roles.filter(fits) ?? [];
  const taken = [...chosen.values()];
  const open = (role: CardRole): boolean => role.out + taken.filter((code) => code === role.code).length < role.count;
  return (fitting.find(open) ?? fitting[0])?.code ?? "";
}

/** In or out of the set; the unit touched last is the one whose way the map shows. */
export function toggle(one: Candidate, found: Candidates): void {
  useChosen.setState((was) => {
    const roles = new Map(was.roles);
    if (!roles.delete(one.responder.id)) roles.set(one.responder.id, roleFor(one, found, roles));
    return { roles, touched: true, asking: null };
  });
  put({ chosen: one.responder.id, armed: null });
}

/** Those chosen who are still among the candidates, in the order shown. */
export const chosenOf = (found: Candidates | undefined, roles: Roles): Candidate[] =>
  found ? shownOf(found).filter((one) => roles.has(one.responder.id)) : [];

/** Whether sending these needs a reason: doubts, a role that one does not fit, or another than the recommended. The server asks the same. */
export function wantsReason(found: Candidates, roles: Roles): boolean {
  const card = (found.card?.version ?? 0) > 0;
  return chosenOf(found, roles).some((one) => {
    const role = roles.get(one.responder.id);
    const unfit = one.roles?.some((row) => row.code === role && !row.fits) ?? false;
    return (one.doubts?.some((doubt) => doubt.code !== "refused") ?? false) || (card && (!one.recommended || unfit));
  });
}
