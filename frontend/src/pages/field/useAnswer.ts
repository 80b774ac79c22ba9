/** One answer, asked for once, with its problem in words: the phone needs no cache library. */
import { useEffect, useState } from "react";
import { wordsOf } from "../../api/client";
import { useSay } from "../../language/store";

/** `ask` is the same function every time. */
export function useAnswer<T>(ask: () => Promise<T>): { answer: T | null; problem: string } {
  const { language } = useSay();
  const [answer, setAnswer] = useState<T | null>(null);
  const [error, setError] = useState<unknown>(null);
  useEffect(() => {
    let gone = false;
    ask().then(
      (found) => !gone && setAnswer(found),
      (failure: unknown) => !gone && setError(failure),
    );
    return () => {
      gone = true;
    };
  }, [ask]);
  return { answer, problem: error === null ? "" : wordsOf(error, language) };
}
