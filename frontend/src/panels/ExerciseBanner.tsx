/** Says on every screen that an exercise runs: in words, with a frame of stripes, until when, and whether whoever sits here takes part. */
import { useEffect, useState } from "react";
import { get } from "../api/client";
import { useSay } from "../language/store";
import { listen } from "../live/stream";
import "./exercise.css";
import { useNewest } from "./useNewest";

export interface RunningExercise {
  id: number;
  name: string;
  starts_at: string;
  until: string;
  units: number[];
  cases: number[];
  takes_part: boolean;
  leads: boolean;
  injects: { played: number; left: number };
}
const LOOK_MS = 15_000;

/** The exercise that runs now, for whoever is signed in; null while none does. */
export function useExercise(on: boolean): RunningExercise | null {
  const [running, setRunning] = useState<RunningExercise | null>(null);
  const asked = useNewest();
  useEffect(() => {
    if (!on) return setRunning(null);
    // A screen that may not know shows none; one whose line is down keeps what it knew.
    const look = (): void =>
      void asked.ask(get<{ exercise: RunningExercise | null }>("/api/exercises/now"), ({ exercise }) =>
        setRunning(exercise),
      );
    look();
    const id = setInterval(look, LOOK_MS);
    const deaf = listen({
      refetch: look,
      change: (change) => {
        if (change.kind === "incident.exercise") look();
      },
    });
    return () => {
      asked.drop();
      clearInterval(id);
      deaf();
    };
  }, [on, asked]);
  return running;
}

export function ExerciseBanner({ running }: { running: RunningExercise | null }) {
  const { t } = useSay();
  useEffect(() => {
    document.body.dataset.exercise = running ? "on" : "off";
    return () => {
      delete document.body.dataset.exercise;
    };
  }, [running]);
  if (!running) return null;
  return (
    <div className="exercise-banner" role="status" data-testid="exercise-banner">
      ⚠ {t("exBanner")}: {running.name} · {t("exUntil")} {new Date(running.until).toLocaleTimeString("vi-VN")}
      {running.takes_part ? "" : ` · ${t("exNotPart")}`}
    </div>
  );
}
