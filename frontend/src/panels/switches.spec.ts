import { beforeEach, expect, test, vi } from "vitest";
import { remembered, switches, turn } from "./switches";

const kept = new Map<string, string>();
beforeEach(() =>
  vi.stubGlobal("localStorage", {
    getItem: (name: string) => kept.get(name) ?? null,
    setItem: (name: string, text: string) => kept.set(name, text),
  }),
);

test("a switch is remembered, and rubbish in the store is as good as nothing", () => {
  turn("sound", false);
  expect(remembered(kept.get("nbioc.switches") ?? null)).toEqual({
    sound: false,
    voice: false,
    notify: false,
    night: false,
  });
  for (const rubbish of ["", "null", "[]", '{"sound":"no"}', "{"]) expect(remembered(rubbish).sound).toBe(true);
});
test("the night speaks and sounds; its voice can be switched off by itself", () => {
  turn("sound", false);
  turn("night", true);
  expect(switches()).toMatchObject({ night: true, voice: true, sound: true });
  turn("voice", false);
  expect(switches()).toMatchObject({ night: true, voice: false });
});
