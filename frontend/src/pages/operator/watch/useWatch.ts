/** Makes what calls heard: a sound until it is taken, the browser's voice, a notification while the page is hidden. */
import { useEffect, useRef } from "react";
import type { City } from "../../../api/types";
import { say, useLanguage } from "../../../language/store";
import { soundAlarm } from "../../../panels/alarm";
import { useSwitches } from "../../../panels/switches";
import { hush, sayAloud } from "../../../panels/voice";
import { useDesk } from "../desk";
import { useCity } from "../queries";
import { type Calling, loudest } from "./callings";
import { useCallings } from "./useCallings";

const REPEAT_S = 30;
const REPEAT_AT_NIGHT_S = 10;
const NEVER = { keys: new Set<string>(), until_ms: 0 };

export function useWatch(): void {
  const calls = useCallings();
  const city = useCity();
  const language = useLanguage((state) => state.language);
  const { sound, voice, notify, night } = useSwitches();
  const snooze = useDesk((desk) => desk.snooze) ?? NEVER;
  const severity = useDesk((desk) => loudest(calls, snooze.keys, snooze.until_ms, desk.now_ms));
  useEffect(() => {
    soundAlarm(sound ? severity : 0, night ? REPEAT_AT_NIGHT_S : REPEAT_S);
  }, [severity, sound, night]);
  useEffect(() => () => soundAlarm(0, REPEAT_S), []);

  // What stood when the page opened is on the screen; only what comes later is said.
  const said = useRef<ReadonlySet<string> | null>(null);
  useEffect(() => {
    if (!city) return;
    const before = said.current;
    said.current = new Set(calls.flatMap((one) => one.parts));
    if (!before) return;
    for (const one of calls.filter((call) => call.parts.some((part) => !before.has(part)))) {
      const words = inWords(one, city, language);
      if (voice) sayAloud(words, language);
      if (notify && document.hidden) tellOutside(one, words);
    }
  }, [calls, city, language, voice, notify]);
  useEffect(() => {
    if (!voice) hush();
  }, [voice]);
  useEffect(() => {
    document.title = calls.length ? `(${calls.length}) ${NAME}` : NAME;
  }, [calls.length]);
}

const NAME = "NBIOC";
/** A call as it is read aloud and shown: how grave, what, where, who. */
export function inWords(one: Calling, city: City, language: "vi" | "en"): string {
  const severity = city.severities.find((each) => each.level === one.severity)?.[language];
  const kind = city.categories.find((each) => each.code === one.category)?.[language];
  const again = one.level ? say("wentUp", language) : "";
  return [severity, one.words?.[language], kind, one.unit, one.place, again].filter(Boolean).join(". ");
}

function tellOutside(one: Calling, words: string): void {
  if (typeof Notification === "undefined" || Notification.permission !== "granted") return;
  const shown = new Notification(NAME, { body: words, tag: one.key, requireInteraction: true });
  shown.onclick = () => {
    window.focus();
    if (one.incident !== null) useDesk.getState().select(one.incident);
    shown.close();
  };
}
