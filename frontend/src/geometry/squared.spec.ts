import { expect, test } from "vitest";
import { squared } from "./squared";

type Place = [number, number];
const angles_deg = (ring: readonly (readonly [number, number])[]): number[] =>
  ring.slice(0, -1).map((at, i) => {
    const before = ring[(i + ring.length - 2) % (ring.length - 1)] as Place;
    const next = ring[i + 1] as Place;
    const [a, b] = [before, next].map((one) => Math.atan2(one[1] - at[1], one[0] - at[0])) as [number, number];
    const turn = (Math.abs(a - b) * 180) / Math.PI;
    return Number((turn > 180 ? 360 - turn : turn).toFixed(6));
  });
const turned = (ring: Place[], angle: number): Place[] =>
  ring.map(([x, y]) => [
    589_000 + x * Math.cos(angle) - y * Math.sin(angle),
    1_084_000 + x * Math.sin(angle) + y * Math.cos(angle),
  ]);

test("a house drawn by a trembling hand stands square, whichever way it faces, and keeps its size", () => {
  const hand: Place[] = [
    [0, 0],
    [10.2, 0.3],
    [9.9, 6.1],
    [-0.2, 5.8],
    [0, 0],
  ];
  const square = squared(turned(hand, 0.5)) as Place[];
  expect(angles_deg(square)).toEqual([90, 90, 90, 90]);
  expect(square[0]).toEqual(square.at(-1));
  for (const [i, at] of turned(hand, 0.5).entries())
    expect(Math.hypot(at[0] - (square[i] as Place)[0], at[1] - (square[i] as Place)[1])).toBeLessThan(0.5);
});
test("a corner cut at forty-five degrees stays cut, and a flat triangle is refused rather than folded", () => {
  const cut: Place[] = [
    [0, 0],
    [10, 0.2],
    [10, 6],
    [8, 8],
    [0, 8],
    [0, 0],
  ];
  expect(angles_deg(squared(cut) as Place[]).filter((one) => one > 100)).toHaveLength(2);
  expect(
    squared([
      [0, 0],
      [10, 0],
      [20, 0.1],
      [0, 0],
    ]),
  ).toBeNull();
});
