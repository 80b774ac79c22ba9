import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { commitAll, offer, undoNewest, useOffers } from "./undo";

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

test("an offer nobody takes back is carried out once, at its end", () => {
  const commit = vi.fn();
  offer({ words: "x", seconds: 5, commit });
  vi.advanceTimersByTime(4900);
  expect(commit).not.toHaveBeenCalled();
  vi.advanceTimersByTime(10_000);
  expect(commit).toHaveBeenCalledTimes(1);
  expect(useOffers.getState().offers).toEqual([]);
});
test("an undone offer is never carried out; the newest goes first", () => {
  const [commit, undo, other] = [vi.fn(), vi.fn(), vi.fn()];
  offer({ words: "first", seconds: 5, commit: other });
  offer({ words: "second", seconds: 5, commit, undo });
  undoNewest();
  vi.advanceTimersByTime(6000);
  expect(commit).not.toHaveBeenCalled();
  expect(undo).toHaveBeenCalledTimes(1);
  expect(other).toHaveBeenCalledTimes(1);
});
test("leaving the page carries out what was promised", () => {
  const commit = vi.fn();
  offer({ words: "x", seconds: 5, commit });
  commitAll();
  vi.advanceTimersByTime(6000);
  expect(commit).toHaveBeenCalledTimes(1);
});
test("what was done by two presses is offered once, what still waits to be done twice", () => {
  const [undo, commit] = [vi.fn(), vi.fn()];
  for (let press = 0; press < 2; press++) offer({ words: "done", seconds: 5, undo });
  expect(useOffers.getState().offers).toHaveLength(1);
  for (let press = 0; press < 2; press++) offer({ words: "to do", seconds: 5, commit });
  commitAll();
  expect([commit.mock.calls.length, undo.mock.calls.length]).toEqual([2, 0]);
});
