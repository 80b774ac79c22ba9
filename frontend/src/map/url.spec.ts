import { expect, test } from "vitest";
import { readAddress, writeAddress } from "./url";

test("a written view reads back, other parameters stay, rubbish is no number", () => {
  const written = writeAddress("?lang=en", {
    z: 14,
    lng: 105.82,
    lat: 9.81,
    sel: 7,
    layers: ["roads", "canals"],
    panel: ["units"],
  });
  expect(readAddress(written)).toEqual({
    z: 14,
    lng: 105.82,
    lat: 9.81,
    sel: 7,
    layers: ["roads", "canals"],
    panel: ["units"],
  });
  expect(written).toContain("lang=en");
  expect(writeAddress(written, { panel: [] })).not.toContain("panel");
  expect(readAddress("?z=abc&sel=").z).toBeNull();
  expect(readAddress(writeAddress(written, { sel: null })).sel).toBeNull();
});
