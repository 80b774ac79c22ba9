/** A small picture of a kind of shape: points, lines, areas, or all of them. */
const DOTS = [
  [5, 15],
  [12, 6],
  [19, 13],
] as const;

export function Kind({ geometry, color }: { geometry: string; color: string }) {
  const any = geometry === "Geometry";
  return (
    <svg width="24" height="20" viewBox="0 0 24 20" aria-hidden="true">
      {any || geometry.includes("Polygon") ? (
        <path d="M3 6 L13 3 L20 9 L16 17 L5 15 Z" fill={`${color}66`} stroke={color} strokeWidth={1.5} />
      ) : null}
      {any || geometry.includes("Line") ? (
        <path d="M3 16 L10 7 L15 12 L21 4" fill="none" stroke={color} strokeWidth={2} />
      ) : null}
      {any || geometry.includes("Point")
        ? DOTS.map(([x, y]) => <circle key={x} cx={x} cy={y} r={3} fill={color} stroke="#0b1016" />)
        : null}
    </svg>
  );
}
