import { expect, test } from "vitest";
import { actsOn } from "./keys";

const pressed = {
  key: "d",
  keyCode: 68,
  isComposing: false,
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  target: { tagName: "BODY" },
};
test("no shortcut while Telex or VNI composes, in inputs, or with a modifier", () => {
  expect(actsOn(pressed)).toBe(true);
  for (const change of [
    { isComposing: true },
    { keyCode: 229 },
    { key: "Process" },
    { ctrlKey: true },
    { target: { tagName: "INPUT" } },
    { target: { isContentEditable: true } },
  ])
    expect(actsOn({ ...pressed, ...change })).toBe(false);
});
