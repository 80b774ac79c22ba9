/** Alerts spoken by the browser's own voice: nothing leaves the machine, and nothing is said twice at once. */
import type { Language } from "../api/types";

export interface Utterance {
  text: string;
  lang: string;
  voice: unknown;
  rate: number;
}
export interface Voice {
  speak: (utterance: never) => void;
  cancel: () => void;
  getVoices: () => readonly { lang: string }[];
}
const LANGS: Record<Language, string> = { vi: "vi-VN", en: "en-GB" };
const SLOWLY = 0.95;

/** The machine's voice, where it has one. */
export const ownVoice = (): Voice | undefined =>
  typeof speechSynthesis === "undefined" ? undefined : (speechSynthesis as unknown as Voice);
const newUtterance = (text: string): Utterance => new SpeechSynthesisUtterance(text) as unknown as Utterance;

/** Whether the machine has a voice for the language; without one its default voice reads the words as it can. */
export const speaks = (language: Language, voice: Voice | undefined = ownVoice()): boolean =>
  voice?.getVoices().some((one) => one.lang.replace("_", "-").toLowerCase().startsWith(language)) ?? false;

/** Says the words after what is being said. Returns whether there was a voice to say them. */
export function sayAloud(words: string, language: Language, voice = ownVoice(), make = newUtterance): boolean {
  if (!voice || !words.trim()) return false;
  const utterance = make(words);
  utterance.lang = LANGS[language];
  utterance.rate = SLOWLY;
  const fitting = voice.getVoices().find((one) => one.lang.replace("_", "-").toLowerCase().startsWith(language));
  if (fitting) utterance.voice = fitting;
  voice.speak(utterance as never);
  return true;
}
export const hush = (voice = ownVoice()): void => voice?.cancel();
