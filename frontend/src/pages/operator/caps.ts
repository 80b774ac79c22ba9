/** How a key of the table is written on the screen. */
const CAPS: Record<string, string> = { escape: "Esc", enter: "Enter", "ctrl+k": "Ctrl+K" };
export const cap = (key: string): string => CAPS[key] ?? key.toUpperCase();
