import { expect, test } from "vitest";
import { awayFrom, isMoving, nextWait_ms, problemsCsv, shareOf, stageOf, whyOut } from "./imports";

test("each status has its stage, and no import at all is the first", () => {
  expect([stageOf(null), stageOf("queued"), stageOf("asking"), stageOf("ready"), stageOf("writing")]).toEqual([
    "file",
    "reading",
    "asking",
    "report",
    "done",
  ]);
});

test("what waits for a person is not asked again and again", () => {
  expect([isMoving("reading"), isMoving("writing"), isMoving("asking"), isMoving("ready")]).toEqual([
    true,
    true,
    false,
    false,
  ]);
  expect([nextWait_ms(0), nextWait_ms(1), nextWait_ms(40)]).toEqual([500, 750, 5000]);
});

test("a share is told only where the whole is known", () => {
  expect([shareOf({ done: 5, total: 10 }), shareOf({ done: 5, total: 0 }), shareOf({ done: 12, total: 10 })]).toEqual([
    0.5,
    null,
    1,
  ]);
});

test("problems become a sheet whose words cannot act", () => {
  const sheet = problemsCsv(
    [
      { feature: 7, code: "bad_value", reason: '=HYPERLINK("http://x")', lonlat: [105.8, -9.8] },
      { feature: 8, code: "outside", reason: "xa, ngoài", lonlat: null },
    ],
    ["Dòng", "Mã", "Lý do", "Kinh độ", "Vĩ độ"],
    (one) => one.reason,
  );

  expect(sheet.split("\r\n")).toEqual([
    "\ufeffDòng,Mã,Lý do,Kinh độ,Vĩ độ",
    `7,bad_value,"'=HYPERLINK(""http://x"")",105.8,-9.8`,
    '8,outside,"xa, ngoài",,',
    "",
  ]);
});

test("why a row stays out is told in words, and a code that is new here is not swallowed", () => {
  const row = (code: string, reason: string) => ({ feature: 1, code, reason, lonlat: null });
  const t = (key: string): string => `<${key}>`;

  expect(whyOut(row("out_of_extent", "out_of_extent"), t)).toBe("<rowOutside>");
  expect(whyOut(row("bad_value", "sau: 'x' is not float"), t)).toBe("<rowBadValue>: sau: 'x' is not float");
  expect(whyOut(row("something_new", "its words"), t)).toBe("its words");
});

test("a landing is so far in a direction: north first, clockwise", () => {
  const city = [105.7, 9.7, 105.9, 9.9] as const;
  expect(awayFrom(city, { lon: 105.8, lat: 10.8 })).toMatchObject({ turn: 0 });
  expect(awayFrom(city, { lon: 106.8, lat: 9.8 })).toMatchObject({ turn: 2 });
  expect(awayFrom(city, { lon: 105.8, lat: 8.8 })).toMatchObject({ turn: 4 });
  expect(awayFrom(city, { lon: 104.8, lat: 9.8 })).toMatchObject({ turn: 6 });
  expect(awayFrom(city, { lon: 105.8, lat: 10.8 }).km).toBeCloseTo(110.57, 1);
});
