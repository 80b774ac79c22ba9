import { expect, test } from "vitest";
import type { Fix } from "./better";
import { surest } from "./surest";

const fix = (accuracy_m: number): Fix => ({ lon: 105.815, lat: 9.8165, accuracy_m });
const settle = (): Promise<void> => new Promise((done) => setTimeout(done));

test("the surest fix is sent though a coarse one was still on its way when it was found", async () => {
  const sent: number[] = [];
  const arrived: (() => void)[] = [];
  const fixes = surest(({ accuracy_m }) => {
    sent.push(accuracy_m);
    return new Promise((done) => arrived.push(done));
  });
  for (const accuracy_m of [1400, 300, 12]) fixes.put(fix(accuracy_m));
  expect(sent).toEqual([1400]);
  arrived[0]?.();
  await settle();
  expect(sent).toEqual([1400, 12]);
});
test("what was not taken is no reason to keep silent about the next", async () => {
  const sent: number[] = [];
  const fixes = surest(async ({ accuracy_m }) => {
    sent.push(accuracy_m);
    if (sent.length === 1) throw new Error("no network");
  });
  fixes.put(fix(20));
  await settle();
  fixes.put(fix(22));
  await settle();
  fixes.put(fix(21));
  await settle();
  fixes.again();
  fixes.put(fix(21));
  expect(sent).toEqual([20, 22, 21]);
});
