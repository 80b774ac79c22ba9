import { expect, test } from "vitest";
import { countingAt, only } from "./standing";

const now = Date.parse("2026-11-26T12:00:00Z");
const spell = (id: number, starts_at: string, ends_at: string | null) => ({ id, properties: { starts_at, ends_at } });

test("what has begun and has not ended counts, whatever offset its moments are told in", () => {
  const rows = [
    spell(1, "2026-11-26T18:59:59+07:00", null),
    spell(2, "2026-11-26T11:00:00Z", "2026-11-26T12:00:00Z"),
    spell(3, "2026-11-26T11:00:00Z", "2026-11-26T19:00:01+07:00"),
    spell(4, "2026-11-26T12:00:01Z", null),
  ];
  expect(countingAt(rows, now)).toEqual([1, 3]);
});

test("a layer's own filter stays", () => {
  expect(only([1, 3])).toEqual(["in", ["id"], ["literal", [1, 3]]]);
  expect(only([], ["==", ["get", "factor"], 0])).toEqual([
    "all",
    ["==", ["get", "factor"], 0],
    ["in", ["id"], ["literal", []]],
  ]);
});
