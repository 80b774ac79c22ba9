import { expect, test } from "vitest";
import type { WallCase } from "../../api/types";
import { rateColor, SCENE_MS, SCENES, sceneAt } from "./scenes";

const critical = (more: Partial<WallCase>): WallCase => ({
  id: 1,
  code: "X",
  category: "fire",
  severity: 5,
  status: "new",
  reported_at: new Date(0).toISOString(),
  ward_name: "",
  lon: 105.8,
  lat: 9.8,
  ...more,
});
test("scenes take turns", () => {
  expect([0, 1, 2, 3].map((turn) => sceneAt(turn * SCENE_MS, []))).toEqual([...SCENES, SCENES[0]]);
});
test("a fresh open critical case holds the screen; a closed or an old one does not", () => {
  expect(sceneAt(1000, [critical({})])).toBe("severe");
  expect(sceneAt(1000, [critical({ status: "closed" })])).toBe("wards");
  expect(sceneAt(SCENE_MS * 30, [critical({})])).toBe("wards");
});
test("a rate without enough data has no colour of the ramp", () => {
  expect(rateColor(null)).not.toBe(rateColor(0));
  expect(rateColor(81)).toBe("#fee838");
});
