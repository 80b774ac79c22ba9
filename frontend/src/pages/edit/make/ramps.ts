/** Colour ramps whose lightness rises evenly, so that more looks like more to every eye; the same stops as the server draws with. */
export const RAMPS = {
  viridis: ["#440154", "#472d7b", "#3b528b", "#2c728e", "#21908c", "#27ad81", "#5dc863", "#aadc32", "#fde725"],
  cividis: ["#00204d", "#00336f", "#39486b", "#575c6d", "#707173", "#8a8779", "#a69d75", "#c4b56c", "#ffea46"],
  magma: ["#000004", "#1d1147", "#51127c", "#822681", "#b63679", "#e65164", "#fb8861", "#fec287", "#fcfdbf"],
  inferno: ["#000004", "#210c4a", "#56106e", "#89226a", "#bb3754", "#e35932", "#f98c0a", "#f9c932", "#fcffa4"],
} as const satisfies Record<string, readonly string[]>;
export type Ramp = keyof typeof RAMPS;
/** The first part of each ramp is as dark as the map itself. */
const FROM = 0.25;

const channels = (hex: string): number[] => [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16));

/** `n` colours from the dark end to the bright one. */
export function cut(ramp: Ramp, n: number): string[] {
  const stops = RAMPS[ramp];
  return Array.from({ length: n }, (_, i) => {
    const place = (FROM + (n === 1 ? 0 : ((1 - FROM) * i) / (n - 1))) * (stops.length - 1);
    const low = channels(stops[Math.floor(place)] as string);
    const high = channels(stops[Math.ceil(place)] as string);
    const mixed = low.map((one, k) => Math.round(one + ((high[k] as number) - one) * (place % 1)));
    return `#${mixed.map((one) => one.toString(16).padStart(2, "0")).join("")}`;
  });
}

/** CIE L* of a colour, 0 to 100. */
export function lightness(hex: string): number {
  const [r, g, b] = channels(hex).map((one) => {
    const share = one / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  const y = 0.2126 * r + 0.7152 * g + 0.0722 * b;
  return y > 0.008856 ? 116 * Math.cbrt(y) - 16 : 903.3 * y;
}
