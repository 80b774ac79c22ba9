/** Where a number is cut into classes, from its quantiles: of equal counts or of equal width, on figures that people can read. */
export type Method = "quantile" | "equal" | "natural";

/** `quantiles` run from the least to the most in even steps. The lower bounds of the classes after the first; fewer where values repeat. */
export function breaks(quantiles: readonly number[], n: number, method: Exclude<Method, "natural">): number[] {
  const low = quantiles[0];
  const high = quantiles.at(-1);
  if (low === undefined || high === undefined || low === high) return [];
  const raw = Array.from({ length: n - 1 }, (_, i) => {
    const share = (i + 1) / n;
    return method === "equal" ? low + (high - low) * share : at(quantiles, share);
  });
  const step = readableStep((high - low) / n);
  const round = raw.map((one) => Number((Math.round(one / step) * step).toPrecision(12)));
  return [...new Set(round)].filter((one) => one > low && one <= high);
}

function at(quantiles: readonly number[], share: number): number {
  const place = share * (quantiles.length - 1);
  const low = quantiles[Math.floor(place)] as number;
  return low + ((quantiles[Math.ceil(place)] as number) - low) * (place % 1);
}

/** A power of ten of at most a tenth of a class: rounding never moves a bound by more than a twentieth of one. */
function readableStep(width: number): number {
  return 10 ** Math.floor(Math.log10(width) - 1);
}
