import { expect, test } from "vitest";
import { hush, sayAloud, speaks, type Utterance, type Voice } from "./voice";

function fakeVoice(langs: string[]): Voice & { said: Utterance[] } {
  const said: Utterance[] = [];
  return {
    said,
    speak: ((utterance: Utterance) => void said.push(utterance)) as never,
    cancel: () => void said.splice(0),
    getVoices: () => langs.map((lang) => ({ lang })),
  };
}
const make = (text: string): Utterance => ({ text, lang: "", voice: null, rate: 1 });

test("an alert is said in Vietnamese by a Vietnamese voice where the machine has one", () => {
  const voice = fakeVoice(["en-US", "vi_VN"]);
  expect(speaks("vi", voice)).toBe(true);
  expect(sayAloud("Khẩn cấp. Cháy nhà.", "vi", voice, make)).toBe(true);
  expect(voice.said).toEqual([
    { text: "Khẩn cấp. Cháy nhà.", lang: "vi-VN", voice: { lang: "vi_VN" }, rate: expect.any(Number) },
  ]);
});
test("without a fitting voice the words are still said, and asked for in their language", () => {
  const voice = fakeVoice(["fr-FR"]);
  expect(speaks("vi", voice)).toBe(false);
  sayAloud("Cháy", "vi", voice, make);
  expect(voice.said[0]).toMatchObject({ lang: "vi-VN", voice: null });
});
test("no voice, no words: nothing is pretended", () => {
  expect(sayAloud("Cháy", "vi", undefined, make)).toBe(false);
  expect(sayAloud(" ", "vi", fakeVoice([]), make)).toBe(false);
});
test("hushed, what waits is not said", () => {
  const voice = fakeVoice([]);
  sayAloud("Cháy", "vi", voice, make);
  hush(voice);
  expect(voice.said).toEqual([]);
});
