/** The draft on the desk: edits go into it, come out of it, are undone and redone, and are handed to whoever publishes. */
import { get, send } from "../../api/client";
import type { ChangeSet, ChangeSetEdit, Edit, OpenedChangeSet } from "../../api/edits";
import { newest } from "../../api/newest";
import { say, useLanguage } from "../../language/store";
import { gathered } from "../../live/gathered";
import { listen } from "../../live/stream";
import { desk, fail, isDirty, put, tell, type Versioned } from "./desk";
import { drop } from "./picking";
import { byRecord, type Kept, kept, steps, together } from "./steps";

const MOST_REMEMBERED = 50;

const address = (id: number): string => `/api/changesets/${id}`;
const tag = (set: ChangeSet): Record<string, string> => ({ "If-Match": `"v${set.version}"` });
export const writable = (set: OpenedChangeSet | null): set is OpenedChangeSet => set?.may.includes("edit") ?? false;

/** The same draft as it is now; what undo remembers stays. */
export async function reread(): Promise<void> {
  const { draft, busy } = desk();
  if (!draft || busy) return;
  const now = await get<OpenedChangeSet>(address(draft.id));
  // What was written here meanwhile is newer than what was asked for.
  if (desk().draft?.id === now.id && now.version >= (desk().draft?.version ?? 0)) put({ draft: now });
}

const REREAD_MS = 1000;
/** While a draft is open it is read again when anything changes: somebody else may have decided on it, or edited what it edits. */
export function watchDraft(): () => void {
  const changed = gathered<null>(() => void reread().catch(() => undefined), REREAD_MS);
  const waiting = (): void => {
    if (desk().draft) changed.put(null);
  };
  const deaf = listen({ change: waiting, refetch: waiting });
  return () => {
    deaf();
    changed.stop();
  };
}

const draftAsked = newest();
/** Opens a draft, unless another is asked for before it is here. Answers whether it is open. */
export async function openDraft(id: number, refused: (error: unknown) => void = fail): Promise<boolean> {
  await draftAsked.ask(get<OpenedChangeSet>(address(id)), (draft) => put({ draft, past: [], future: [] }), refused);
  return desk().draft?.id === id;
}

export function closeDraft(): void {
  if (isDirty(desk())) {
    tell("unsaved");
    return;
  }
  drop();
  draftAsked.drop();
  put({ draft: null, past: [], future: [], accepted: {} });
}

export async function beginDraft(title: string): Promise<OpenedChangeSet> {
  draftAsked.drop();
  const { body } = await send<OpenedChangeSet>("POST", "/api/changesets", { title });
  put({ draft: body, past: [], future: [], accepted: {} });
  return body;
}

/** The draft that edits go into: the open one, or a new one with the name of the first deed. */
async function anyDraft(title: string): Promise<OpenedChangeSet> {
  const { draft } = desk();
  return writable(draft) ? draft : beginDraft(title);
}

const remember = (before: readonly ChangeSetEdit[]): void =>
  put((was) => ({ past: [...was.past, kept(before)].slice(-MOST_REMEMBERED), future: [] }));

async function add(
  set: OpenedChangeSet,
  edits: readonly Edit[],
  record: unknown,
  { replaces = [], on = null }: { replaces?: readonly number[]; on?: number | null } = {},
): Promise<OpenedChangeSet> {
  const { body } = await send<OpenedChangeSet>(
    "POST",
    `${address(set.id)}/edits`,
    { edits, ...(record ? { record } : {}), ...(replaces.length ? { replaces } : {}) },
    on === null ? {} : { "If-Match": `"v${on}"` },
  );
  put({ draft: body });
  return body;
}

/** Puts edits into the draft, which must still be at the version `on` where one is named. Throws what the server refuses; nothing has changed then. */
export async function addEdits(
  edits: readonly Edit[],
  title: string,
  record: unknown = null,
  on: number | null = null,
): Promise<OpenedChangeSet> {
  const set = await anyDraft(title);
  const made = await add(set, edits, record, { on });
  remember(set.edits);
  return made;
}

/** Says that the draft's words hold over what somebody else has done meanwhile: the same edit, made on what stands now. */
export async function keepMine(item: ChangeSetEdit): Promise<void> {
  const version = (item.before as Versioned | null)?.version;
  const set = desk().draft;
  if (!set || version === undefined) return;
  await add(set, [{ ...item.edit, version }], item.record, { replaces: [item.item] });
  remember(set.edits);
}

/** A mark that no other deed has. Not a UUID: those need a secure address, which a city's own network may lack. */
export const deedMark = (): string => `${Date.now().toString(36)}${Math.random().toString(36).slice(2, 8)}`;

/** Takes an edit out of the draft, with all of its deed. */
export async function takeOut(item: number): Promise<void> {
  const set = desk().draft;
  if (!set) return;
  let now = set;
  for (const one of together(set.edits, item))
    now = (await send<OpenedChangeSet>("DELETE", `${address(set.id)}/edits/${one}`)).body;
  remember(set.edits);
  put({ draft: now });
}

/** Brings the draft to a state that was remembered. */
async function walk(to: readonly Kept[]): Promise<void> {
  const set = desk().draft;
  if (!set) return;
  const { out, put: wanted } = steps(set.edits, to);
  let now: OpenedChangeSet = set;
  const groups = byRecord(wanted);
  // What comes takes the place of what goes, so that the server never judges a state between.
  if (groups.length === 0)
    for (const item of out) now = (await send<OpenedChangeSet>("DELETE", `${address(set.id)}/edits/${item}`)).body;
  for (const [i, { edits, record }] of groups.entries())
    now = await add(now, edits, record, i === 0 ? { replaces: out } : {});
  put({ draft: now });
}

/** Takes the last step in the draft back, or makes it again. */
export async function turn(way: "undo" | "redo"): Promise<void> {
  const { draft, past, future, busy } = desk();
  const to = way === "undo" ? past.at(-1) : future.at(-1);
  if (!writable(draft) || !to || busy) return;
  if (isDirty(desk())) {
    tell("unsaved");
    return;
  }
  drop();
  put({ busy: true });
  try {
    await walk(to);
    const here = kept(draft.edits);
    put(
      way === "undo"
        ? { past: past.slice(0, -1), future: [...future, here] }
        : { past: [...past, here], future: future.slice(0, -1) },
    );
    tell(way === "undo" ? "undidStep" : "redidStep", false);
  } catch (error) {
    fail(error);
    put({ busy: false });
    await reread().catch(() => undefined);
  } finally {
    put({ busy: false });
  }
}

/** Hands the draft to whoever publishes. Throws what stands in the way. */
export async function submitDraft(because: string, document: string): Promise<void> {
  const { draft, accepted } = desk();
  if (!draft) return;
  const { body } = await send<OpenedChangeSet>(
    "POST",
    `${address(draft.id)}/submit`,
    { because, document, accepted },
    tag(draft),
  );
  put({ draft: body, past: [], future: [] });
  tell("submitted", false);
}

/** Takes a submitted set back to go on with it; gives a draft up. */
export async function withdrawDraft(): Promise<void> {
  const { draft } = desk();
  if (!draft) return;
  const { body } = await send<OpenedChangeSet>("POST", `${address(draft.id)}/withdraw`, {}, tag(draft));
  if (body.status !== "withdrawn") {
    put({ draft: body });
    return;
  }
  drop();
  put({ draft: null, past: [], future: [], accepted: {} });
}

/** What a draft is called when its first edit names it. */
export const titled = (key: Parameters<typeof say>[0], what: string): string =>
  `${say(key, useLanguage.getState().language)} ${what}`.trim();
