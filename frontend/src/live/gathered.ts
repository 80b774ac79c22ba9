/** Many words in a burst become few deeds: the first at once, the rest together after a short wait. */
export function gathered<T>(deed: (items: T[]) => void, wait_ms: number): { put: (item: T) => void; stop: () => void } {
  let waiting: T[] = [];
  let timer: ReturnType<typeof setTimeout> | undefined;
  const flush = (): void => {
    timer = undefined;
    if (!waiting.length) return;
    const now = waiting;
    waiting = [];
    timer = setTimeout(flush, wait_ms);
    deed(now);
  };
  return {
    put: (item) => {
      waiting.push(item);
      if (timer === undefined) flush();
    },
    stop: () => {
      clearTimeout(timer);
      timer = undefined;
      waiting = [];
    },
  };
}
