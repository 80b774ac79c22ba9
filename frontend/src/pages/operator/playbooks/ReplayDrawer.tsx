/** A case as it went, on a slider: play, pause, speed, by mouse or by arrow keys; the map shows what was known then. */
import { useQuery } from "@tanstack/react-query";
import { useEffect } from "react";
import { create } from "zustand";
import { get } from "../../../api/client";
import type { Words } from "../../../api/types";
import { useSay } from "../../../language/store";
import { age } from "../../../panels/age";
import { wordsOfKind } from "../cases/verbs";
import { useDesk } from "../desk";
import { useCity } from "../queries";
import {
  drawnAt,
  isOn,
  newestAt,
  type ReplayClosure,
  type ReplayEntry,
  type ReplayForce,
  type ReplayLevel,
  type ReplayUnit,
  standingAt,
  toldAt,
} from "./replay";

export interface Replay {
  incident: { id: number; code: string; lon: number | null; lat: number | null };
  from: string;
  until: string;
  gap_s: number;
  entries: ReplayEntry[];
  units: ReplayUnit[];
  alarms: { words: Words; raised_at: string; acknowledged_at: string | null; cleared_at: string | null }[];
  closures: ReplayClosure[];
  /** Nothing was kept of that time: closures are those of now. */
  closures_as_now: boolean;
  levels: ReplayLevel[];
  force: ReplayForce[];
  cameras: { properties: { code: string; name: string } }[];
}
export const SPEEDS = [1, 10, 60, 300];
const STEP_MS = 100;
const ARROW_S = 10;
const SHOWN_ENTRIES = 4;

/** What the overlay on the map draws from. */
export const useReplay = create<{ told: Replay | null; at_s: number; playing: boolean; speed: number }>(() => ({
  told: null,
  at_s: 0,
  playing: false,
  speed: 10,
}));
const put = useReplay.setState;
const seconds = (moment: string): number => Date.parse(moment) / 1000;

export function ReplayDrawer() {
  const { t, w } = useSay();
  const kindOf = (kind: string): string => wordsOfKind(kind, t);
  const selected = useDesk((desk) => desk.selected);
  const city = useCity();
  const { told, at_s, playing, speed } = useReplay();
  const found = useQuery({
    queryKey: ["replay", selected],
    queryFn: () => get<Replay>(`/api/incidents/${selected}/replay`),
    enabled: selected !== null,
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
  }).data;
  useEffect(() => {
    if (found && found.incident.id === selected) put({ told: found, at_s: seconds(found.from), playing: false });
  }, [found, selected]);
  // The case before is not told under the name of this one.
  useEffect(() => () => put({ told: null, playing: false }), [selected]);
  useEffect(() => {
    if (!playing || !told) return;
    const end_s = seconds(told.until);
    const id = setInterval(() => {
      const next_s = Math.min(useReplay.getState().at_s + (useReplay.getState().speed * STEP_MS) / 1000, end_s);
      put({ at_s: next_s, playing: next_s < end_s });
    }, STEP_MS);
    return () => clearInterval(id);
  }, [playing, told]);
  if (selected === null || !told) return <p className="muted">{t("rpNone")}</p>;
  const [from_s, until_s] = [seconds(told.from), seconds(told.until)];
  const { status, past } = toldAt(told.entries, at_s);
  const ringing = told.alarms.filter((one) => isOn(one.raised_at, one.acknowledged_at ?? one.cleared_at, at_s));
  const closed = standingAt(told.closures, at_s);
  const level = newestAt(told.levels, at_s);
  const force = newestAt(told.force, at_s);
  return (
    <div className="pb-replay" data-testid="replay" data-at={Math.round(at_s - from_s)}>
      <div className="pb-controls">
        <button
          type="button"
          className="primary"
          data-testid="replay-play"
          aria-pressed={playing}
          onClick={() => put({ playing: !playing, at_s: at_s >= until_s ? from_s : at_s })}
        >
          {playing ? `❚❚ ${t("rpPause")}` : `▶ ${t("rpPlay")}`}
        </button>
        <label>
          {t("rpSpeed")}{" "}
          <select
            data-testid="replay-speed"
            value={speed}
            onChange={(event) => put({ speed: Number(event.currentTarget.value) })}
          >
            {SPEEDS.map((one) => (
              <option key={one} value={one}>
                ×{one}
              </option>
            ))}
          </select>
        </label>
        <input
          type="range"
          className="pb-slider"
          data-testid="replay-slider"
          aria-label={t("rpTime")}
          aria-valuetext={new Date(at_s * 1000).toLocaleTimeString("vi-VN")}
          min={from_s}
          max={until_s}
          step={1}
          value={at_s}
          onKeyDown={(event) => {
            const by = { ArrowLeft: -ARROW_S, ArrowRight: ARROW_S }[event.key];
            if (!by) return;
            event.preventDefault();
            put({ at_s: Math.min(until_s, Math.max(from_s, at_s + by)) });
          }}
          onChange={(event) => put({ at_s: Number(event.currentTarget.value) })}
        />
        <time>
          {new Date(at_s * 1000).toLocaleTimeString("vi-VN")} (+{age(at_s - from_s)})
        </time>
      </div>
      <p data-testid="replay-status">
        <b>{told.incident.code}</b> {w(city?.statuses.find((one) => one.code === status))}
        {ringing.length ? <span className="warn"> ⚠ {ringing.map((one) => w(one.words)).join(", ")}</span> : null}
        {closed.length ? (
          <span className="warn">
            {" "}
            ✕ {t("rpClosed")}: {closed.map((one) => one.properties.reason).join(", ")}
          </span>
        ) : null}
        {told.closures_as_now ? <span className="muted"> ⚠ {t("rpClosedNow")}</span> : null}
        <span className="muted" data-testid="replay-level">
          {" "}
          ≈{" "}
          {level?.level_cm == null
            ? t("rpNoLevel")
            : `${t("rpLevel")} ${(level.level_cm / 100).toFixed(2)} m ${level.station}`}
        </span>
        {told.cameras.length ? (
          <span className="muted">
            {" "}
            ◉ {t("rpSeen")}: {told.cameras.map((one) => one.properties.code).join(", ")} ({t("rpNoPictures")})
          </span>
        ) : null}
      </p>
      {force ? (
        <p className="muted" data-testid="replay-force">
          {Object.values(force.kinds).reduce((sum, n) => sum + n, 0)} {t("rpDuty")}:{" "}
          {Object.entries(force.kinds)
            .map(([kind, n]) => `${w(city?.forces?.find((one) => one.code === kind)) || kind} ${n}`)
            .join(", ")}
        </p>
      ) : null}
      <p data-testid="replay-units">
        {told.units.map((unit) => {
          const drawn = drawnAt(unit, at_s, told.gap_s);
          if (drawn.status === "none") return null;
          const words = w(city?.assignment_statuses?.find((one) => one.code === STATUS_CODES[drawn.status]));
          return (
            <span key={unit.assignment} className="pb-unit">
              {unit.code} {words} {drawn.last ? <span className="warn">⚠ {t("rpSilent")}</span> : null}
            </span>
          );
        })}
      </p>
      <div className="pb-past">
        {past.slice(0, SHOWN_ENTRIES).map((one) => (
          <div key={`${one.at}${one.kind}${one.note}`} className="entry">
            <span className="muted">{new Date(one.at).toLocaleTimeString("vi-VN")}</span> {kindOf(one.kind)} {one.note}{" "}
            <span className="muted">{one.by}</span>
          </div>
        ))}
      </div>
    </div>
  );
}

const STATUS_CODES = {
  none: "",
  requested: "requested",
  accepted: "accepted",
  enroute: "enroute",
  on_scene: "on_scene",
  ended: "cleared",
};
