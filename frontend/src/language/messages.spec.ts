import { expect, test } from "vitest";
import { MESSAGES } from "./messages";

test("every key speaks both languages", () => {
  for (const [key, [vi, en]] of Object.entries(MESSAGES)) {
    expect(vi.trim(), key).not.toBe("");
    expect(en.trim(), key).not.toBe("");
    expect(vi, key).not.toBe(en);
  }
});
