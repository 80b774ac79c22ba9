/** Begins an exercise with who and what takes part, lets reports come in, ends it with its lessons. */
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { get, post } from "../../../api/client";
import { useSay } from "../../../language/store";
import type { RunningExercise } from "../../../panels/ExerciseBanner";
import { client, desk, useDesk } from "../desk";
import { useCity, useUnits } from "../queries";

interface Listed {
  items: { id: number; name: string; starts_at: string; ended_at: string | null; by: string }[];
  scripts: { name: string; text: string }[];
  people: { id: number; name: string }[];
}
const USUAL_MIN = 60;
const reread = (): void => {
  for (const key of ["exercise", "exercises", "queue", "units"]) void client.invalidateQueries({ queryKey: [key] });
};

export function ExerciseDrawer() {
  const { t } = useSay();
  const running = useQuery({
    queryKey: ["exercise"],
    queryFn: () => get<{ exercise: RunningExercise | null }>("/api/exercises/now"),
  }).data?.exercise;
  const listed = useQuery({ queryKey: ["exercises"], queryFn: () => get<Listed>("/api/exercises") }).data;
  if (running === undefined || !listed) return null;
  return (
    <div className="pb-list" data-testid="exercise">
      {running ? <Running running={running} /> : <Begin listed={listed} />}
      {listed.items.length ? <h3>{t("exBefore")}</h3> : null}
      <ul className="pb-rows">
        {listed.items.map((one) => (
          <li key={one.id}>
            {new Date(one.starts_at).toLocaleString("vi-VN")} · {one.name} · {one.by}{" "}
            <a href={`/api/exercises/${one.id}/report.html`} target="_blank" rel="noreferrer">
              {t("hoPrint")}
            </a>
          </li>
        ))}
      </ul>
    </div>
  );
}

function Begin({ listed }: { listed: Listed }) {
  const { t } = useSay();
  const units = useUnits();
  const [name, setName] = useState("");
  const [minutes, setMinutes] = useState(USUAL_MIN);
  const [people, setPeople] = useState<number[]>([]);
  const [taking, setTaking] = useState<number[]>([]);
  const [script, setScript] = useState("");
  const start = (): void =>
    void post("/api/exercises", { name, minutes, people, units: taking, script }).then(reread, desk().tell);
  const use = (chosen: string): void => {
    const found = listed.scripts.find((one) => one.name === chosen);
    if (!found) return;
    setScript(found.text);
    if (!name) setName(found.name);
  };
  return (
    <>
      <label className="pb-field">
        {t("exName")}
        <input data-testid="exercise-name" value={name} onChange={(event) => setName(event.currentTarget.value)} />
      </label>
      <label className="pb-field">
        {t("exMinutes")}
        <input
          type="number"
          min={5}
          max={1440}
          value={minutes}
          onChange={(event) => setMinutes(Number(event.currentTarget.value))}
        />
      </label>
      <Many title={t("exPeople")} items={listed.people} chosen={people} put={setPeople} id="exercise-people" />
      <Many
        title={t("exUnits")}
        items={(units ?? []).map((one) => ({ id: one.id, name: `${one.code} ${one.name}` }))}
        chosen={taking}
        put={setTaking}
        id="exercise-units"
      />
      <label className="pb-field">
        {t("exBuiltIn")}
        <select data-testid="exercise-built-in" value="" onChange={(event) => use(event.currentTarget.value)}>
          <option value="">—</option>
          {listed.scripts.map((one) => (
            <option key={one.name}>{one.name}</option>
          ))}
        </select>
      </label>
      <label className="pb-field">
        {t("exScript")}
        <textarea
          rows={6}
          data-testid="exercise-script"
          value={script}
          onChange={(event) => setScript(event.currentTarget.value)}
        />
      </label>
      <button
        type="button"
        className="primary"
        data-testid="exercise-start"
        disabled={!name.trim() || !taking.length}
        onClick={start}
      >
        {t("exStart")}
      </button>
    </>
  );
}

function Many({
  title,
  items,
  chosen,
  put,
  id,
}: {
  title: string;
  items: { id: number; name: string }[];
  chosen: number[];
  put: (chosen: number[]) => void;
  id: string;
}) {
  return (
    <label className="pb-field">
      {title} ({chosen.length})
      <select
        multiple
        size={5}
        data-testid={id}
        value={chosen.map(String)}
        onChange={(event) => put([...event.currentTarget.selectedOptions].map((one) => Number(one.value)))}
      >
        {items.map((one) => (
          <option key={one.id} value={one.id}>
            {one.name}
          </option>
        ))}
      </select>
    </label>
  );
}

function Running({ running }: { running: RunningExercise }) {
  const { t, w } = useSay();
  const city = useCity();
  const map = useDesk((desk) => desk.map);
  const [category, setCategory] = useState("");
  const [lessons, setLessons] = useState("");
  const play = (): void => {
    const at = map?.getCenter();
    if (at)
      void post(`/api/exercises/${running.id}/play`, { category, lon: at.lng, lat: at.lat }).then(reread, desk().tell);
  };
  return (
    <>
      <p>
        <b>{running.name}</b> · {t("exUntil")} {new Date(running.until).toLocaleTimeString("vi-VN")} ·{" "}
        {running.injects.played}/{running.injects.played + running.injects.left} {t("exPlayed")}
      </p>
      <label className="pb-field">
        {t("exPlay")}
        <select
          data-testid="exercise-category"
          value={category}
          onChange={(event) => setCategory(event.currentTarget.value)}
        >
          <option value="">—</option>
          {city?.categories.map((one) => (
            <option key={one.code} value={one.code}>
              {w(one)}
            </option>
          ))}
        </select>
      </label>
      <button type="button" data-testid="exercise-play" disabled={!category} onClick={play}>
        {t("send")}
      </button>
      <textarea
        aria-label={t("exLessons")}
        placeholder={t("exLessons")}
        value={lessons}
        onChange={(event) => setLessons(event.currentTarget.value)}
      />
      <button
        type="button"
        className="primary"
        data-testid="exercise-end"
        onClick={() => void post(`/api/exercises/${running.id}/end`, { lessons }).then(reread, desk().tell)}
      >
        {t("exEnd")}
      </button>
    </>
  );
}
