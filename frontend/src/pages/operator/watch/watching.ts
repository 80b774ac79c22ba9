/** What is done about a call: taking it, silencing it for a while, confirming where a case is, doing the next best thing. */
import { post } from "../../../api/client";
import type { IncidentDetail } from "../../../api/types";
import { act } from "../cases/doing";
import { client, desk, put } from "../desk";
import { known } from "../queries";
import type { Calling } from "./callings";
import { isUncertain, type Next, nextBest } from "./next";
import { knownCallings } from "./useCallings";

export const SNOOZE_S = 60;

/** The case in hand where it can be acknowledged, otherwise whatever calls loudest. */
export function acknowledge(): void {
  const first = knownCallings()[0];
  if (known.item()?.allowed.includes("acknowledge")) act("acknowledge");
  else if (first) takeCall(first);
}

/** Its case comes to hand. A case that nobody took is taken as a case; what else calls for it is taken with it, all at once. */
export function takeCall(call: Calling): void {
  const { select, take, tell } = desk();
  if (call.incident !== null) select(call.incident);
  if (call.unheard) post<IncidentDetail>(`/api/incidents/${call.incident}/acknowledge`).then(take, tell);
  if (call.taken !== null)
    post(`/api/alarms/${call.taken}/acknowledge`, { with_case: true }).then(
      () => client.invalidateQueries({ queryKey: ["alarms"] }),
      tell,
    );
}

/** Silence for a minute in this window; what is new after it is heard. */
export function snooze(): void {
  const keys = new Set(knownCallings().flatMap((one) => one.parts));
  if (keys.size) put({ snooze: { keys, until_ms: Date.now() + SNOOZE_S * 1000 } });
}

/** The uncertain place is right: said by the operator, a step of the case for every screen. Another place said meanwhile is not overwritten. */
export function confirmPin(): void {
  const item = known.item();
  if (!item || item.lon === null || !isUncertain(item)) return;
  const { take, tell } = desk();
  const said = { lon: item.lon, lat: item.lat, source: "operator", accuracy_m: null, version: item.version };
  post<IncidentDetail>(`/api/incidents/${item.id}/place`, said).then(take, tell);
}

export const nextNow = (): Next => {
  const { selected, armed, leaving, may } = desk();
  return nextBest({
    open: known.open(),
    item: known.item(),
    candidates: known.candidates(),
    callings: knownCallings(),
    selected,
    armed,
    sending: leaving.size > 0,
    now_ms: Date.now(),
    may,
  });
};
