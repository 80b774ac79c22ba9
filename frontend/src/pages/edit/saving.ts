/** Writing the feature in hand: only what differs travels, on the version that was opened; a refusal stays beside its box. */
import { ApiProblem, send } from "../../api/client";
import type { Layer } from "../../api/types";
import { SHAPE } from "./Conflict";
import { type Desk, desk, fail, isDirty, layerOf, put, tell, type Versioned } from "./desk";
import { drop, open } from "./picking";
import { type Clash, changedOnly, clashes, faultsOf, fillable, fromBox, type Problems, type Values } from "./values";

/** The form's values, or null with every fault beside its box. */
function read(of: Layer): Values | null {
  const { target, boxes } = desk();
  const found: Values = {};
  const problems: Problems = {};
  const isNew = target?.fid === null;
  for (const field of of.fields.filter((one) => fillable(one, isNew))) {
    const meant = fromBox(boxes[field.name] ?? "", field);
    if ("problem" in meant) problems[field.name] = meant.problem;
    else if (!isNew || (meant.value !== null && meant.value !== "")) found[field.name] = meant.value;
  }
  put({ problems });
  return Object.keys(problems).length ? null : found;
}

function refused(error: unknown): void {
  if (!(error instanceof ApiProblem)) {
    fail(error);
    return;
  }
  if (error.body.status === 412 && error.body.theirs) {
    put({ quarrel: error.body.theirs as Versioned });
    return;
  }
  put({ problems: faultsOf(error.body) });
  fail(error);
}

export function save(): void {
  const now = desk();
  const layer = layerOf(now);
  const { target, geometry } = now;
  if (!layer || !target || !isDirty(now) || now.busy || now.quarrel) return;
  now.pen?.clear();
  put({ hand: "pick" });
  const values = read(layer);
  if (!values) return;
  if (target.fid === null && !geometry) {
    tell("drawFirst");
    return;
  }
  const properties = changedOnly(target.base, values);
  write(layer, target.fid, target.version, {
    ...(target.fid === null || Object.keys(properties).length ? { properties } : {}),
    ...(geometry ? { geometry } : {}),
  });
}

const reason = (): { because?: string } => {
  const because = desk().because.trim();
  return because ? { because } : {};
};

function write(of: Layer, fid: number | null, version: number, change: object): void {
  put({ busy: true, words: null });
  const body = { ...change, ...reason() };
  const path = `/api/layers/${of.slug}/features`;
  (fid === null
    ? send<Versioned>("POST", path, body)
    : send<Versioned>("PATCH", `${path}/${fid}`, body, { "If-Match": `"v${version}"` })
  )
    .then(({ body: saved }) => {
      open(of, saved);
      tell("saved", false, String(saved.version ?? ""));
    }, refused)
    .finally(() => put({ busy: false }));
}

export function remove(): void {
  const { target, busy } = desk();
  const layer = layerOf(desk());
  if (!layer || !target?.fid || busy) return;
  put({ busy: true });
  send("DELETE", `/api/layers/${layer.slug}/features/${target.fid}`, reason(), { "If-Match": `"v${target.version}"` })
    .then(() => {
      drop();
      tell("removed", false);
    }, refused)
    .finally(() => put({ busy: false }));
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
  put({ quarrel: null });
  write(layer, target.fid, quarrel.version ?? 0, {
    ...(Object.keys(properties).length ? { properties } : {}),
    ...(shape ? { geometry: shape } : {}),
  });
}
