import { expect, test } from "vitest";
import { age, ageInWords, secondsSince } from "./age";

test("ages change shape at an hour and at a day", () => {
  expect([age(-3), age(14), age(3599), age(3723), age(273_600)]).toEqual([
    "00:00",
    "00:14",
    "59:59",
    "1:02:03",
    "3d 04h",
  ]);
  expect(secondsSince("2026-01-01T00:00:00+07:00", Date.parse("2025-12-31T17:00:30Z"))).toBe(30);
});
test("an age in words is one that can be read aloud", () => {
  expect([ageInWords(9, "vi"), ageInWords(74, "vi"), ageInWords(3720, "vi"), ageInWords(74, "en")]).toEqual([
    "9 giây",
    "1 phút 14 giây",
    "1 giờ 2 phút",
    "1 min 14 s",
  ]);
});
