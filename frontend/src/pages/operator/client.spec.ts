import { QueryObserver } from "@tanstack/react-query";
import { afterEach, expect, test } from "vitest";
import { Client } from "./client";

const KEY = ["case", 7];
const gone: (() => void)[] = [];
afterEach(() => {
  for (const one of gone.splice(0)) one();
});

/** A screen that shows the answer of KEY, and a server whose answers the test gives one by one. */
function screen() {
  const client = new Client({ defaultOptions: { queries: { retry: false } } });
  const asked: ((answer: string) => void)[] = [];
  const shown: unknown[] = [];
  const observer = new QueryObserver(client, {
    queryKey: KEY,
    queryFn: () => new Promise<string>((give) => asked.push(give)),
  });
  gone.push(observer.subscribe(({ data }) => shown.at(-1) !== data && shown.push(data)));
  const answer = async (nth: number, words: string): Promise<void> => {
    asked[nth]?.(words);
    await settle();
  };
  return { client, asked, shown, answer };
}
const settle = async (): Promise<void> => {
  for (let i = 0; i < 3; i++) await new Promise((done) => setTimeout(done));
};

test("news that come while the first answer is on its way are asked for after it", async () => {
  const { client, asked, shown, answer } = screen();
  void client.invalidateQueries({ queryKey: ["case"] });
  await answer(0, "read before the news");
  expect(asked).toHaveLength(2);
  await answer(1, "read after");
  expect(shown.filter((one) => one !== undefined)).toEqual(["read before the news", "read after"]);
  expect(asked).toHaveLength(2);
});
test("news that come faster than the answers do not keep them from being shown, and are asked for once", async () => {
  const { client, asked, shown, answer } = screen();
  await answer(0, "first");
  void client.invalidateQueries({ queryKey: ["case"] });
  for (let i = 0; i < 5; i++) void client.invalidateQueries({ queryKey: ["case"] });
  expect(asked).toHaveLength(2);
  await answer(1, "second");
  expect(shown.at(-1)).toBe("second");
  await answer(2, "third");
  expect([shown.at(-1), asked.length]).toEqual(["third", 3]);
});
test("whoever waits for the news to be read waits for the question that was asked after them", async () => {
  const { client, answer } = screen();
  await answer(0, "first");
  void client.invalidateQueries({ queryKey: ["case"] });
  let read = false;
  void client.invalidateQueries({ queryKey: ["case"] }).then(() => {
    read = true;
  });
  await answer(1, "asked before the news");
  expect(read).toBe(false);
  await answer(2, "asked after");
  expect(read).toBe(true);
});
test("a verb's answer is not undone by a question that was on its way, and is asked again", async () => {
  const { client, asked, shown, answer } = screen();
  await answer(0, "new");
  void client.invalidateQueries({ queryKey: ["case"] });
  client.hold(KEY, "verified");
  await answer(1, "new");
  expect(shown.at(-1)).toBe("verified");
  expect(asked).toHaveLength(3);
  await answer(2, "verified, and assigned since");
  expect(shown.at(-1)).toBe("verified, and assigned since");
});
test("a verb's answer comes before the case was ever read", async () => {
  const { client, shown, answer } = screen();
  client.hold(KEY, "verified");
  await answer(0, "new");
  expect(shown.at(-1)).toBe("verified");
  await answer(1, "verified");
  expect(shown.at(-1)).toBe("verified");
});
