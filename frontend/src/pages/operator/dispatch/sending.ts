/** Sending the chosen unit, with the seconds in which it can be taken back; and the steps recorded on a unit's behalf. */
import { post } from "../../../api/client";
import type { Assignment, Candidate, IncidentDetail } from "../../../api/types";
import type { Key } from "../../../language/messages";
import { say, useLanguage } from "../../../language/store";
import { offer } from "../../../panels/undo";
import { isVerifying } from "../cases/doing";
import { desk, put } from "../desk";
import { isDispatchable, known } from "../queries";

const UNDO_S = 5;
const STEP_UNDO_S = 10;
const AT_ONCE = 5;
// Enter pressed before the candidates are there counts this long; later it would send a unit nobody looked at.
const TYPE_AHEAD_MS = 3000;
let eager_ms = 0;
export const isEager = (): boolean => Date.now() - eager_ms < TYPE_AHEAD_MS;
export const forgetEnter = (): void => {
  eager_ms = 0;
};

const t = (key: Key): string => say(key, useLanguage.getState().language);
export const picked = (): Candidate | undefined =>
  known.candidates()?.candidates.find((one) => one.responder.id === desk().chosen);
/** The first to arrive of those equipped for it; where nobody is, the first to arrive. */
export const recommended = (ranked: readonly Candidate[]): Candidate | undefined =>
  ranked.find((one) => one.fits !== false) ?? ranked[0];

export const choose = (chosen: number): void => put({ chosen });
export function arm(): void {
  const { selected, may } = desk();
  const item = known.item();
  // Before the candidates are there too: the next Enter then waits for them.
  if (selected === null || !may("dispatch_units")) return;
  if (!item || isDispatchable(item, may) || isVerifying(selected)) put({ armed: selected });
}
/** Enter on an armed dispatch. */
export function confirm(): void {
  if (picked()) dispatch();
  else eager_ms = Date.now();
}

const leave = (unit: number, going: boolean): void =>
  put((was) => {
    const leaving = new Set(was.leaving);
    if (going) leaving.add(unit);
    else leaving.delete(unit);
    return { leaving };
  });

export function dispatch(): void {
  const { take, tell } = desk();
  const item = known.item();
  const unit = picked()?.responder;
  if (!item || !unit) return;
  const asks = unit.authority === "requested";
  const label = `${unit.code} → ${item.code}`;
  forgetEnter();
  put({ armed: null });
  leave(unit.id, true);
  const send = () =>
    post<IncidentDetail>(`/api/incidents/${item.id}/dispatch`, { responders: [unit.id] })
      .then(take)
      .finally(() => leave(unit.id, false));
  if (item.severity < AT_ONCE) {
    offer({
      words: `${t(asks ? "asking" : "sending")} ${label}`,
      seconds: UNDO_S,
      commit: () => void send().catch(tell),
      undo: () => leave(unit.id, false),
    });
    return;
  }
  send().then((detail) => {
    const made = detail.assignments.filter((one) => one.responder.id === unit.id).at(-1);
    if (made)
      offer({
        words: `${t(asks ? "asked" : "sent")} ${label}`,
        seconds: UNDO_S,
        undo: () =>
          void post<IncidentDetail>(`/api/assignments/${made.id}/cancel`, { reason: t("undo") }).then(take, tell),
      });
  }, tell);
}

export function step(assignment: Assignment, verb: string, reason?: string): void {
  const { take, tell } = desk();
  post<IncidentDetail>(`/api/assignments/${assignment.id}/${verb}`, reason ? { reason } : {}).then((detail) => {
    take(detail);
    if (!reason)
      offer({
        words: `${assignment.responder.code}: ${t(verb as Key)}`,
        seconds: STEP_UNDO_S,
        undo: () => void post<IncidentDetail>(`/api/assignments/${assignment.id}/undo`).then(take, tell),
      });
  }, tell);
}
