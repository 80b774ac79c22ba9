/** Sending the chosen set, with the seconds in which it can be taken back; holding a unit; and the steps recorded on a unit's behalf. */
import { ApiProblem, send as ask, post } from "../../../api/client";
import type { Assignment, Candidate, Hold, IncidentDetail } from "../../../api/types";
import type { Key } from "../../../language/messages";
import { say, useLanguage } from "../../../language/store";
import { offer } from "../../../panels/undo";
import { isVerifying } from "../cases/doing";
import { client, desk, put } from "../desk";
import { isDispatchable, known } from "../queries";
import { isUncertain } from "../watch/next";
import { chosenOf, forgetChoice, shownOf, toggle, useChosen, wantsReason } from "./choice";

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
const chosen = (): Candidate[] => chosenOf(known.candidates(), useChosen.getState().roles);

/** A digit: the unit that stands at this place of the list, in or out of the set. */
export function chooseNth(digit: string): void {
  const found = known.candidates();
  const one = found && shownOf(found)[Number(digit) - 1];
  if (found && one) toggle(one, found);
}
export function arm(): void {
  const { selected, may } = desk();
  const item = known.item();
  // Before the candidates are there too: the next Enter then waits for them.
  if (selected === null || !may("dispatch_units")) return;
  // Nobody is sent to a place that may be streets away before somebody has looked at it.
  if (item && isUncertain(item)) return;
  if (!item || isDispatchable(item, may) || isVerifying(selected)) put({ armed: selected });
}
/** Enter on an armed dispatch: sends, or asks why where it is not as recommended. */
export function confirm(): void {
  const found = known.candidates();
  if (!found || !chosen().length) eager_ms = Date.now();
  else if (wantsReason(found, useChosen.getState().roles)) useChosen.setState({ asking: "because" });
  else dispatch();
}

const leave = (units: readonly Candidate[], going: boolean): void =>
  put((was) => {
    const leaving = new Set(was.leaving);
    for (const one of units) {
      if (going) leaving.add(one.responder.id);
      else leaving.delete(one.responder.id);
    }
    return { leaving };
  });

export function dispatch(because = ""): void {
  const { take, tell } = desk();
  const item = known.item();
  const units = chosen();
  if (!item || !units.length) return;
  const { roles } = useChosen.getState();
  const asks = units.every((one) => one.responder.authority === "requested");
  const label = `${units.map((one) => one.responder.code).join(", ")} → ${item.code}`;
  const body = { units: units.map(({ responder: { id } }) => ({ responder: id, role: roles.get(id) ?? "" })), because };
  forgetEnter();
  put({ armed: null });
  leave(units, true);
  const send = () =>
    post<IncidentDetail>(`/api/incidents/${item.id}/dispatch`, body)
      .then((detail) => {
        take(detail);
        return detail;
      })
      .finally(() => leave(units, false));
  const refused = (error: unknown): void => {
    tell(error);
    // What the page could not know: the unit went off its shift, or was held meanwhile.
    if (
      error instanceof ApiProblem &&
      ["reason_needed", "unit_off"].includes(error.body.code) &&
      desk().selected === item.id
    )
      useChosen.setState({ roles, touched: true, asking: "because" });
  };
  forgetChoice();
  if (item.severity < AT_ONCE) {
    offer({
      words: `${t(asks ? "asking" : "sending")} ${label}`,
      seconds: UNDO_S,
      commit: () => void send().catch(refused),
      undo: () => leave(units, false),
    });
    return;
  }
  send().then((detail) => {
    const made = units.flatMap(
      (unit) => detail.assignments.filter((one) => one.responder.id === unit.responder.id).at(-1) ?? [],
    );
    offer({
      words: `${t(asks ? "asked" : "sent")} ${label}`,
      seconds: UNDO_S,
      undo: () => void takeBack(made).then(take, tell),
    });
  }, refused);
}

/** One after the other: each answer is the case as it stands then. */
async function takeBack(made: readonly Assignment[]): Promise<IncidentDetail> {
  let detail: IncidentDetail | undefined;
  for (const one of made)
    detail = await post<IncidentDetail>(`/api/assignments/${one.id}/cancel`, { reason: t("undo") });
  if (!detail) throw new Error("nothing was sent");
  return detail;
}

/** The form that holds the unit touched last. */
export function askHold(): void {
  if (desk().chosen !== null && desk().may("dispatch_units")) useChosen.setState({ asking: "hold" });
}
function holdUntil(body: object, minutes: number): void {
  const until = new Date(Date.now() + minutes * 60_000).toISOString();
  post<Hold>("/api/reservations", { ...body, until }).then(() => {
    useChosen.setState({ asking: null });
    holdsChanged();
  }, desk().tell);
}
export const hold = (responder: number, incident: number, minutes: number, because: string): void =>
  holdUntil({ responder, incident, because }, minutes);
export const holdForArea = (responder: number, area: string, minutes: number, because: string): void =>
  holdUntil({ responder, area: area.slice(0, 120), because: because.slice(0, 300) }, minutes);
export function release(id: number): void {
  ask("DELETE", `/api/reservations/${id}`).then(holdsChanged, desk().tell);
}
function holdsChanged(): void {
  for (const key of ["holds", "candidates", "case"]) void client.invalidateQueries({ queryKey: [key] });
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
