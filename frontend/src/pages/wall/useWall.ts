/** The wall's data and its life: it signs in by itself, asks again after every failure, and reloads for a new build. */
import { useEffect, useRef, useState } from "react";
import { ApiProblem, get } from "../../api/client";
import { newest } from "../../api/newest";
import type { City, HeatLegend, Session, Wall } from "../../api/types";
import { closeStream, listen, openStream } from "../../live/stream";
import { newerBuild } from "./build";
import { enter, keepToken } from "./token";

const ASK_MS = 15_000;
const SOON_MS = 1500;
const BUILD_MS = 60_000;
const WAITS_MS = [1000, 2000, 5000, 10_000, 30_000];

export interface WallState {
  entry: "waiting" | "in" | "refused" | "asked";
  city: City | null;
  wall: Wall | null;
  legend: HeatLegend | null;
  read_ms: number;
}

export function useWall(): WallState & { entered: (session: Session) => void } {
  const [state, setState] = useState<WallState>({ entry: "waiting", city: null, wall: null, legend: null, read_ms: 0 });
  const [life, setLife] = useState(0);
  const failures = useRef(0);
  const days = new URLSearchParams(location.search).get("days");

  useEffect(() => {
    let over = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let asked_ms = 0;
    const asked = newest();
    const put = (change: Partial<WallState>) => !over && setState((was) => ({ ...was, ...change }));
    const later = (wait_ms: number, what: () => void) => {
      clearTimeout(timer);
      if (!over) timer = setTimeout(what, wait_ms);
    };
    const failed = (again: () => void) =>
      later(WAITS_MS[Math.min(failures.current++, WAITS_MS.length - 1)] as number, again);
    const start = async (): Promise<void> => {
      try {
        keepToken();
        const found = await enter();
        put({ entry: found.state });
        if (found.state === "asked") return;
        if (found.state === "refused") return failed(() => void start());
        const city = await get<City>("/api/city");
        const legend = await get<HeatLegend>("/api/heat/legend").catch(() => null);
        put({ city, legend });
        openStream();
        await ask();
      } catch {
        failed(() => void start());
      }
    };
    const ask = (): Promise<void> => {
      asked_ms = Date.now();
      return asked.ask(
        get<Wall>(`/api/wall${days ? `?days=${encodeURIComponent(days)}` : ""}`),
        (wall) => {
          failures.current = 0;
          put({ wall, read_ms: Date.now() });
          later(ASK_MS, () => void ask());
        },
        (error) => {
          // A session that ended is entered again with the kept token.
          const outside = error instanceof ApiProblem && [401, 403].includes(error.body.status);
          failed(() => void (outside ? start() : ask()));
        },
      );
    };
    void start();
    const soon = () => later(Math.max(0, asked_ms + SOON_MS - Date.now()), () => void ask());
    const deaf = listen({
      change: (change) =>
        ["incidents", "responders"].includes(change.layer) && change.kind !== "responder.moved" && soon(),
      refetch: soon,
    });
    const build = setInterval(
      () =>
        void newerBuild().then(
          (newer) => newer && location.reload(),
          () => undefined,
        ),
      BUILD_MS,
    );
    return () => {
      over = true;
      asked.drop();
      clearTimeout(timer);
      clearInterval(build);
      deaf();
      closeStream();
    };
  }, [life]);
  return { ...state, entered: () => setLife((was) => was + 1) };
}
