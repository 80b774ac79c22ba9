/** The tide: the level that counts and where it comes from, what any level would take, and a level set by hand with why. */
import { Button, TextInput } from "@mantine/core";
import { useState } from "react";
import { post } from "../../../api/client";
import { useSay } from "../../../language/store";
import { age, secondsSince } from "../../../panels/age";
import { desk, useDesk } from "../desk";
import { useCity } from "../queries";
import { type Flood as Answer, putConditions, useConditions, useFlood } from "./conditions";
import "./conditions.css";

const STEP_CM = 10;
const metres = (cm: number): string => `${(cm / 100).toFixed(2)} m`;

async function write(path: string, body: unknown): Promise<void> {
  try {
    await post(path, body);
    putConditions({ looking_cm: null });
  } catch (error) {
    desk().tell(error);
  }
  for (const key of ["flood", "candidates", "readiness"]) void desk().client.invalidateQueries({ queryKey: [key] });
}

export function Flood() {
  const { t } = useSay();
  const flood = useFlood();
  const looking_cm = useConditions((one) => one.looking_cm);
  const may = useDesk((desk) => desk.may);
  if (!flood) return null;
  const level_cm = looking_cm ?? flood.counting?.level_cm ?? flood.least_cm - STEP_CM;
  return (
    <div data-testid="flood">
      <Counting flood={flood} />
      <Built flood={flood} />
      <label htmlFor="flood-level">
        {t("whatIf")} <strong data-testid="flood-looking">{metres(level_cm)}</strong>
      </label>
      <input
        id="flood-level"
        type="range"
        data-testid="flood-level"
        style={{ width: "100%" }}
        min={flood.least_cm - STEP_CM}
        max={flood.most_cm}
        step={STEP_CM}
        value={Math.min(flood.most_cm, Math.max(flood.least_cm - STEP_CM, level_cm))}
        aria-valuetext={metres(level_cm)}
        onChange={(event) => putConditions({ looking_cm: Number(event.currentTarget.value) })}
      />
      {looking_cm === null ? null : (
        <Button size="compact-sm" variant="default" onClick={() => putConditions({ looking_cm: null })}>
          {t("floodBackToNow")}
        </Button>
      )}
      <Taken flood={flood} />
      {may("edit_closures") ? <ByHand level_cm={level_cm} station={flood.counting?.station ?? ""} /> : null}
    </div>
  );
}

function Counting({ flood }: { flood: Answer }) {
  const { t, language } = useSay();
  const may = useDesk((desk) => desk.may);
  const now_ms = useDesk((desk) => desk.now_ms);
  const level = flood.counting;
  return (
    <>
      <h3>{t("levelNow")}</h3>
      {level ? (
        <p data-testid="flood-counting">
          <strong>{metres(level.level_cm)}</strong> · {level.source === "hand" ? t("levelByHand") : level.station}
          {level.reading_cm === null ? "" : ` (${metres(level.reading_cm)})`} · {t("levelAt")}{" "}
          {new Date(level.measured_at).toLocaleTimeString("vi-VN")} ({age(secondsSince(level.measured_at, now_ms))})
          {level.because ? ` · ${level.because}` : ""}
          {level.by ? ` · ${level.by}` : ""}
        </p>
      ) : (
        <p className="warn">⚠ {t("levelNone")}</p>
      )}
      {flood.passed_over.map((one) => (
        <p key={one.station} className="muted">
          {language === "en" ? one.en : one.vi}
        </p>
      ))}
      {level?.source === "hand" && may("edit_closures") ? (
        <Button
          size="compact-sm"
          variant="default"
          data-testid="flood-end"
          onClick={() => void write("/api/flood/level/end", {})}
        >
          {t("endLevel")}
        </Button>
      ) : null}
    </>
  );
}

/** How old what is known of the water is: the whole build, the streets worked out since, and what still waits. */
function Built({ flood }: { flood: Answer }) {
  const { t } = useSay();
  const now_ms = useDesk((desk) => desk.now_ms);
  if (!flood.build) return <p className="warn">⚠ {t("floodNotBuilt")}</p>;
  const { built_at, refreshed_at, waiting, zones_old } = flood.build;
  return (
    <p className="muted" data-testid="flood-built">
      {t("floodBuilt")} {age(secondsSince(built_at, now_ms))}
      {refreshed_at ? ` · ${t("floodRefreshed")} ${age(secondsSince(refreshed_at, now_ms))}` : ""}
      {waiting ? (
        <span className="warn">
          {" "}
          ⚠ {waiting} {t("floodWaiting")}
        </span>
      ) : null}
      {zones_old ? <span className="warn"> ⚠ {t("floodZonesOld")}</span> : null}
    </p>
  );
}

function Taken({ flood }: { flood: Answer }) {
  const { t, w } = useSay();
  const city = useCity();
  const { within, streets } = flood;
  return (
    <>
      {within ? (
        <dl data-testid="flood-within">
          <div>
            <dt>{t("floodHouses")}</dt>
            <dd data-testid="flood-houses">{within.houses.toLocaleString("vi-VN")}</dd>
          </div>
          <div>
            <dt>{t("floodPlaces")}</dt>
            <dd>
              {within.places.length}
              <ul className="conditions-list">
                {within.places.slice(0, 8).map((place) => (
                  <li key={`${place.name}${place.lon}`}>
                    <button
                      type="button"
                      className="plain"
                      onClick={() => desk().map?.easeTo({ center: [place.lon, place.lat], zoom: 16 })}
                    >
                      {place.name}
                    </button>
                  </li>
                ))}
              </ul>
            </dd>
          </div>
        </dl>
      ) : null}
      {streets && Object.keys(streets.modes).length ? (
        <table className="conditions-table" data-testid="flood-modes">
          <caption>{t("floodStreets")}</caption>
          <thead>
            <tr>
              <th>{t("modeWord")}</th>
              <th>✕ {t("floodClosed")}</th>
              <th>◔ {t("floodSlow")}</th>
            </tr>
          </thead>
          <tbody>
            {Object.entries(streets.modes).map(([mode, lost]) => (
              <tr key={mode}>
                <td>{w(city?.modes.find((one) => one.code === mode)) || mode}</td>
                <td>{(lost.closed_m / 1000).toFixed(1)} km</td>
                <td>{(lost.slowed_m / 1000).toFixed(1)} km</td>
              </tr>
            ))}
          </tbody>
        </table>
      ) : null}
      {streets?.names.length ? <p className="muted">{streets.names.join(", ")}</p> : null}
      {streets?.unknown ? (
        <p className="warn">
          ⚠ {streets.unknown} {t("floodUnknown")}
        </p>
      ) : null}
    </>
  );
}

function ByHand({ level_cm, station }: { level_cm: number; station: string }) {
  const { t } = useSay();
  const [because, setBecause] = useState("");
  const [hours, setHours] = useState("6");
  const set = (): Promise<void> =>
    write("/api/flood/level", {
      level_cm,
      station,
      because,
      ...(Number(hours) > 0 ? { ends_at: new Date(Date.now() + Number(hours) * 3_600_000).toISOString() } : {}),
    });
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (because.trim()) void set().then(() => setBecause(""));
      }}
    >
      <TextInput
        label={t("setLevelWhy")}
        value={because}
        maxLength={300}
        data-testid="flood-because"
        onChange={(event) => setBecause(event.currentTarget.value)}
      />
      <TextInput
        type="number"
        min={0}
        max={336}
        label={t("levelUntil")}
        value={hours}
        onChange={(event) => setHours(event.currentTarget.value)}
      />
      <Button type="submit" fullWidth mt={8} disabled={!because.trim()} data-testid="flood-set">
        {t("setLevel")}: {metres(level_cm)}
      </Button>
    </form>
  );
}
