import { expect, test } from "vitest";
import { type Draft, dropDraft, isWorthKeeping, keepDraft, readDraft } from "./draft";

function store(): Storage {
  const kept = new Map<string, string>();
  return {
    getItem: (name: string) => kept.get(name) ?? null,
    setItem: (name: string, value: string) => void kept.set(name, value),
    removeItem: (name: string) => void kept.delete(name),
  } as unknown as Storage;
}
const draft: Draft = {
  key: "k",
  category: "house_fire",
  severity: null,
  channel: "phone",
  where: "none",
  spot: null,
  place_name: "",
  description: "khói",
  reporter_name: "",
  reporter_phone: "",
  accuracy: "",
  call: null,
  saved_ms: 1_000,
};

test("a draft is its writer's alone, for a shift, and gone once it has arrived", () => {
  const here = store();
  keepDraft(7, draft, here);
  expect(readDraft(7, 2_000, here)?.description).toBe("khói");
  expect(readDraft(8, 2_000, here)).toBeNull();
  expect(readDraft(7, 13 * 3_600_000, here)).toBeNull();
  dropDraft(7, here);
  expect(readDraft(7, 2_000, here)).toBeNull();
});
test("a spoiled store is an empty one", () => {
  const here = store();
  here.setItem("report-draft:7", "{");
  expect(readDraft(7, 2_000, here)).toBeNull();
});
test("an untouched form is not worth keeping", () => {
  expect(isWorthKeeping({ ...draft, description: "" })).toBe(false);
  expect(isWorthKeeping(draft)).toBe(true);
});
