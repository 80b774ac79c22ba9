import { expect, test } from "vitest";
import type { Change, Responder } from "../../api/types";
import { ahead } from "./queries";
import { madeStale, moved } from "./useOperations";

const unit: Responder = {
  id: 7,
  code: "XM-01",
  name: "",
  kind: "patrol",
  mode: "motorbike",
  availability: "available",
  lon: 105.81,
  lat: 9.81,
  position_at: "2026-01-01T10:00:00Z",
  assignment: null,
};
const change = (at: string, lon: number): Change => ({
  kind: "responder.moved",
  layer: "responders",
  at,
  features: [
    { type: "Feature", id: 7, properties: { position_at: at }, geometry: { type: "Point", coordinates: [lon, 9.82] } },
  ],
  gone: [],
});
test("a newer word moves the unit; an older one, arriving late, does not move it back", () => {
  const newer = moved({ items: [unit] }, change("2026-01-01T10:00:05Z", 105.82));
  expect(newer?.items[0]?.lon).toBe(105.82);
  const late = moved(newer, change("2026-01-01T09:59:00Z", 105.7));
  expect(late?.items[0]?.lon).toBe(105.82);
});

test("a list that was read before a move does not move the unit back, and brings what else it says", () => {
  const shown = moved({ items: [unit] }, change("2026-01-01T10:00:05Z", 105.82));
  const read = {
    items: [
      { ...unit, availability: "busy" as const },
      { ...unit, id: 8, lon: 105.9 },
    ],
  };
  expect(ahead(shown, read).items.map((one) => [one.lon, one.position_at, one.availability])).toEqual([
    [105.82, "2026-01-01T10:00:05Z", "busy"],
    [105.9, "2026-01-01T10:00:00Z", "available"],
  ]);
  const later = { items: [{ ...unit, lon: 105.83, position_at: "2026-01-01T10:00:09Z" }] };
  expect(ahead(shown, later).items[0]?.lon).toBe(105.83);
});

test("a move is applied and asks for nothing; any other event says what it makes old", () => {
  expect(madeStale({ layer: "responders", kind: "responder.moved" })).toEqual([]);
  expect(madeStale({ layer: "responders", kind: "unit.accepted" })).toContain("units");
  expect(madeStale({ layer: "incidents", kind: "incident.verified" })).toEqual(
    expect.arrayContaining(["queue", "case", "candidates"]),
  );
});

test("what is closed off to this person leaves the screen: only that it is gone is told, and all that showed it is asked again", () => {
  expect(madeStale({ layer: "incidents", kind: "gone" })).toEqual(
    expect.arrayContaining(["queue", "case", "alarms", "log", "units"]),
  );
});
