/** Writing what is in hand: only what differs travels, on the version that was opened. Layers with review go into the draft, others are stored at once. */
import { ApiProblem, send } from "../../api/client";
import type { ChangeSetEdit, Edit, Issue } from "../../api/edits";
import type { Layer } from "../../api/types";
import { say, useLanguage } from "../../language/store";
import { SHAPE } from "./Conflict";
import {
  alone,
  type Deleted,
  type Desk,
  desk,
  fail,
  inWords,
  isDirty,
  layerOf,
  put,
  type Target,
  tell,
  type Versioned,
} from "./desk";
import { addEdits, titled } from "./draft";
import { letGo } from "./hands";
import { drop, open, pickItem } from "./picking";
import { type Clash, changedOnly, clashes, faultsOf, fillable, fromBox, type Problems, type Values } from "./values";

/** What the boxes say, and what of it is no value. Of what nobody has stored or drafted yet, an empty box says nothing. */
export function readBoxes(of: Layer, { target, boxes }: Desk): { values: Values; problems: Problems } {
  const values: Values = {};
  const problems: Problems = {};
  const isNew = target?.fid === null;
  for (const field of of.fields.filter((one) => fillable(one, isNew))) {
    const meant = fromBox(boxes[field.name] ?? "", field);
    if ("problem" in meant) problems[field.name] = meant.problem;
    else if (!isNew || target?.item || (meant.value !== null && meant.value !== "")) values[field.name] = meant.value;
  }
  return { values, problems };
}

/** The form's values, or null with every fault beside its box. */
function read(of: Layer): Values | null {
  const { values, problems } = readBoxes(of, desk());
  put({ problems });
  return Object.keys(problems).length ? null : values;
}

function refused(error: unknown): void {
  if (!(error instanceof ApiProblem)) {
    fail(error);
    return;
  }
  const { body } = error;
  if (body.status === 412 && body.theirs) {
    put({ quarrel: body.theirs as Versioned, quarrelBase: (body.base as Versioned | null) ?? null });
    return;
  }
  if (body.status === 412 && body.deleted && body.fid === desk().target?.fid) {
    put({ deleted: body.deleted as Deleted });
    return;
  }
  // What the rules say is shown where a reason can be written to it.
  if (Array.isArray(body.issues)) put({ handIssues: body.issues as Issue[], panel: "issues" });
  put({ problems: faultsOf(body) });
  fail(error);
}

/** The feature in hand as an edit: what was changed of it, or all of what is new. Of what the draft makes, what was changed of the making. */
export function editInHand(now: Desk, values: Values): Edit | null {
  const layer = layerOf(now);
  const { target, geometry } = now;
  if (!layer || !target) return null;
  const isNew = target.fid === null;
  const properties = isNew && !target.item ? values : changedOnly(target.base, values);
  const shape = geometry ?? (isNew && !target.item ? target.geometry : null);
  return {
    layer: layer.slug,
    op: isNew ? "create" : "update",
    ...(isNew ? {} : { fid: target.fid, version: target.version }),
    ...(isNew || Object.keys(properties).length ? { properties } : {}),
    ...(shape ? { geometry: shape } : {}),
  };
}

export function save(): void {
  const now = desk();
  const layer = layerOf(now);
  const { target, geometry } = now;
  if (!layer || !target || !isDirty(now) || now.busy || now.quarrel || now.deleted) return;
  letGo();
  const values = read(layer);
  if (!values) return;
  if (target.fid === null && !geometry && !target.geometry) {
    tell("drawFirst");
    return;
  }
  const edit = editInHand(desk(), values);
  if (!edit) return;
  put({ words: null });
  void alone(() => (layer.review ? intoDraft(layer, target, edit) : store(layer, edit)), refused);
}

async function intoDraft(of: Layer, target: Target, edit: Edit): Promise<void> {
  const item = target.item?.edit.op === "create" ? target.item.item : null;
  const set = await addEdits(
    [item === null ? edit : { ...edit, op: "update", item }],
    titled("draftOf", inWords(of.title)),
  );
  const made: ChangeSetEdit | undefined = set.edits.find((one) =>
    item === null ? one.edit.layer === of.slug && one.edit.fid === edit.fid : one.item === item,
  );
  drop();
  if ((item !== null || edit.fid != null) && made?.after) pickItem(made);
  tell("inDraft", false);
}

const reasons = (): object => {
  const { because, document, accepted } = desk();
  return {
    ...(because.trim() ? { because: because.trim() } : {}),
    ...(document.trim() ? { document: document.trim() } : {}),
    ...(Object.keys(accepted).length ? { accepted } : {}),
  };
};

/** Stores one edit. What somebody else changed meanwhile in other fields is no conflict: it is kept, and said. */
async function store(of: Layer, edit: Edit): Promise<void> {
  const path = `/api/layers/${of.slug}/features`;
  const body = {
    ...(edit.properties ? { properties: edit.properties } : {}),
    ...(edit.geometry ? { geometry: edit.geometry } : {}),
    ...reasons(),
  };
  const done = (saved: Versioned, merged: string[]): void => {
    open(of, saved);
    put({ accepted: {} });
    if (merged.length) tell("savedMerged", false, `${merged.join(", ")} · v${saved.version ?? ""}`);
    else tell("saved", false, String(saved.version ?? ""));
  };
  if (edit.op === "create") {
    done((await send<Versioned>("POST", path, body)).body, []);
    return;
  }
  const patch = async (version: number): Promise<Versioned> =>
    (await send<Versioned>("PATCH", `${path}/${edit.fid}`, body, { "If-Match": `"v${version}"` })).body;
  try {
    done(await patch(edit.version ?? 0), []);
  } catch (error) {
    const theirs = error instanceof ApiProblem && error.body.mergeable ? (error.body.theirs as Versioned) : null;
    if (!theirs) throw error;
    const base = (error as ApiProblem).body.base as Versioned | null;
    done(await patch(theirs.version ?? 0), fieldsThatDiffer(of, base, theirs));
  }
}

/** The titles of what differs between two versions of a feature. */
function fieldsThatDiffer(of: Layer, base: Versioned | null, theirs: Versioned): string[] {
  const changed = changedOnly((base?.properties ?? {}) as Values, (theirs.properties ?? {}) as Values);
  const names = of.fields.filter((one) => one.name in changed).map((one) => inWords(one.title));
  return JSON.stringify(base?.geometry) === JSON.stringify(theirs.geometry)
    ? names
    : [...names, say("shape", useLanguage.getState().language)];
}

/** Stores several edits, all or none. */
export async function saveEdits(edits: readonly Edit[], because: string): Promise<void> {
  const { document, accepted } = desk();
  await send("POST", "/api/edits", { edits, because, document: document.trim(), accepted });
  put({ accepted: {} });
}

/** Brings back what somebody has deleted under the officer's hands: stored at once with what was changed here, or, where it needs a second person, into the draft. */
export function bringBack(): void {
  const { target, deleted, geometry } = desk();
  const layer = layerOf(desk());
  if (!layer || target?.fid == null || !deleted) return;
  const { fid, base } = target;
  const back = { fid, version: deleted.version, to_version: deleted.version - 1 };
  put({ words: null });
  void alone(async () => {
    if (layer.review) {
      await addEdits([{ layer: layer.slug, op: "restore", ...back }], titled("draftOf", inWords(layer.title)));
      drop();
      tell("inDraft", false);
      return;
    }
    const { body } = await send<Versioned>(
      "POST",
      `/api/layers/${layer.slug}/features/${fid}/restore`,
      { ...reasons(), version: back.to_version },
      { "If-Match": `"v${back.version}"` },
    );
    const changed = changedOnly((body.properties ?? {}) as Values, changedOnly(base, read(layer) ?? {}));
    put({ deleted: null });
    if (!geometry && !Object.keys(changed).length) open(layer, body);
    else
      await store(layer, {
        layer: layer.slug,
        op: "update",
        fid,
        version: body.version ?? 0,
        ...(Object.keys(changed).length ? { properties: changed } : {}),
        ...(geometry ? { geometry } : {}),
      });
  }, refused);
}

export function remove(): void {
  const { target } = desk();
  const layer = layerOf(desk());
  if (!layer || !target?.fid) return;
  const edit: Edit = { layer: layer.slug, op: "delete", fid: target.fid, version: target.version };
  const address = `/api/layers/${layer.slug}/features/${target.fid}`;
  void alone(async () => {
    if (layer.review) await addEdits([edit], titled("draftOf", inWords(layer.title)));
    else await send("DELETE", address, reasons(), { "If-Match": `"v${target.version}"` });
    drop();
    tell(layer.review ? "inDraft" : "removed", false);
  }, refused);
}

/** One attribute of every chosen feature: one set of edits, all or none. */
export function saveMany(name: string, value: unknown): void {
  const { picked, because } = desk();
  const layer = layerOf(desk());
  if (!layer || !picked.length) return;
  const edits: Edit[] = picked.map((one) => ({
    layer: layer.slug,
    op: "update",
    // What stands only in the draft is known by the edit that makes it.
    ...(one.id === undefined ? { item: one.item?.item ?? null } : { fid: Number(one.id), version: one.version ?? 0 }),
    properties: { [name]: value },
  }));
  put({ words: null });
  void alone(async () => {
    if (layer.review) await addEdits(edits, titled("draftOf", inWords(layer.title)));
    else await saveEdits(edits, because.trim());
    drop();
    tell(layer.review ? "inDraft" : "savedMany", false, layer.review ? "" : String(edits.length));
  }, refused);
}

/** What both sides changed of the target since it was opened; base is the copy that was opened here, whatever else the server remembers. */
export function quarrelRows(of: Desk): Clash[] {
  const layer = layerOf(of);
  const { quarrel, target, boxes, geometry } = of;
  if (!quarrel || !layer || !target) return [];
  const fields = layer.fields.filter((one) => one.editable);
  const mine: Values = {};
  for (const field of fields) {
    const meant = fromBox(boxes[field.name] ?? "", field);
    if ("value" in meant) mine[field.name] = meant.value;
  }
  const names = fields.map((one) => one.name);
  return [
    ...clashes(names, target.base, mine, (quarrel.properties ?? {}) as Values),
    ...clashes(
      [SHAPE],
      { [SHAPE]: target.geometry },
      { [SHAPE]: geometry ?? target.geometry },
      { [SHAPE]: quarrel.geometry },
    ),
  ];
}

export function resolve(chosen: Record<string, "mine" | "theirs">): void {
  const { target, quarrel, geometry } = desk();
  const layer = layerOf(desk());
  if (!layer || !target?.fid || !quarrel) return;
  const theirs = (quarrel.properties ?? {}) as Values;
  const mine = read(layer) ?? {};
  const properties = changedOnly(
    theirs,
    Object.fromEntries(
      Object.entries(mine).map(([name, value]) => [name, chosen[name] === "mine" ? value : theirs[name]]),
    ),
  );
  const shape = chosen[SHAPE] === "mine" ? geometry : null;
  if (!shape && !Object.keys(properties).length) {
    open(layer, quarrel);
    return;
  }
  const edit: Edit = {
    layer: layer.slug,
    op: "update",
    fid: target.fid,
    version: quarrel.version ?? 0,
    ...(Object.keys(properties).length ? { properties } : {}),
    ...(shape ? { geometry: shape } : {}),
  };
  put({ quarrel: null });
  void alone(() => store(layer, edit), refused);
}
