/** Colours of the dark theme that the map and the panels share. */
export const SEVERITY_COLORS = ["#8f9dab", "#3b8ae5", "#feef78", "#f5962b", "#f82b6a"] as const;
export const FONT = "Be Vietnam Pro";

export function severityColor(level: number): string {
  return SEVERITY_COLORS[Math.min(5, Math.max(1, Math.round(level))) - 1] ?? SEVERITY_COLORS[0];
}
