/** Whether a new fix is worth sending after the last one that was sent: much surer, or no longer the same place. */
export interface Fix {
  lon: number;
  lat: number;
  accuracy_m: number;
}
const SURER = 0.7;
const METRES_PER_DEGREE = 111_000;

export function better(fix: Fix, sent: Fix | null): boolean {
  if (!sent) return true;
  if (fix.accuracy_m < sent.accuracy_m * SURER) return true;
  const east = (fix.lon - sent.lon) * Math.cos((fix.lat * Math.PI) / 180);
  return Math.hypot(east, fix.lat - sent.lat) * METRES_PER_DEGREE > sent.accuracy_m + fix.accuracy_m;
}
