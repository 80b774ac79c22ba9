import { expect, test } from "vitest";
import { newest } from "./newest";

/** A question whose answer the test gives. */
function question() {
  let give: (words: string) => void = () => undefined;
  let refuse: (why: string) => void = give;
  const answer = new Promise<string>((done, fail) => {
    give = done;
    refuse = fail;
  });
  return { answer, give, refuse };
}

test("a slow answer to the older question does not replace the newer one, nor does its refusal", async () => {
  const asked = newest();
  const heard: string[] = [];
  const hear = (words: unknown): void => void heard.push(String(words));
  const [slow, refused, quick] = [question(), question(), question()];
  const all = [slow, refused, quick].map(({ answer }) => asked.ask(answer, hear, hear));
  quick.give("new");
  slow.give("old");
  refused.refuse("old refusal");
  await Promise.all(all);
  expect(heard).toEqual(["new"]);
});
test("what was dropped is heard no more, and a drop says whether anything was on its way", async () => {
  const asked = newest();
  const heard: string[] = [];
  const late = question();
  const answered = asked.ask(late.answer, (words) => heard.push(words));
  expect([asked.drop(), asked.drop()]).toEqual([true, false]);
  late.give("too late");
  await answered;
  await asked.ask(Promise.resolve("asked again"), (words) => heard.push(words));
  expect([heard, asked.drop()]).toEqual([["asked again"], false]);
});
test("a refusal of the newest question is told", async () => {
  const heard: unknown[] = [];
  await newest().ask(Promise.reject("no"), heard.push, (error) => heard.push(error));
  expect(heard).toEqual(["no"]);
});
