/** The city's dark style turned light for the sun: the same hues, lightness upside down. */
import type { StyleSpecification } from "maplibre-gl";

const HEX = /^#([0-9a-f]{3}|[0-9a-f]{6})$/i;

/** The colour with the same hue and its lightness mirrored, a little less saturated. */
export function lightened(hex: string): string {
  const long = hex.length === 4 ? `#${[...hex.slice(1)].map((one) => one + one).join("")}` : hex;
  const [r, g, b] = [1, 3, 5].map((from) => Number.parseInt(long.slice(from, from + 2), 16) / 255) as [
    number,
    number,
    number,
  ];
  const most = Math.max(r, g, b);
  const least = Math.min(r, g, b);
  // Mirroring every channel about the middle of the lightness keeps the differences between them, and so the hue.
  const shift = 1 - most - least;
  return `#${[r, g, b]
    .map((one) =>
      Math.round(Math.min(1, Math.max(0, one + shift)) * 255)
        .toString(16)
        .padStart(2, "0"),
    )
    .join("")}`;
}

const walk = (value: unknown): unknown => {
  if (typeof value === "string") return HEX.test(value) ? lightened(value) : value;
  if (Array.isArray(value)) return value.map(walk);
  if (value && typeof value === "object")
    return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, walk(one)]));
  return value;
};

export function lightStyle(style: StyleSpecification): StyleSpecification {
  return {
    ...style,
    layers: style.layers.map((layer) => ("paint" in layer ? { ...layer, paint: walk(layer.paint) } : layer)) as never,
  };
}
