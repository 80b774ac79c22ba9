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
export function say(key: Key, language: Language): string {
  return MESSAGES[key][language === "vi" ? 0 : 1];
}
export function useSay(): { t: (key: Key) => string; w: (words: Words | undefined) => string; language: Language } {
  const language = useLanguage((state) => state.language);
  return { t: (key) => say(key, language), w: (words) => words?.[language] ?? "", language };
}
