import { describe, expect, it } from "vitest";
import { drawnAt, newestAt, type ReplayClosure, type ReplayUnit, standingAt, statusAt, toldAt } from "./replay";

const START = Date.parse("2026-11-26T00:00:00Z") / 1000;
const at = (s: number): string => new Date((START + s) * 1000).toISOString();
const unit: ReplayUnit = {
  assignment: 1,
  code: "XU-01",
  requested_at: at(0),
  accepted_at: at(5),
  enroute_at: at(10),
  on_scene_at: at(400),
  cleared_at: null,
  ended_at: at(600),
  track: [
    [
      [START + 10, 105, 9],
      [START + 20, 105.1, 9],
    ],
    [
      [START + 320, 105.5, 9],
      [START + 330, 105.6, 9],
    ],
  ],
};

describe("a unit in a replay", () => {
  it("has the furthest status that had come", () => {
    expect([-1, 0, 7, 15, 450, 700].map((s) => statusAt(unit, START + s))).toEqual([
      "none",
      "requested",
      "accepted",
      "enroute",
      "on_scene",
      "ended",
    ]);
  });
  it("is nowhere before its first position", () => {
    expect(drawnAt(unit, START + 5, 120).place).toBeNull();
  });
  it("moves between two positions of one part", () => {
    expect(drawnAt(unit, START + 15, 120).place?.[0]).toBeCloseTo(105.05);
  });
  it("is drawn nowhere while it is silent, and no line crosses the gap", () => {
    const silent = drawnAt(unit, START + 200, 120);
    expect([silent.place, silent.last]).toEqual([null, [105.1, 9]]);
    const later = drawnAt(unit, START + 325, 120);
    expect(later.trail.map((part) => part.length)).toEqual([2, 2]);
    expect(later.trail[1]?.[0]).toEqual([105.5, 9]);
  });
  it("stands where it was seen until the gap is long", () => {
    expect(drawnAt(unit, START + 100, 120).place).toEqual([105.1, 9]);
  });
  it("has gone when its part in the case has ended", () => {
    expect(drawnAt(unit, START + 601, 1000).place).toBeNull();
  });
});

it("a case has the status of its newest entry that says one", () => {
  const entries = [
    { at: at(0), by: null, kind: "report", status: "new", note: "" },
    { at: at(10), by: "a", kind: "verify", status: "verified", note: "" },
    { at: at(20), by: "a", kind: "step", status: null, note: "x" },
  ];
  expect(toldAt(entries, START + 15).status).toBe("verified");
  expect(toldAt(entries, START + 25).past.map((one) => one.kind)).toEqual(["step", "verify", "report"]);
});

describe("what stood around it", () => {
  const closure = (from: number, until: number | null, reason: string, ends: number | null = null): ReplayClosure => ({
    from: at(from),
    until: until === null ? null : at(until),
    geometry: null,
    properties: { reason, factor: 0, starts_at: at(0), ends_at: ends === null ? null : at(ends) },
  });
  const rows = [closure(0, 100, "one lane"), closure(100, null, "the whole street", 300)];

  it("is the closure as it was drawn then, and counts by what it said then", () => {
    expect([50, 99, 100, 299, 300].map((s) => standingAt(rows, START + s).map((one) => one.properties.reason))).toEqual(
      [["one lane"], ["one lane"], ["the whole street"], ["the whole street"], []],
    );
  });
  it("is the newest of what had begun", () => {
    const levels = [
      { from: at(0), level_cm: 120 },
      { from: at(60), level_cm: null },
    ];
    expect([-1, 0, 59, 60].map((s) => newestAt(levels, START + s)?.level_cm)).toEqual([undefined, 120, 120, null]);
  });
});
