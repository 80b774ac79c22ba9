/** The verbs of a case as a table: key, words, and what each must be told before it can be done. */
import type { Key } from "../../../language/messages";

export type Ask = "reason" | "note" | "text" | "merge" | "link" | "divide" | "forward" | "transfer" | "outcome";
export interface Verb {
  verb: string;
  words: Key;
  key?: string;
  ask?: Ask;
  required?: boolean;
}

/** In the order that the buttons stand; `dispatch` is not here: it belongs to the candidates. */
export const VERBS: readonly Verb[] = [
  { verb: "acknowledge", words: "acknowledge", key: "a" },
  { verb: "verify", words: "verify", key: "v" },
  { verb: "under_control", words: "under_control" },
  { verb: "resolve", words: "resolve", ask: "note" },
  { verb: "close", words: "closeCase", ask: "outcome" },
  { verb: "answer", words: "answer", ask: "text", required: true },
  { verb: "forward", words: "forward", ask: "forward" },
  { verb: "transfer", words: "transfer", ask: "transfer" },
  { verb: "reject", words: "reject", key: "r", ask: "reason", required: true },
  { verb: "merge", words: "merge", key: "m", ask: "merge" },
  { verb: "divide", words: "casesDivide", ask: "divide" },
  { verb: "link", words: "casesLink", ask: "link" },
  { verb: "promote", words: "casesPromote", ask: "reason", required: true },
  { verb: "demote", words: "casesDemote", ask: "reason", required: true },
  { verb: "undo_speed", words: "casesUndoSpeed" },
  { verb: "note", words: "note", key: "t", ask: "text", required: true },
  { verb: "cancel", words: "cancelCase", ask: "reason", required: true },
  { verb: "reopen", words: "reopen", ask: "reason", required: true },
];

export const NEXT_STEP: Record<string, { verb: string; words: Key } | undefined> = {
  requested: { verb: "accept", words: "accept" },
  assigned: { verb: "accept", words: "accept" },
  accepted: { verb: "enroute", words: "enroute" },
  enroute: { verb: "on_scene", words: "on_scene" },
  on_scene: { verb: "clear", words: "clear" },
};
export const ENDED = new Set(["cleared", "declined", "cancelled"]);

/** How an entry of the log is called; a verb's own words serve for the rest. */
export const KINDS: Record<string, Key> = {
  report: "reported",
  reported: "reported",
  dispatch: "sent",
  reserve: "dispHeldEntry",
  unit_overdue: "dispOverdueEntry",
  undo: "undone",
  playbook: "playbooks",
  step: "playbookStep",
  attach: "attached",
  place: "placed",
  ask: "linkMade",
  unask: "linkRevoked",
  phone: "phoneSaid",
  picture: "callersPhoto",
  call: "callLinked",
  detach: "detached",
  merged: "casesMerged",
  moved: "casesMoved",
  split: "casesSplit",
  split_off: "casesSplit",
  divide: "casesDivided",
  link: "casesPartOf",
  unlink: "casesUnlink",
  part_linked: "casesFamily",
  part_unlinked: "casesFamily",
  amend: "casesAmend",
  restrict: "casesRestrict",
  unrestrict: "casesUnrestrict",
  admit: "casesAdmit",
  dismiss: "casesDismiss",
  unit_accept: "accept",
  unit_decline: "decline",
  unit_enroute: "enroute",
  unit_on_scene: "on_scene",
  unit_clear: "clear",
  unit_cancel: "cancelAssignment",
  unit_check: "unitWell",
  unit_help: "unitHelpEntry",
  opinion: "opinions",
};
export const wordsOfKind = (kind: string, t: (key: Key) => string): string => {
  const words = KINDS[kind] ?? VERBS.find((one) => one.verb === kind)?.words;
  return words ? t(words) : kind;
};
