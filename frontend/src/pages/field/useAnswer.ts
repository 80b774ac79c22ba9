/** One answer, asked for once, with its problem in words: the phone needs no cache library. */
import { useEffect, useState } from "react";
import { get, wordsOf } from "../../api/client";
import { useSay } from "../../language/store";

export function useAnswer<T>(path: string): { answer: T | null; problem: string } {
  const { language } = useSay();
  const [answer, setAnswer] = useState<T | null>(null);
  const [error, setError] = useState<unknown>(null);
  useEffect(() => {
    let gone = false;
    get<T>(path).then(
      (found) => !gone && setAnswer(found),
      (failure: unknown) => !gone && setError(failure),
    );
    return () => {
      gone = true;
    };
  }, [path]);
  return { answer, problem: error === null ? "" : wordsOf(error, language) };
}
