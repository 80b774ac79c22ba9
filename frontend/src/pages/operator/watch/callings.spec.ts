import { expect, test } from "vitest";
import type { Alarm, Incident } from "../../../api/types";
import { callings, loudest } from "./callings";

const fresh = (id: number, severity: number, acknowledged_at: string | null = null): Incident =>
  ({
    id,
    severity,
    status: "new",
    acknowledged_at,
    category: "house_fire",
    reported_at: `2026-01-01T10:00:0${id}Z`,
  }) as Incident;
const alarm = (id: number, more: Partial<Alarm> = {}): Alarm => ({
  id,
  kind: "checkin_overdue",
  subject: "",
  raised_at: "2026-01-01T10:00:00Z",
  due_at: null,
  level: 0,
  escalated_at: null,
  acknowledged_at: null,
  acknowledged_by: null,
  note: "",
  sounds: true,
  urgency: 1,
  words: { vi: "Quá giờ báo an toàn", en: "Check-in overdue" },
  incident: null,
  responder: null,
  data: {},
  ...more,
});
const caseOf = (id: number, severity: number) => ({
  id,
  severity,
  code: "",
  category: "",
  status: "new",
  place_name: "",
  ward_name: "",
});

test("a case and the alarm that nobody took it call once", () => {
  const unheard = alarm(9, { kind: "case_unheard", incident: caseOf(1, 5), level: 1 });
  const found = callings([fresh(1, 5), fresh(2, 4)], [unheard], false);
  expect(found.map((one) => [one.key, one.alarm, one.level])).toEqual([
    ["case:1", 9, 1],
    ["case:2", null, 0],
  ]);
});
test("by day only high and critical new cases call, at night every one; what is acknowledged calls no more", () => {
  const open = [fresh(1, 3), fresh(2, 5, "2026-01-01T10:00:05Z")];
  expect(callings(open, [], false)).toEqual([]);
  expect(callings(open, [], true).map((one) => one.key)).toEqual(["case:1"]);
  expect(callings([], [alarm(3, { acknowledged_at: "2026-01-01T10:00:05Z" })], true)).toEqual([]);
});
test("snoozed, only what is new is heard; when the snooze is over, everything again", () => {
  const calls = callings([fresh(1, 5), fresh(2, 4)], [], false);
  expect(loudest(calls, new Set(["case:1/0", "case:2/0"]), 1000, 500)).toBe(0);
  expect(loudest(calls, new Set(["case:1/0"]), 1000, 500)).toBe(4);
  expect(loudest(calls, new Set(["case:1/0", "case:2/0"]), 1000, 1000)).toBe(5);
  expect(loudest([], new Set(), 0, 0)).toBe(0);
});
test("a crew that calls for help stands before the gravest case", () => {
  const help = alarm(7, { kind: "unit_help", raised_at: "2026-01-01T10:09:00Z" });
  expect(callings([fresh(1, 5)], [alarm(6, { incident: caseOf(6, 5) }), help], false)[0]?.key).toBe("alarm:7");
});
test("one case is one line, whatever calls for it: the most urgent word first, the others beside it, taken together", () => {
  const of = { incident: caseOf(4, 4) };
  const late = alarm(1, { ...of, kind: "step_due", words: { vi: "Bước trễ", en: "Late step" } });
  const asked = alarm(2, {
    ...of,
    kind: "request_unanswered",
    urgency: 2,
    words: { vi: "Chưa trả lời", en: "No answer" },
  });
  const again = alarm(3, {
    ...of,
    kind: "request_unanswered",
    urgency: 2,
    words: { vi: "Chưa trả lời", en: "No answer" },
  });
  const found = callings([], [late, asked, again], false);
  expect(found.map((one) => [one.key, one.words?.vi, one.others.map((each) => each.vi)])).toEqual([
    ["case:4", "Chưa trả lời", ["Bước trễ"]],
  ]);
});
test("a case that nobody took stays to be taken as a case when more calls for it", () => {
  const unheard = alarm(9, { kind: "case_unheard", urgency: 3, incident: caseOf(1, 5) });
  const [line] = callings([fresh(1, 5)], [alarm(8, { incident: caseOf(1, 5) }), unheard], false);
  expect([line?.unheard, line?.words, line?.taken, line?.parts.length]).toEqual([true, unheard.words, 8, 2]);
});
test("what joins a line that is snoozed is heard", () => {
  const of = { incident: caseOf(4, 4) };
  const before = callings([], [alarm(1, of)], false);
  const snoozed = new Set(before.flatMap((one) => one.parts));
  expect(loudest(before, snoozed, 1000, 500)).toBe(0);
  expect(loudest(callings([], [alarm(1, of), alarm(2, of)], false), snoozed, 1000, 500)).toBe(4);
  expect(loudest(callings([], [alarm(1, { ...of, level: 1 })], false), snoozed, 1000, 500)).toBe(4);
});
