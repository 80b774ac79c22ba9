/** How good the arrival times were, by class of road and hour; the speeds fitted from what the ways took; and who puts them in force or takes them back. */
import { Button, NativeSelect, TextInput } from "@mantine/core";
import { useState } from "react";
import { useSay } from "../../../language/store";
import { age } from "../../../panels/age";
import { useCity } from "../queries";
import { approve, type Calibration, type Figures, type Fit, propose, useCalibration, withdraw } from "./speeds";
import "../conditions/conditions.css";

const PERIODS_DAYS = [7, 30, 90, 365];
const USUAL_DAYS = 90;
const signed = (seconds: number | null): string =>
  seconds === null ? "—" : `${seconds < 0 ? "−" : "+"}${age(Math.abs(seconds))}`;
const time = (seconds: number | null): string => (seconds === null ? "—" : age(seconds));

export function Speeds() {
  const { t } = useSay();
  const [days, setDays] = useState(USUAL_DAYS);
  const { data: found, isFetching } = useCalibration(days);
  return (
    <div data-testid="speeds" aria-busy={isFetching}>
      <NativeSelect
        label={t("spPeriod")}
        value={String(days)}
        data-testid="speeds-days"
        onChange={(event) => setDays(Number(event.currentTarget.value))}
        data={PERIODS_DAYS.map((one) => ({ value: String(one), label: `${one} ${t("spDays")}` }))}
      />
      {found ? <Report found={found} days={days} /> : <p className="muted">{t("spReading")}</p>}
    </div>
  );
}

function Report({ found, days }: { found: Calibration; days: number }) {
  const { t, w } = useSay();
  const city = useCity();
  if (!found.travel.n)
    return (
      <>
        <p data-testid="speeds-none">{t("spNoTrips")}</p>
        <Sets found={found} />
      </>
    );
  return (
    <>
      <p data-testid="speeds-travel">
        <b>
          {found.travel.n} {t("spTrips")}
        </b>
        {found.left_out ? ` (${found.left_out} ${t("spLeftOut")})` : ""} · {t("spError")}{" "}
        {signed(found.travel.median_s)}, {t("spP90")} {time(found.travel.p90_s)}
        {found.turnout.n ? ` · ${t("spTurnout")} ${signed(found.turnout.median_s)}` : ""}
      </p>
      <h3>{t("spByMode")}</h3>
      <Table
        rows={Object.entries(found.by.mode).map(([mode, figures]) => [
          w(city?.modes.find((one) => one.code === mode)) || mode,
          figures,
        ])}
      />
      {Object.entries(found.class_hours).map(([code, hours]) => (
        <section key={code} data-testid={`speeds-${code}`}>
          <h3>{w(found.classes[code]) || code}</h3>
          <Table rows={[...Object.entries(hours), [t("spAllHours"), found.by.road_class[code] as Figures]]} />
        </section>
      ))}
      <Sets found={found} />
      {found.may_approve ? (
        <Button fullWidth variant="default" data-testid="speeds-propose" onClick={() => void propose(days)}>
          {t("spPropose")}
        </Button>
      ) : null}
    </>
  );
}

/** Predicted and happened side by side, with how many trips know of it. */
function Table({ rows }: { rows: [string, Figures][] }) {
  const { t } = useSay();
  return (
    <table className="conditions-table">
      <thead>
        <tr>
          <th aria-label={t("spWhat")} />
          <th>n</th>
          <th>{t("spForeseen")}</th>
          <th>{t("spActual")}</th>
          <th>{t("spError")}</th>
        </tr>
      </thead>
      <tbody>
        {rows.map(([name, one]) => (
          <tr key={name}>
            <td>{name}</td>
            <td>{one.n}</td>
            <td>{time(one.foreseen_s)}</td>
            <td>{time(one.actual_s)}</td>
            <td>{signed(one.median_s)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Sets({ found }: { found: Calibration }) {
  const { t } = useSay();
  return (
    <>
      <h3>{t("spSets")}</h3>
      {found.sets.some((one) => one.in_force) ? null : <p className="muted">{t("spAssumed")}</p>}
      <ul className="conditions-list">
        {found.sets.map((one) => (
          <OneSet key={one.id} one={one} classes={found.classes} may={found.may_approve} />
        ))}
      </ul>
      {found.may_approve ? null : <p className="muted">{t("spMayNot")}</p>}
    </>
  );
}

function OneSet({ one, classes, may }: { one: Fit; classes: Calibration["classes"]; may: boolean }) {
  const { t, w, language } = useSay();
  const city = useCity();
  const day = (moment: string): string => new Date(moment).toLocaleDateString(language === "en" ? "en-GB" : "vi-VN");
  return (
    <li data-testid={`speeds-set-${one.id}`} data-in-force={one.in_force}>
      <b>
        #{one.id} {one.in_force ? `✓ ${t("spInForce")}` : one.approved_at ? t("spEnded") : t("spProposed")}
      </b>
      <div className="muted">
        {one.trips} {t("spTrips")}, {day(one.since)} – {day(one.until)}
        {one.by ? ` · ${one.by}` : ""}
      </div>
      {one.judged?.assumed.n ? (
        <div>
          {t("spJudged")}: {t("spP90")} {time(one.judged.assumed.p90_s)} → {time(one.judged.fitted.p90_s)}
        </div>
      ) : null}
      {one.approved_at ? (
        <div className="muted">
          {one.approved_by ?? t("spConsole")} · {day(one.approved_at)}: “{one.because}”
        </div>
      ) : null}
      <details>
        <summary>
          {one.factors.length} {t("spFactors")}
        </summary>
        <ul className="conditions-list">
          {one.factors.map((each) => (
            <li key={`${each.mode}${each.road_class}${each.from_hour}`}>
              {w(city?.modes.find((mode) => mode.code === each.mode)) || each.mode} ·{" "}
              {w(classes[each.road_class]) || each.road_class} · {each.from_hour}–{each.until_hour} h: ×
              {each.factor.toFixed(2)} <span className="muted">(n {each.n})</span>
            </li>
          ))}
        </ul>
      </details>
      {may ? <Decide one={one} /> : null}
    </li>
  );
}

/** Nothing goes into force or out of it without a word why. */
function Decide({ one }: { one: Fit }) {
  const { t } = useSay();
  const [because, setBecause] = useState("");
  const act = (): Promise<boolean> => (one.in_force ? withdraw(because) : approve(one.id, because));
  return (
    <form
      className="verbs"
      onSubmit={(event) => {
        event.preventDefault();
        if (because.trim()) void act().then((done) => done && setBecause(""));
      }}
    >
      <TextInput
        flex={1}
        required
        maxLength={300}
        data-testid={`speeds-because-${one.id}`}
        aria-label={t("reason")}
        placeholder={t("reason")}
        value={because}
        onChange={(event) => setBecause(event.currentTarget.value)}
      />
      <Button type="submit" disabled={!because.trim()} data-testid={`speeds-decide-${one.id}`}>
        {one.in_force ? t("spWithdraw") : t("spApprove")}
      </Button>
    </form>
  );
}
