/** Readiness: how much of the city the free units of a kind reach in time, where one waits longest, and what goes with a unit that leaves. */
import { Button, NativeSelect } from "@mantine/core";
import { useSay } from "../../../language/store";
import { age } from "../../../panels/age";
import { desk } from "../desk";
import { useCity } from "../queries";
import { putConditions, type Share, type Spot, useConditions, useReadiness } from "./conditions";
import { LONG_S } from "./surface";
import "./conditions.css";

const percent = (share: number): string => `${Math.round(share * 100)} %`;
const middle = (): [number, number] | null => {
  const at = desk().map?.getCenter();
  return at ? [Number(at.lng.toFixed(6)), Number(at.lat.toFixed(6))] : null;
};
export function Coverage() {
  const { t, w } = useSay();
  const city = useCity();
  const { kind, without, stands, after } = useConditions();
  const found = useReadiness(true);
  if (!found) return null;
  const then = without === null ? null : found.then_shares;
  return (
    <div data-testid="coverage">
      <NativeSelect
        label={t("coverageKind")}
        value={kind}
        data-testid="coverage-kind"
        onChange={(event) => putConditions({ kind: event.currentTarget.value, without: null, stands: null })}
        data={[
          { value: "", label: t("coverageAll") },
          ...found.kinds.map((one) => ({
            value: one.kind,
            label: `${w(city?.forces?.find((each) => each.code === one.kind)) || one.kind} (${one.free}/${one.units})`,
          })),
        ]}
      />
      <NativeSelect
        label={t("coverageWithout")}
        value={without === null ? "" : String(without)}
        data-testid="coverage-without"
        onChange={(event) => {
          const id = event.currentTarget.value;
          putConditions({ without: id === "" ? null : Number(id), stands: null, after: id !== "" });
        }}
        data={[
          { value: "", label: t("coverageNobody") },
          ...found.units.map((one) => ({ value: String(one.id), label: one.code })),
        ]}
      />
      {without === null ? null : (
        <label>
          <input
            type="checkbox"
            checked={after}
            onChange={(event) => putConditions({ after: event.currentTarget.checked })}
          />{" "}
          {t("coverageThen")}
        </label>
      )}
      {without === null ? null : (
        <Button
          size="compact-sm"
          variant={stands ? "filled" : "default"}
          aria-pressed={stands !== null}
          data-testid="coverage-stands"
          onClick={() => putConditions({ stands: stands ? null : middle(), after: true })}
        >
          {t("coverageStands")}
        </Button>
      )}
      <p className="muted">
        {found.units.length} {t("coverageUnits")} · {t("coverageAge")} {age(found.oldest_position_s)} ·{" "}
        {new Date(found.at).toLocaleTimeString("vi-VN")}
      </p>
      <Shares now={found.shares} then={then} />
      <Spots title={t("coverageWorst")} spots={found.worst} />
      {without !== null && found.lost?.length ? <Spots title={t("coverageLost")} spots={found.lost} /> : null}
      <Legend ramp={found.ramp} />
    </div>
  );
}

function Shares({ now, then }: { now: Share[]; then: Share[] | null }) {
  const { t } = useSay();
  const changed = (was: number, is: number | undefined): string =>
    is === undefined || is === was ? percent(was) : `${percent(was)} → ${percent(is)}`;
  return (
    <table className="conditions-table" data-testid="coverage-shares">
      <thead>
        <tr>
          <th>{t("coverageShare")}</th>
          <th>{t("coverageHouses")}</th>
          <th>{t("coverageArea")}</th>
        </tr>
      </thead>
      <tbody>
        {now.map((one, index) => (
          <tr key={one.minutes}>
            <td>
              {one.minutes} {t("dispMinutes")}
            </td>
            <td>{changed(one.houses, then?.[index]?.houses)}</td>
            <td>{changed(one.area, then?.[index]?.area)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Spots({ title, spots }: { title: string; spots: Spot[] }) {
  const { t } = useSay();
  const words = (seconds: number | null): string =>
    seconds === null ? t("coverageNoWay") : `${Math.round(seconds / 60)} ${t("dispMinutes")}`;
  return (
    <>
      <h3>{title}</h3>
      <ul className="conditions-list">
        {spots.map((one) => (
          <li key={`${one.lon},${one.lat}`}>
            <button
              type="button"
              className="plain conditions-row"
              onClick={() => desk().map?.easeTo({ center: [one.lon, one.lat], zoom: 15 })}
            >
              <strong>
                {one.before_s === undefined ? "" : `${words(one.before_s)} → `}
                {words(one.seconds)}
              </strong>{" "}
              {[one.road, one.ward].filter(Boolean).join(", ") || `${one.lon}, ${one.lat}`}
              <span className="muted">
                {one.houses} {t("coverageHouses")}
              </span>
            </button>
          </li>
        ))}
      </ul>
    </>
  );
}

function Legend({ ramp }: { ramp: { seconds: number; color: string }[] }) {
  const { t } = useSay();
  return (
    <div data-testid="coverage-legend">
      {ramp.map((one) => (
        <div key={one.seconds} className="legend">
          <span
            className={`swatch ${one.seconds > LONG_S ? "conditions-hatch" : ""}`}
            style={{ backgroundColor: one.color }}
          />
          {Math.round(one.seconds / 60)} {t("dispMinutes")}
        </div>
      ))}
      <div className="legend">
        <span className="swatch conditions-cross" />
        {t("coverageNoWay")}
      </div>
    </div>
  );
}
