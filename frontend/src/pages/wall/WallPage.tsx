/** The wall: one map, six figures and the last severe cases, read from across the room and touched by nobody. */
import { useEffect, useState } from "react";
import type { City, HeatLegend, Wall } from "../../api/types";
import { useSay } from "../../language/store";
import { useLive } from "../../live/stream";
import { HEAT_OPACITY } from "../../map/heat";
import { age, secondsSince } from "../../panels/age";
import { SignIn } from "../../panels/SignIn";
import { isOpen, NO_RATE, RATE_RAMP, type Scene, sceneAt, WARD_OPACITY } from "./scenes";
import { useWall } from "./useWall";
import { WallMap } from "./WallMap";

const AMBER_S = 60;
const GREY_S = 180;
const TICKER = 5;
const TURN_MS = 10_000;
const SEVERE = 4;
const SHIFT_EVERY_MS = 600_000;
const TITLES = { wards: "wallWards", heat: "wallHeat", severe: "wallSevere" } as const;

export function WallPage() {
  const { t, w, language } = useSay();
  const { entry, city, wall, legend, read_ms, entered } = useWall();
  const live = useLive();
  const [now_ms, setNow] = useState(Date.now());
  useEffect(() => {
    const id = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(id);
  }, []);
  if (entry === "asked")
    return (
      <main className="wall-door">
        <SignIn done={entered} />
      </main>
    );
  if (!wall || !city)
    return (
      <main className="wall-door" data-testid="wall-waiting" data-entry={entry}>
        <h1>{entry === "refused" ? t("badToken") : t("waitingData")}…</h1>
      </main>
    );
  const read_s = (now_ms - read_ms) / 1000;
  const stale = read_s > GREY_S ? "grey" : read_s > AMBER_S ? "amber" : "no";
  const scene = sceneAt(now_ms, wall.latest);
  const locale = language === "en" ? "en-GB" : "vi-VN";
  // Against burn-in: the whole picture moves by two pixels every ten minutes.
  const turn = Math.floor(now_ms / SHIFT_EVERY_MS) % 4;
  const shift = `translate(${turn % 2 ? 2 : 0}px, ${turn > 1 ? 2 : 0}px)`;
  return (
    <main className="wall" data-testid="wall" data-stale={stale} data-scene={scene} style={{ transform: shift }}>
      <header className="wall-head">
        <b>{w(city.name)}</b>
        {city.demo ? <span className="wall-demo">{t("simulated")}</span> : null}
        <span data-testid="wall-scene">{t(TITLES[scene])}</span>
        <span className={stale === "no" ? "" : "wall-warn"} data-testid="wall-age">
          {stale === "no" ? "" : "⚠ "}
          {t("dataUntil")} {new Date(wall.as_of).toLocaleTimeString(locale)} ({age(read_s)})
          {wall.data_until ? ` · ${t("newestCase")} ${age(secondsSince(wall.data_until, now_ms))}` : ""}
        </span>
        <span className={`light ${live.connection}`} data-testid="connection" data-state={live.connection}>
          {t(live.connection)}
        </span>
        <time>{new Date(now_ms).toLocaleTimeString(locale)}</time>
      </header>
      <section className="wall-scene">
        <WallMap city={city} wall={wall} legend={legend} scene={scene} />
        {scene === "severe" ? null : <Legend scene={scene} wall={wall} legend={legend} />}
      </section>
      <Figures wall={wall} city={city} locale={locale} />
      <footer className="wall-ticker" data-testid="wall-ticker">
        {severeOf(wall).length ? null : <span>{t("quiet")}</span>}
        {turned(severeOf(wall), now_ms).map((one) => (
          <span key={one.id} data-testid={`ticker-${one.id}`}>
            <span className={`chip s${one.severity}`}>{one.severity}</span>{" "}
            {w(city.categories.find((kind) => kind.code === one.category))} · {one.ward_name} ·{" "}
            {w(city.statuses.find((kind) => kind.code === one.status)) || one.status} ·{" "}
            <b>{age(secondsSince(one.reported_at, now_ms))}</b>
          </span>
        ))}
      </footer>
    </main>
  );
}

const severeOf = (wall: Wall) =>
  wall.latest
    .filter((one) => one.severity >= SEVERE)
    .sort((a, b) => Number(isOpen(b)) - Number(isOpen(a)))
    .slice(0, TICKER);

/** Each severe case is the first of the line in its turn, so that all are read where only some fit. */
const turned = <T,>(items: T[], now_ms: number): T[] => {
  const first = Math.floor(now_ms / TURN_MS) % Math.max(1, items.length);
  return [...items.slice(first), ...items.slice(0, first)];
};

function Legend({ scene, wall, legend }: { scene: Scene; wall: Wall; legend: HeatLegend | null }) {
  const { t, w, language } = useSay();
  const rows = scene === "wards" ? RATE_RAMP : (legend?.ramp ?? []);
  const unit = scene === "wards" ? t("wallWards") : typeof legend?.unit === "object" ? w(legend.unit) : t("heatUnit");
  return (
    <div className="wall-legend" data-testid="wall-legend">
      <div>{unit}</div>
      {rows.map((row, i) => (
        <div key={row.color}>
          <i style={{ background: row.color, opacity: scene === "heat" ? HEAT_OPACITY : WARD_OPACITY }} />
          {row.from.toLocaleString(language)}
          {rows[i + 1] ? ` – ${(rows[i + 1] as { from: number }).from.toLocaleString(language)}` : " +"}
        </div>
      ))}
      {scene === "wards" && wall.by_ward.some((one) => one.rate_per_10k === null) ? (
        <div>
          <i style={{ background: NO_RATE }} />
          {t("sparse")}
        </div>
      ) : null}
    </div>
  );
}

function Figures({ wall, city, locale }: { wall: Wall; city: City; locale: string }) {
  const { t, w } = useSay();
  const free = wall.units_by_state.find((one) => one.state === "available")?.n ?? 0;
  const units = wall.units_by_state.reduce((sum, one) => sum + one.n, 0);
  const two = (n: number) => String(n).padStart(2, "0");
  const dated = (at: string) => `${two(new Date(at).getDate())}/${two(new Date(at).getMonth() + 1)}`;
  const p90 = (seconds: number | null) => (wall.sparse || seconds === null ? null : age(seconds));
  const basis = `n = ${wall.n.toLocaleString(locale)} · ${wall.period.days} ${t("inDays")}`;
  return (
    <section className="wall-figures">
      <div className="figure wide" data-testid="figure-open">
        <h2>{t("openNow")}</h2>
        <ul>
          {[...wall.open_by_severity]
            .sort((a, b) => b.severity - a.severity)
            .map((one) => (
              <li key={one.severity} data-testid={`open-s${one.severity}`}>
                <span className={`chip s${one.severity}`}>{one.severity}</span>
                <b>{one.n}</b>
              </li>
            ))}
        </ul>
      </div>
      <Figure id="verify" title={t("verifyP90")} value={p90(wall.verify_p90_s)} note={`${t("minutes")} · ${basis}`} />
      <Figure
        id="dispatch"
        title={t("dispatchP90")}
        value={p90(wall.dispatch_p90_s)}
        note={`${t("minutes")} · ${basis}`}
      />
      <Figure
        id="units"
        title={t("unitsFree")}
        value={`${free}/${units}`}
        note={wall.units_by_state
          .filter((one) => one.state !== "available" && one.n > 0)
          .map((one) => `${w(city.availabilities?.find((kind) => kind.code === one.state)) || one.state} ${one.n}`)
          .join(" · ")}
      />
      <Figure
        id="sensors"
        title={t("sensorsOffline")}
        value={wall.sensors_offline === null ? null : String(wall.sensors_offline)}
        bad={(wall.sensors_offline ?? 0) > 0}
        note=""
      />
      <Figure
        id="cases"
        title={`${t("casesIn")} / ${wall.period.days} ${t("inDays")}`}
        value={wall.n.toLocaleString(locale)}
        note={`${dated(wall.period.from)} – ${dated(wall.period.to)}${wall.sparse ? ` · ${t("sparse")}` : ""}`}
      />
    </section>
  );
}

function Figure({
  id,
  title,
  value,
  note,
  bad = false,
}: {
  id: string;
  title: string;
  value: string | null;
  note: string;
  bad?: boolean;
}) {
  const { t } = useSay();
  return (
    <div className={bad ? "figure bad" : "figure"} data-testid={`figure-${id}`}>
      <h2>{title}</h2>
      {value === null ? (
        <strong className="few">{t("sparse")}</strong>
      ) : (
        <strong>
          {bad ? "⚠ " : ""}
          {value}
        </strong>
      )}
      <p>{note}</p>
    </div>
  );
}
