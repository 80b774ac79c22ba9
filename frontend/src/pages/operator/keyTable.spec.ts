import { beforeEach, expect, test, vi } from "vitest";
import { put, useDesk } from "./desk";
import { keyRows, rowFor, runKey } from "./keyTable";

vi.mock("@mantine/notifications", () => ({ notifications: { show: vi.fn() } }));
const history_ = { replaceState: vi.fn() };
beforeEach(() => {
  vi.stubGlobal("history", history_);
  vi.stubGlobal("location", { search: "" });
  put({ may: () => true, keysOn: true, armed: null, selected: null, panels: [] });
});

test("no key means two things, and what the help writes is what the keyboard finds", () => {
  const keys = keyRows().flatMap((row) => row.keys);
  expect(keys.toSorted()).toEqual([...new Set(keys)].toSorted());
  put({ armed: 1, selected: 1 });
  for (const row of keyRows()) for (const key of row.keys) expect(rowFor(key)?.words, key).toBe(row.words);
});
test("every key of the page's design stands in the table", () => {
  const keys = new Set(keyRows().flatMap((row) => row.keys));
  for (const key of "j k g v r m 1 2 3 d enter / ctrl+k n u c h l f a s t ? escape x z p".split(" "))
    expect(keys.has(key), key).toBe(true);
});
test("with single keys switched off only the keys that nobody types by chance act", () => {
  put({ keysOn: false, armed: 1, selected: 1 });
  const left = keyRows().flatMap((row) => row.keys.filter((key) => rowFor(key)));
  expect(left.toSorted()).toEqual(["ctrl+k", "enter", "escape"]);
});
test("Enter means something only while a dispatch is armed", () => {
  expect(rowFor("enter")).toBeUndefined();
  put({ armed: 1, selected: 1 });
  expect(rowFor("enter")?.words).toBe("confirm");
});
test("a panel that somebody may not open has no key for them and no line in their help", () => {
  put({ may: (permission) => permission !== "handle_cases" });
  expect(rowFor("n")).toBeUndefined();
});
test("a key opens its panel, the address says so, and one stands in each place", () => {
  runKey("u");
  expect(useDesk.getState().panels).toEqual(["units"]);
  expect(history_.replaceState).toHaveBeenLastCalledWith(null, "", "?panel=units");
  runKey("l");
  expect(useDesk.getState().panels).toEqual(["units", "layers"]);
  runKey("u");
  expect(useDesk.getState().panels).toEqual(["layers"]);
});
