import { describe, expect, it } from "vitest";
import type { Responder } from "../../../api/types";
import { freshness, inOrder } from "./units";

const NOW = Date.parse("2026-11-26T12:00:00Z");
const unit = (code: string, check_due_at: string | null = null): Responder =>
  ({ id: code.charCodeAt(0), code, check_due_at }) as Responder;

describe("a position's age", () => {
  it("is live, stale and lost by the city's own seconds", () => {
    expect(freshness("2026-11-26T11:58:01Z", NOW, 120, 1800)).toBe("live");
    expect(freshness("2026-11-26T11:57:59Z", NOW, 120, 1800)).toBe("stale");
    expect(freshness("2026-11-26T11:29:59Z", NOW, 120, 1800)).toBe("lost");
  });
  it("of a unit that never sent one is lost, not live", () => expect(freshness(null, NOW, 120, 1800)).toBe("lost"));
});

describe("the board's order", () => {
  it("puts who is due first on top and the rest by code", () => {
    const found = inOrder([unit("C"), unit("B", "2026-11-26T12:10:00Z"), unit("A"), unit("D", "2026-11-26T11:50:00Z")]);
    expect(found.map((one) => one.code)).toEqual(["D", "B", "A", "C"]);
  });
});
