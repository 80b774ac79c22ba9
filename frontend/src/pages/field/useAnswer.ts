/** One answer, asked for once, with its problem in words: the phone needs no cache library. */
import { useEffect, useState } from "react";
import { wordsOf } from "../../api/client";
import { useSay } from "../../language/store";
import { useNewest } from "../../panels/useNewest";

/** `ask` is the same function every time. */
export function useAnswer<T>(ask: () => Promise<T>): { answer: T | null; problem: string } {
  const { language } = useSay();
  const [answer, setAnswer] = useState<T | null>(null);
  const [error, setError] = useState<unknown>(null);
  const asked = useNewest();
  useEffect(() => void asked.ask(ask(), setAnswer, setError), [asked, ask]);
  return { answer, problem: error === null ? "" : wordsOf(error, language) };
}
