/** Walks what the server's own test recorded of every event kind: after the page has heard the events, nothing that it holds is old and believed. */
import { describe, expect, test, vi } from "vitest";
import type { Change } from "../../api/types";
import { client } from "./desk";
import kinds from "./kinds.golden.json";
import { apply, madeStale } from "./useOperations";

vi.mock("@mantine/notifications", () => ({ notifications: { show: vi.fn() } }));

interface Step {
  name: string;
  changes: Change[];
  before: [unknown[], unknown][];
  after: [unknown[], unknown][];
}
/** What changes by the clock alone, not by an event. */
const CLOCKS = new Set(["as_of", "computed_at", "position_age_s", "eta", "fresh", "age_s"]);
/** A place comes back from the city's metres with its last digit turned: a tenth of a millimetre is the same place. */
const DIGITS = 9;
const settled = (name: string, value: unknown): unknown =>
  CLOCKS.has(name) ? undefined : typeof value === "number" ? Number(value.toFixed(DIGITS)) : value;
const plain = (found: unknown): unknown => JSON.parse(JSON.stringify(found, settled));

/** Kinds that change nothing which this page holds: what each is about is read elsewhere, or when it is opened. */
const NOTHING_HERE: Record<string, string> = {};

test("every kind of event that the server can say makes something old, or is named as one that does not", () => {
  for (const { kind, layer } of kinds) {
    const heard = kind === "responder.moved" || madeStale({ kind, layer }).length > 0;
    expect(heard !== kind in NOTHING_HERE, `${layer} ${kind}`).toBe(true);
  }
});

const file = (globalThis as unknown as { process: { env: Record<string, string | undefined> } }).process.env
  .NBIOC_STORY;
const told: Step[] = file ? (await import(/* @vite-ignore */ file)).default : [];
describe.skipIf(!file)("the story of every verb", () => {
  test.each(told.map((step) => [step.name, step] as const))("%s", (_, step) => {
    client.clear();
    for (const [key, answer] of step.before) client.setQueryData(key, answer);
    apply(step.changes);
    for (const [key, answer] of step.after) {
      const state = client.getQueryState(key);
      const believed = state?.isInvalidated === false;
      if (believed) expect(plain(client.getQueryData(key)), JSON.stringify(key)).toEqual(plain(answer));
    }
  });
});
