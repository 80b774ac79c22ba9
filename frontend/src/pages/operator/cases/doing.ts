/** Doing a verb with the case in hand. */
import { post } from "../../../api/client";
import type { Incident, IncidentDetail } from "../../../api/types";
import { desk, put } from "../desk";
import { known } from "../queries";
import { mergeLikeliest } from "./joining";
import type { Verb } from "./verbs";

export type Body = Record<string, unknown>;
/** The case that a verification is on its way for: a dispatch pressed meanwhile counts. */
let verifying: number | null = null;
export const isVerifying = (id: number): boolean => verifying === id;

export function act(verb: string, body: Body = {}): void {
  const { selected: id, take, tell } = desk();
  if (id === null) return;
  if (verb === "verify") verifying = id;
  post<IncidentDetail>(`/api/incidents/${id}/${verb}`, body)
    .then((detail) => {
      take(detail);
      // Whoever went on to another case may be writing there.
      if (desk().selected === id) put({ asking: null });
    }, tell)
    .finally(() => {
      if (verb === "verify") verifying = null;
    });
}

/** A verb by its key: at once, or asking for its words; nothing where the case does not allow it. */
export function press(verb: Verb): void {
  const { selected } = desk();
  if (selected === null) return;
  const item = known.item();
  const listed = known.open().find((each) => each.id === selected);
  // Not read yet: what the list knows; read: only what is allowed.
  if (item ? !item.allowed.includes(verb.verb) : alreadyDone(verb.verb, listed)) return;
  if (verb.verb === "merge" && item && mergeLikeliest(item)) return;
  if (verb.ask) put({ asking: verb });
  else act(verb.verb);
}

const alreadyDone = (verb: string, listed: Incident | undefined): boolean =>
  (verb === "verify" && Boolean(listed?.verified_at)) || (verb === "acknowledge" && Boolean(listed?.acknowledged_at));
