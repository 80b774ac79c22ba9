import { expect, test } from "vitest";
import { withParameter } from "./tile-address";

const TEMPLATE = "http://city/tiles/parcels/{z}/{x}/{y}.mvt";

test("a parameter is set once however often it is set", () => {
  const once = withParameter(TEMPLATE, "changed", "1");
  expect(withParameter(once, "changed", "2")).toBe(`${TEMPLATE}?changed=2`);
});

test("a moment's colons and plus sign survive the address", () => {
  expect(withParameter(TEMPLATE, "as_of", "2026-01-02T03:04:05+07:00")).toBe(
    `${TEMPLATE}?as_of=2026-01-02T03%3A04%3A05%2B07%3A00`,
  );
});

test("one parameter goes and the other stays", () => {
  const both = withParameter(withParameter(TEMPLATE, "changed", "4"), "as_of", "now");
  expect(withParameter(both, "changed", null)).toBe(`${TEMPLATE}?as_of=now`);
  expect(withParameter(withParameter(both, "changed", null), "as_of", null)).toBe(TEMPLATE);
});
