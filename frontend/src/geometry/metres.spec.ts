import { expect, test } from "vitest";
import { metres } from "./metres";
import golden from "./metres.golden.json";

// tests/geo/test_crs.py holds the server to the same table.
test("the page's metres are the server's to the millimetre, there and back", () => {
  const { toCity, toLonLat } = metres(golden.proj4);
  for (const [lon, lat, x, y] of golden.points as [number, number, number, number][]) {
    const [east, north] = toCity([lon, lat]);
    expect(Math.hypot(east - x, north - y)).toBeLessThan(0.0002);
    const [back_lon, back_lat] = toLonLat([x, y]);
    expect(Math.hypot(back_lon - lon, back_lat - lat) * 111_195).toBeLessThan(0.001);
  }
});
