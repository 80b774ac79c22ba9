/** Of several questions only the one that was asked last counts: a slower answer to an older one is dropped, whichever way it ends. */
export interface Newest {
  /** Hands on the answer, or the refusal, unless something was asked or dropped since. Settles when it is known, and never fails. */
  ask: <T>(question: Promise<T>, took: (answer: T) => void, failed?: (error: unknown) => void) => Promise<void>;
  /** What is on its way no longer counts. Answers whether something was. */
  drop: () => boolean;
}

export function newest(): Newest {
  let asked = 0;
  let waiting = false;
  const counts = (mine: number): boolean => {
    if (mine !== asked) return false;
    waiting = false;
    return true;
  };
  return {
    ask: (question, took, failed) => {
      const mine = ++asked;
      waiting = true;
      return question.then(
        (answer) => {
          if (counts(mine)) took(answer);
        },
        (error: unknown) => {
          if (counts(mine)) failed?.(error);
        },
      );
    },
    drop: () => {
      const was = waiting;
      asked += 1;
      waiting = false;
      return was;
    },
  };
}
