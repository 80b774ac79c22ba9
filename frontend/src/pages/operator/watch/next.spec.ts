import { expect, test } from "vitest";
import type { Candidates, Incident, IncidentDetail } from "../../../api/types";
import { gravest, nextBest, type Situation } from "./next";

const NOW_MS = Date.parse("2026-01-01T10:00:00Z");
const ago = (seconds: number): string => new Date(NOW_MS - seconds * 1000).toISOString();

const incident = (id: number, more: Partial<Incident> = {}): Incident =>
  ({
    id,
    code: `VV-${id}`,
    category: "house_fire",
    process: "immediate",
    severity: 4,
    status: "new",
    place_name: "",
    lon: 105.8,
    lat: 9.8,
    accuracy_m: null,
    channel: "phone",
    reported_at: ago(30),
    acknowledged_at: null,
    ...more,
  }) as Incident;
const detail = (of: Incident, more: Partial<IncidentDetail> = {}): IncidentDetail => ({
  ...of,
  entries: [],
  assignments: [],
  nearby: [],
  playbooks: [],
  allowed: of.status === "new" ? ["verify", "acknowledge"] : ["dispatch"],
  ...more,
});
const unit = (requested_s: number, status = "assigned") =>
  ({ id: 1, status, requested_at: ago(requested_s), cleared_at: null }) as IncidentDetail["assignments"][number];
const some = { candidates: [{}], passed_over: [], computed_at: ago(1) } as unknown as Candidates;
const none = { ...some, candidates: [] };
const situation = (more: Partial<Situation>): Situation => ({
  open: [],
  item: undefined,
  candidates: some,
  callings: [],
  selected: null,
  armed: null,
  sending: false,
  now_ms: NOW_MS,
  may: () => true,
  ...more,
});
const inHand = (of: Incident, more: Partial<IncidentDetail> = {}, rest: Partial<Situation> = {}): Situation =>
  situation({ open: [of], item: detail(of, more), selected: of.id, ...rest });

test("the oldest of the gravest is taken first", () => {
  const open = [
    incident(1, { severity: 3 }),
    incident(2, { reported_at: ago(10) }),
    incident(3, { reported_at: ago(90) }),
  ];
  expect(gravest(open)?.id).toBe(3);
  expect(nextBest(situation({ open }))).toMatchObject({ kind: "take", key: "g", incident: 3 });
});
test("one case step by step: verify, dispatch, confirm, then nothing more", () => {
  const fire = incident(1);
  const verified = incident(1, { status: "verified" });
  const sent = incident(1, { status: "assigned" });
  expect(nextBest(inHand(fire))).toMatchObject({ kind: "verify", key: "v" });
  expect(nextBest(inHand(verified))).toMatchObject({ kind: "arm", key: "d" });
  expect(nextBest(inHand(verified, {}, { armed: 1 }))).toMatchObject({ kind: "confirm", key: "enter" });
  expect(nextBest(inHand(sent, { assignments: [unit(20)] }))).toMatchObject({ kind: "quiet", incident: null });
});
test("while a dispatch can still be taken back, nobody is told to send a second unit", () => {
  expect(nextBest(inHand(incident(1, { status: "verified" }), {}, { sending: true })).kind).toBe("quiet");
});
test("a unit that does not answer for a minute is replaced, and one that does is left alone", () => {
  const sent = incident(1, { status: "assigned" });
  expect(nextBest(inHand(sent, { assignments: [unit(61)] }))).toMatchObject({ kind: "unanswered", key: "d" });
  expect(nextBest(inHand(sent, { assignments: [unit(61, "enroute")] })).kind).toBe("quiet");
  expect(nextBest(inHand(sent, { assignments: [unit(61), unit(5, "enroute")] })).kind).toBe("quiet");
});
test("nobody is sent to a place more than 100 m uncertain before somebody has looked at it", () => {
  const vague = incident(1, { status: "verified", accuracy_m: 250 });
  expect(nextBest(inHand(vague))).toMatchObject({ kind: "pin", key: "p" });
  expect(nextBest(inHand(incident(1, { status: "verified", accuracy_m: 100 }))).kind).toBe("arm");
});
test("where nobody is free it says so instead of offering a key that does nothing", () => {
  expect(nextBest(inHand(incident(1, { status: "verified" }), {}, { candidates: none }))).toMatchObject({
    kind: "nobody",
    key: "",
  });
});
test("a graver case that waits comes before the one in hand, an equal one after it", () => {
  const small = incident(1, { severity: 3 });
  const grave = incident(2, { severity: 5 });
  expect(nextBest({ ...inHand(small), open: [small, grave] })).toMatchObject({ kind: "take", incident: 2 });
  expect(nextBest({ ...inHand(small), open: [small, incident(3, { severity: 3 })] }).kind).toBe("verify");
});
test("an alarm about something else comes before lesser cases: an overdue check-in is somebody's life", () => {
  const overdue = {
    key: "alarm:9",
    alarm: 9,
    incident: 7,
    severity: 4,
    since: ago(5),
  } as Situation["callings"][number];
  const open = [incident(2, { severity: 3 })];
  expect(nextBest(situation({ open, callings: [overdue] }))).toMatchObject({ kind: "calling", key: "a", incident: 7 });
  expect(nextBest(situation({ open: [incident(2, { severity: 5 })], callings: [overdue] })).kind).toBe("take");
});
test("a case without a place is waited for by nobody else: it is the last thing before quiet", () => {
  const lost = incident(5, { lon: null, lat: null, status: "assigned" } as Partial<Incident>);
  expect(nextBest(situation({ open: [lost] }))).toMatchObject({ kind: "unplaced", incident: 5 });
  expect(nextBest(situation({}))).toMatchObject({ kind: "quiet", key: "" });
});
test("whoever may not dispatch is not told to", () => {
  expect(nextBest(inHand(incident(1, { status: "verified" }), {}, { may: () => false })).kind).not.toBe("arm");
});
