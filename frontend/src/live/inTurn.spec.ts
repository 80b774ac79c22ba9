import { expect, test } from "vitest";
import { inTurn } from "./inTurn";

test("what is asked for while it runs is done once more after, and whoever asked waits for that", async () => {
  const waiting = ["first"];
  const sent: string[][] = [];
  let running = 0;
  const flush = inTurn(async () => {
    expect(++running).toBe(1);
    const taken = waiting.splice(0);
    await new Promise((done) => setTimeout(done));
    sent.push(taken);
    running -= 1;
  });
  const begun = flush();
  waiting.push("second");
  await Promise.all([begun, flush(), flush()]);
  expect(sent).toEqual([["first"], ["second"]]);
  waiting.push("third");
  await flush();
  expect(sent.at(-1)).toEqual(["third"]);
});
test("a work that fails can be asked for again", async () => {
  let tries = 0;
  const work = inTurn(async () => {
    tries += 1;
    if (tries === 1) throw new Error("no network");
  });
  await expect(work()).rejects.toThrow("no network");
  await work();
  expect(tries).toBe(2);
});
