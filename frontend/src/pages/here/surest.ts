/** Sends fixes one at a time: what is surer than the one on its way follows it, so that the last and best is never the one that is lost. */
import { inTurn } from "../../live/inTurn";
import { better, type Fix } from "./better";

/** `put` takes a fix that was found, `again` forgets what was sent: the next one counts whatever it is. */
export function surest(send: (fix: Fix) => Promise<void>): { put: (fix: Fix) => void; again: () => void } {
  let last: Fix | null = null;
  let waiting: Fix | null = null;
  const flush = inTurn(async () => {
    const fix = waiting;
    waiting = null;
    // Judged here too: what was on its way may have been as good.
    if (!fix || !better(fix, last)) return;
    const was = last;
    last = fix;
    await send(fix).catch(() => {
      last = was;
    });
  });
  return {
    put: (fix) => {
      if (!better(fix, waiting ?? last)) return;
      waiting = fix;
      void flush();
    },
    again: () => {
      last = null;
      waiting = null;
    },
  };
}
