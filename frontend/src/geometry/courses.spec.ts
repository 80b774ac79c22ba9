import { expect, test } from "vitest";
import { readBearing, readCourses, readNumber } from "./courses";

test("bearings are read in degrees and in degrees, minutes and seconds, with a comma or a point", () => {
  expect(readBearing("90")).toBe(90);
  expect(readBearing("90,5")).toBe(90.5);
  expect(readBearing("180°30'36\"")).toBeCloseTo(180.51, 9);
  expect(readBearing("45° 15′")).toBe(45.25);
  for (const wrong of ["", "360", "-1", "45°60'", "north", "1.084.000"]) expect(readBearing(wrong)).toBeNull();
});
test("a survey is one course a line; a line that cannot be read spoils it all, an empty one nothing", () => {
  expect(readCourses("90 20,00\n\n180°30' 12.5\n")).toEqual([
    { bearing_deg: 90, distance_m: 20 },
    { bearing_deg: 180.5, distance_m: 12.5 },
  ]);
  for (const wrong of ["90", "90 0", "90 x", "90 10\n180"]) expect(readCourses(wrong)).toBeNull();
});
test("a number keeps its sign and its comma, and a thousand's point is not guessed at", () => {
  expect(readNumber("1084952,332")).toBe(1084952.332);
  expect(readNumber("1.084.952")).toBeNull();
});
