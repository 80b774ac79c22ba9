/** The page's language: from ?lang=, Vietnamese by default. */
import { create } from "zustand";
import type { Language, Words } from "../api/types";
import { type Key, MESSAGES } from "./messages";

const first: Language =
  typeof location !== "undefined" && new URLSearchParams(location.search).get("lang") === "en" ? "en" : "vi";
if (typeof document !== "undefined") document.documentElement.lang = first;
export const useLanguage = create<{ language: Language }>(() => ({ language: first }));

export function setLanguage(language: Language): void {
  useLanguage.setState({ language });
  document.documentElement.lang = language;
  const query = new URLSearchParams(location.search);
  query.set("lang", language);
  history.replaceState(null, "", `?${query}`);
}
export type Values = Record<string, string | number>;
/** The words of a key; `{name}` in them stands for the value of that name. */
export function say(key: Key, language: Language, values: Values = {}): string {
  const words: string = MESSAGES[key][language === "vi" ? 0 : 1];
  return words.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}
export interface Say {
  t: (key: Key, values?: Values) => string;
  w: (words: Words | undefined) => string;
  language: Language;
}
export function useSay(): Say {
  const language = useLanguage((state) => state.language);
  return { t: (key, values) => say(key, language, values), w: (words) => words?.[language] ?? "", language };
}
