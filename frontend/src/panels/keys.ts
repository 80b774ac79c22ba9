/** When a single key may act: never in an input, never with a modifier, never while an input method composes. */
export interface Pressed {
  key: string;
  keyCode: number;
  isComposing: boolean;
  ctrlKey: boolean;
  metaKey: boolean;
  altKey: boolean;
  target: unknown;
}

export function actsOn(event: Pressed): boolean {
  if (event.isComposing || event.keyCode === 229 || event.key === "Process") return false;
  if (event.ctrlKey || event.metaKey || event.altKey) return false;
  const target = event.target as { tagName?: string; isContentEditable?: boolean } | null;
  return !target?.isContentEditable && !["INPUT", "TEXTAREA", "SELECT"].includes(target?.tagName ?? "");
}

const SWITCH = "nbioc.singleKeys";
export const singleKeysOn = (): boolean => localStorage.getItem(SWITCH) !== "off";
export const setSingleKeys = (on: boolean): void => localStorage.setItem(SWITCH, on ? "on" : "off");
