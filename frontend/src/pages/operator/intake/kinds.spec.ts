import { expect, test } from "vitest";
import type { Category } from "../../../api/types";
import { kindsFor } from "./kinds";

const kind = (code: string, vi: string, en: string, severity: number): Category => ({
  code,
  vi,
  en,
  severity,
  process: "immediate",
  domain: "",
});
const ALL = [
  kind("pothole", "Ổ gà", "Pothole", 2),
  kind("house_fire", "Cháy nhà", "House fire", 5),
  kind("boat_fire", "Cháy ghe tàu", "Boat fire", 4),
  kind("crash", "Tai nạn giao thông", "Road crash", 4),
  kind("drowning", "Đuối nước", "Drowning", 5),
];
const codes = (typed: string) => kindsFor(typed, ALL).map((one) => one.code);

test("letters without marks are enough, in Vietnamese and English", () => {
  expect(codes("chay")).toEqual(["house_fire", "boat_fire"]);
  expect(codes("CHÁY GHE")).toEqual(["boat_fire"]);
  expect(codes("duoi")).toEqual(["drowning"]);
  expect(codes("drown")).toEqual(["drowning"]);
  expect(codes("o ga")).toEqual(["pothole"]);
});
test("words in any order, and initials", () => {
  expect(codes("thong tai")).toEqual(["crash"]);
  expect(codes("tngt")).toEqual(["crash"]);
});
test("nothing and nonsense mean nothing", () => {
  expect(codes("")).toEqual([]);
  expect(codes("xyz")).toEqual([]);
});
