import { expect, test } from "vitest";
import type { Incident } from "../../../api/types";
import { clashes, decided, meets, opened, typed, valuesOf } from "./draft";

const stood = { version: 3, category: "house_fire", severity: 4, place_name: "Chợ", description: "Khói" } as Incident;
const later = (more: Partial<Incident>): Incident => ({ ...stood, version: 4, ...more });

test("another window's change comes in where nothing is typed, and what is typed stays", () => {
  const met = meets(typed(opened(stood), "description", "Khói đen"), later({ severity: 5 }));
  expect(met).toEqual({
    version: 4,
    base: { ...valuesOf(stood), severity: 5 },
    mine: { description: "Khói đen" },
    came: ["severity"],
  });
});
test("a clash keeps both and holds the draft on its version until it is decided", () => {
  const now = later({ description: "Lửa", severity: 5 });
  const met = meets(typed(opened(stood), "description", "Khói đen"), now);
  expect(met.version).toBe(3);
  expect(met.base.severity).toBe(5);
  expect(clashes(met, valuesOf(now))).toEqual([
    { field: "description", base: "Khói", mine: "Khói đen", theirs: "Lửa" },
  ]);
  expect(decided(met, "description", "mine", now)).toMatchObject({ version: 4, mine: { description: "Khói đen" } });
  expect(decided(met, "description", "theirs", now)).toMatchObject({
    version: 4,
    mine: {},
    base: { description: "Lửa" },
  });
});
test("the same written twice is no clash and nothing to send", () => {
  const met = meets(typed(opened(stood), "description", "Lửa"), later({ description: "Lửa" }));
  expect(met).toMatchObject({ version: 4, mine: {} });
});
test("two clashes are decided one by one; the version follows the last", () => {
  const now = later({ description: "Lửa", place_name: "Bến" });
  const both = meets(typed(typed(opened(stood), "description", "A"), "place_name", "B"), now);
  const once = decided(both, "description", "mine", now);
  expect(once.version).toBe(3);
  expect(decided(once, "place_name", "theirs", now)).toMatchObject({ version: 4, mine: { description: "A" } });
});
test("typed back to what stood, nothing is left to send; an older word changes nothing", () => {
  const draft = typed(typed(opened(stood), "severity", 5), "severity", 4);
  expect(draft.mine).toEqual({});
  expect(meets(draft, { ...stood, version: 2, severity: 1 })).toBe(draft);
});
test("while the first clash waits, a third writer's word is met too", () => {
  const met = meets(typed(opened(stood), "description", "A"), later({ description: "B" }));
  const again = meets(met, { ...stood, version: 5, description: "C", severity: 2 });
  expect(again.base.severity).toBe(2);
  expect(clashes(again, { ...valuesOf(stood), description: "C" })[0]).toMatchObject({ mine: "A", theirs: "C" });
});
