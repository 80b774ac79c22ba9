/** What each person switches for themselves at this browser, remembered: sound, spoken alerts, notifications, the night. */
import { create } from "zustand";

export interface Switches {
  sound: boolean;
  voice: boolean;
  notify: boolean;
  night: boolean;
}
const KEPT = "nbioc.switches";
const FIRST: Switches = { sound: true, voice: false, notify: false, night: false };

/** What is remembered; rubbish in the store is as good as nothing. */
export function remembered(text: string | null): Switches {
  try {
    const found = JSON.parse(text ?? "{}") as Record<string, unknown>;
    const known = Object.entries(FIRST).map(([name, usual]) => [name, found?.[name] === !usual ? !usual : usual]);
    return Object.fromEntries(known) as unknown as Switches;
  } catch {
    return FIRST;
  }
}

export const useSwitches = create<Switches>(() =>
  remembered(typeof localStorage === "undefined" ? null : localStorage.getItem(KEPT)),
);
export const switches = useSwitches.getState;

export function turn(name: keyof Switches, on: boolean): void {
  // The night speaks: whoever is alone may look elsewhere. The voice can be switched off again by itself.
  useSwitches.setState(name === "night" && on ? { night: true, voice: true, sound: true } : { [name]: on });
  localStorage.setItem(KEPT, JSON.stringify(switches()));
}
