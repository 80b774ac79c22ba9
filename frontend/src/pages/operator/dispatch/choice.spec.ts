import { beforeEach, expect, test } from "vitest";
import type { Candidate, Candidates } from "../../../api/types";
import { chosenOf, forgetChoice, recommendedSet, roleFor, shownOf, toggle, useChosen, wantsReason } from "./choice";

const one = (id: number, more: Partial<Candidate> = {}): Candidate =>
  ({
    responder: { id, code: `U-${id}` },
    travel_s: id * 60,
    roles: [{ code: "engine", fits: id !== 3, missing: [] }],
    doubts: [],
    fits: id !== 3,
    ...more,
  }) as unknown as Candidate;

const found = (more: Partial<Candidates> = {}): Candidates =>
  ({
    candidates: [one(1), one(2, { recommended: "engine" }), one(3), one(4, { recommended: "engine" })],
    recommended: [
      { responder: 4, role: "engine" },
      { responder: 2, role: "engine" },
    ],
    card: { slug: "fire", version: 1, title: {}, roles: [{ code: "engine", count: 2, out: 0, optional: false }] },
    ...more,
  }) as unknown as Candidates;

const ids = (list: Candidate[]): number[] => list.map((each) => each.responder.id);

beforeEach(forgetChoice);

test("the recommended stand first in the card's order, the others by arrival", () => {
  expect(ids(shownOf(found()))).toEqual([4, 2, 1, 3]);
});

test("the whole recommended set is preselected", () => {
  expect([...recommendedSet(found())]).toEqual([
    [4, "engine"],
    [2, "engine"],
  ]);
});

test("where no card is in force the first equipped one is, and where a card recommends nobody nobody is", () => {
  const bare = found({ recommended: [], candidates: [one(3), one(1)] });
  expect(recommendedSet(bare).size).toBe(0);
  (bare.card as { version: number }).version = 0;
  expect([...recommendedSet(bare)]).toEqual([[1, "engine"]]);
});

test("a digit takes a unit in and out again, and a touched set is the operator's", () => {
  const all = found();
  toggle(all.candidates[0] as Candidate, all);
  expect(useChosen.getState()).toMatchObject({ touched: true });
  expect(ids(chosenOf(all, useChosen.getState().roles))).toEqual([1]);
  toggle(all.candidates[0] as Candidate, all);
  expect(useChosen.getState().roles.size).toBe(0);
});

test("a unit takes the role that still wants somebody", () => {
  const two = found();
  two.card?.roles.push({ code: "cordon", count: 1, out: 0, optional: false, title: { vi: "", en: "" }, within_s: 1 });
  const both = one(1, {
    roles: [
      { code: "engine", fits: true, missing: [] },
      { code: "cordon", fits: true, missing: [] },
    ],
  });
  const taken = new Map([
    [8, "engine"],
    [9, "engine"],
  ]);
  expect(roleFor(both, two, taken)).toBe("cordon");
  expect(roleFor(one(3), two, new Map())).toBe("");
});

test("as recommended needs no reason; another, an unfit and a doubted one do", () => {
  const all = found();
  expect(wantsReason(all, recommendedSet(all))).toBe(false);
  expect(wantsReason(all, new Map([[1, "engine"]]))).toBe(true);
  const held = found({ candidates: [one(2, { recommended: "engine", doubts: [{ code: "held", vi: "", en: "" }] })] });
  expect(wantsReason(held, new Map([[2, "engine"]]))).toBe(true);
  const noCard = found({ candidates: [one(1)], recommended: [] });
  (noCard.card as { version: number }).version = 0;
  expect(wantsReason(noCard, new Map([[1, ""]]))).toBe(false);
});
