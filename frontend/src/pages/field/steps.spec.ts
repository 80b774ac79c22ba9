import { expect, test } from "vitest";
import { ApiProblem } from "../../api/client";
import type { MyAssignment } from "../../api/types";
import { foreseen, meaning } from "./steps";

const job = (id: number, status: string): MyAssignment => ({
  id,
  status,
  incident: {
    id,
    code: "A",
    category: "fire",
    severity: 5,
    status: "assigned",
    description: "",
    place_name: "",
    lon: 105.8,
    lat: 9.8,
    accuracy_m: null,
    reported_at: "2026-01-01T00:00:00Z",
  },
  route: null,
  travel_s: null,
  distance_m: null,
  next: "accept",
  undo_until: null,
});
test("deeds that wait show their effect, in order, only on their own assignment", () => {
  const shown = foreseen(
    [job(1, "assigned"), job(2, "assigned")],
    [
      { assignment: 1, verb: "accept" },
      { assignment: 1, verb: "enroute" },
    ],
  );
  expect(shown.map((one) => [one.status, one.next, one.foreseen])).toEqual([
    ["enroute", "on_scene", true],
    ["assigned", "accept", false],
  ]);
});
test("no network and a busy server mean later; a refusal is shown; an ended session asks to sign in", () => {
  const problem = (status: number) => new ApiProblem({ code: "x", status });
  expect(meaning(new TypeError("fetch"))).toBe("later");
  expect([503, 429, 409, 422, 401].map((status) => meaning(problem(status)))).toEqual([
    "later",
    "later",
    "refused",
    "refused",
    "sign-in",
  ]);
});
