/** A ring made square: sides that are nearly at right angles to its main direction become so; a corner far from right stays as it is. */
type Place = readonly [number, number];

const NEARLY_DEG = 18;
// A ring that loses more of its area was not nearly square.
const LEAST_KEPT = 0.7;
const quarter = Math.PI / 2;

/** The turn, within an eighth of a circle either way, that most of the ring's length is off from east and north. */
function mainTurn(ring: readonly Place[]): number {
  let x = 0;
  let y = 0;
  for (const [i, at] of ring.entries()) {
    const next = ring[i + 1];
    if (!next) break;
    const [dx, dy] = [next[0] - at[0], next[1] - at[1]];
    const angle = 4 * Math.atan2(dy, dx);
    x += Math.hypot(dx, dy) * Math.cos(angle);
    y += Math.hypot(dx, dy) * Math.sin(angle);
  }
  return Math.atan2(y, x) / 4;
}

/** The closed ring in metres with its right angles made exact, or null where no side is nearly at a right angle or the ring would fall together. */
export function squared(ring: readonly Place[]): Place[] | null {
  const open = ring.slice(0, -1);
  if (open.length < 3) return null;
  const turn = mainTurn(ring);
  const [cos, sin] = [Math.cos(-turn), Math.sin(-turn)];
  const [x0, y0] = open[0] as Place;
  const flat = open.map(([x, y]) => [(x - x0) * cos - (y - y0) * sin, (x - x0) * sin + (y - y0) * cos] as Place);
  // Each side as the line that it becomes: level, upright, or left as it is.
  const sides = flat.map((a, i) => {
    const b = flat[(i + 1) % flat.length] as Place;
    const angle = Math.atan2(b[1] - a[1], b[0] - a[0]);
    const off_deg = (Math.abs(angle - quarter * Math.round(angle / quarter)) * 180) / Math.PI;
    if (off_deg > NEARLY_DEG) return { a, b };
    const level = Math.round(angle / quarter) % 2 === 0;
    const middle: Place = [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2];
    return level
      ? { a: [a[0], middle[1]] as Place, b: [b[0], middle[1]] as Place }
      : { a: [middle[0], a[1]] as Place, b: [middle[0], b[1]] as Place };
  });
  const corners = sides.map((side, i) => {
    const before = sides[(i + sides.length - 1) % sides.length] as { a: Place; b: Place };
    return crossing(before.a, before.b, side.a, side.b) ?? ([(before.b[0] + side.a[0]) / 2, side.a[1]] as Place);
  });
  if (corners.some((at, i) => near(at, corners[(i + 1) % corners.length] as Place))) return null;
  if (twice_m2(corners) < LEAST_KEPT * twice_m2(flat)) return null;
  const back = corners.map(([x, y]) => [x * cos + y * sin + x0, -x * sin + y * cos + y0] as Place);
  return [...back, back[0] as Place];
}

const twice_m2 = (open: readonly Place[]): number =>
  Math.abs(
    open.reduce((total, [x, y], i) => {
      const [u, v] = open[(i + 1) % open.length] as Place;
      return total + x * v - u * y;
    }, 0),
  );

const near = (a: Place, b: Place): boolean => Math.hypot(a[0] - b[0], a[1] - b[1]) < 0.01;

/** Where two lines cross; null where they run side by side. */
function crossing(a: Place, b: Place, c: Place, d: Place): Place | null {
  const [ux, uy, vx, vy] = [b[0] - a[0], b[1] - a[1], d[0] - c[0], d[1] - c[1]];
  const cross = ux * vy - uy * vx;
  if (Math.abs(cross) < 1e-9 * Math.hypot(ux, uy) * Math.hypot(vx, vy)) return null;
  const share = ((c[0] - a[0]) * vy - (c[1] - a[1]) * vx) / cross;
  return [a[0] + share * ux, a[1] + share * uy];
}
