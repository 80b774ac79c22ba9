import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { gathered } from "./gathered";

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

test("the first word acts at once, a burst acts together, nothing is lost or said twice", () => {
  const deed = vi.fn();
  const words = gathered<number>(deed, 250);
  for (const one of [1, 2, 3]) words.put(one);
  expect(deed.mock.calls).toEqual([[[1]]]);
  vi.advanceTimersByTime(250);
  expect(deed.mock.calls).toEqual([[[1]], [[2, 3]]]);
  vi.advanceTimersByTime(5000);
  words.put(4);
  expect(deed).toHaveBeenCalledTimes(3);
});
test("stopped, what waits is dropped", () => {
  const deed = vi.fn();
  const words = gathered<number>(deed, 250);
  words.put(1);
  words.put(2);
  words.stop();
  vi.advanceTimersByTime(1000);
  expect(deed).toHaveBeenCalledTimes(1);
});
