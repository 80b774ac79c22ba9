/** Every key of the page and what it does: the one table that both the keyboard and the help read. */
import type { Key } from "../../language/messages";
import { setSingleKeys } from "../../panels/keys";
import { undoNewest } from "../../panels/undo";
import { openAmend } from "./cases/Amend";
import { press } from "./cases/doing";
import { VERBS } from "./cases/verbs";
import { desk, put, TABS } from "./desk";
import { arm, askHold, chooseNth, confirm } from "./dispatch/sending";
import { closeDrawers, flipDrawer, isOffered } from "./drawers";
import { takeIn } from "./intake/intake";
import { known } from "./queries";
import { DRAWERS } from "./registry";
import { toggleLayer } from "./shownLayers";
import { focusCheck } from "./units/units";
import { gravest } from "./watch/next";
import { acknowledge, confirmPin, nextNow, snooze } from "./watch/watching";

export interface KeyRow {
  /** `KeyboardEvent.key` in small letters, with `ctrl+` before it where that is held. */
  keys: readonly string[];
  words: Key;
  act: (key: string) => void;
  /** Whether it means anything now; what is not for this person is not in the help either. */
  offered?: () => boolean;
  /** Whether it acts with single keys switched off too. */
  always?: boolean;
}

const SEARCH = '[data-testid="search"]';
const search = (): void => document.querySelector<HTMLInputElement>(SEARCH)?.focus();
function go(by: number): void {
  const { selected, select } = desk();
  const items = known.queue();
  const next = items[Math.min(items.length - 1, Math.max(0, items.findIndex((one) => one.id === selected) + by))];
  if (next) select(next.id);
}
function take(): void {
  const worst = gravest(known.open());
  if (worst) desk().select(worst.id);
}
function fit(): void {
  const view = known.city()?.view;
  // The built-up city around its view: the bounds that data is accepted from are far wider.
  if (view) desk().map?.fitBounds([view.lon - 0.06, view.lat - 0.045, view.lon + 0.06, view.lat + 0.045]);
}
/** The cameras on the map, and those that see the case in hand come into sight. */
function cameras(): void {
  toggleLayer("cameras");
  document.querySelector('[data-testid="seeing"]')?.scrollIntoView({ block: "start" });
}
/** Back by one: the form, the armed dispatch, the search, the card, then every panel. */
function back(): void {
  const { asking, armed, words, clicked } = desk();
  if (asking) put({ asking: null });
  else if (armed !== null) put({ armed: null });
  else if (words) put({ words: "" });
  else if (clicked) put({ clicked: null });
  else closeDrawers();
}
function turn(by: number): void {
  const at = TABS.indexOf(desk().tab);
  put({ tab: TABS[(at + by + TABS.length) % TABS.length] ?? "new" });
}
/** The keyboard goes to the first thing of a kind in the case in hand; Tab goes on from there. */
const focusOn = (selector: string) => (): void => {
  const found = document.querySelector<HTMLElement>(`[data-testid="detail"] ${selector}`);
  found?.focus();
  found?.scrollIntoView({ block: "center" });
};
/** What is next, by its own key; a case without a place comes to hand, and then the search that finds one. */
function doNext(): void {
  const next = nextNow();
  if (next.kind !== "unplaced") runKey(next.key);
  else if (next.incident !== desk().selected) desk().select(next.incident);
  else search();
}
const isArmed = (): boolean => desk().armed !== null && desk().armed === desk().selected;

export const KEYS: readonly KeyRow[] = [
  { keys: ["g"], words: "keyTake", act: take },
  { keys: ["1", "2", "3", "4", "5", "6", "7", "8", "9"], words: "keyChoose", act: chooseNth },
  { keys: ["y"], words: "dispHoldKey", act: askHold },
  { keys: ["d"], words: "dispatch", act: arm },
  { keys: ["enter"], words: "confirm", act: confirm, always: true },
  { keys: ["x"], words: "keyNext", act: doNext },
  { keys: ["z"], words: "keyUndo", act: undoNewest },
  { keys: ["a"], words: "acknowledge", act: acknowledge },
  { keys: ["s"], words: "snooze", act: snooze },
  {
    keys: ["f2"],
    words: "casesAmend",
    act: () => openAmend(desk().selected),
    offered: () => desk().may("handle_cases"),
  },
  { keys: ["p"], words: "nextPin", act: confirmPin },
  { keys: ["b"], words: "unitKeyCheck", act: focusCheck, offered: () => desk().may("dispatch_units") },
  { keys: ["c"], words: "keyCameras", act: cameras },
  { keys: ["j", "k"], words: "keyMove", act: (key) => go(key === "j" ? 1 : -1) },
  { keys: ["[", "]"], words: "keyTab", act: (key) => turn(key === "]" ? 1 : -1) },
  { keys: ["."], words: "keyDeeds", act: focusOn('[data-testid="verb-bar"] button') },
  { keys: [","], words: "keyStep", act: focusOn('.playbook .todo [data-testid^="open-"]') },
  { keys: ["f"], words: "keyFit", act: fit },
  { keys: ["e"], words: "takeIn", act: takeIn },
  { keys: ["/"], words: "search", act: search },
  { keys: ["ctrl+k"], words: "search", act: search, always: true },
  { keys: ["escape"], words: "back", act: back, always: true },
];

/** The rows that mean something to whoever sits here. */
export const keyRows = (): readonly KeyRow[] =>
  [
    ...KEYS,
    ...VERBS.flatMap((verb): KeyRow[] =>
      verb.key && verb.verb !== "acknowledge" ? [{ keys: [verb.key], words: verb.words, act: () => press(verb) }] : [],
    ),
    ...DRAWERS.flatMap((one): KeyRow[] =>
      one.single
        ? [{ keys: [one.single], words: one.title, act: () => flipDrawer(one.key), offered: () => isOffered(one) }]
        : [],
    ),
  ].filter((row) => row.offered?.() ?? true);

/** What a key pressed now does; nothing where it means nothing. */
export function rowFor(key: string): KeyRow | undefined {
  if (key === "enter" && !isArmed()) return undefined;
  return keyRows().find((row) => row.keys.includes(key) && (row.always || desk().keysOn));
}

export function switchSingleKeys(on: boolean): void {
  setSingleKeys(on);
  put({ keysOn: on });
}

/** What the key does, whoever presses it: a hand, or the button of the next best thing. */
export const runKey = (key: string): void =>
  keyRows()
    .find((row) => row.keys.includes(key))
    ?.act(key);
