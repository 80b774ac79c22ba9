/** Where something is, as [lon, lat]; null where nobody knows, and then it is on no map. */
export function placeOf(one: { lon: number | null; lat: number | null } | null | undefined): [number, number] | null {
  return one && one.lon !== null && one.lat !== null ? [one.lon, one.lat] : null;
}
