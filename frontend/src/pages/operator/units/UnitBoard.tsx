/** Every unit in a row: whether it can be sent and what it is at, in words and shape, its people, its shift, its case, how old its position is, when it last said that it is well. */
import type { City, Responder } from "../../../api/types";
import { useSay } from "../../../language/store";
import { age, secondsSince } from "../../../panels/age";
import { useDesk } from "../desk";
import { useCity, useUnits } from "../queries";
import { UnitCard } from "./UnitCard";
import "./units.css";
import { checkIn, choose, type Freshness, freshnessOf, inOrder, useUnitDesk } from "./units";

/** Full, half, empty: read without colour. */
export const SHAPES: Record<string, string> = { available: "●", conditionally_available: "◐", not_available: "○" };
const AGE_SHAPES: Record<Freshness, string> = { live: "", stale: "◷ ", lost: "⊘ " };
const SOON_S = 30 * 60;

export function UnitBoard() {
  const { t } = useSay();
  const city = useCity();
  const units = useUnits();
  const chosen = useUnitDesk((state) => state.chosen);
  if (!units || !city) return null;
  return (
    <div className="unit-desk" data-testid="unit-board" data-card={chosen !== null}>
      <table>
        <thead>
          <tr>
            <th>{t("units")}</th>
            <th>{t("stateWord")}</th>
            <th className="unit-more">{t("unitCrew")}</th>
            <th className="unit-more">{t("unitShiftEnds")}</th>
            <th className="unit-more">{t("caseWord")}</th>
            <th>{t("positionAge")}</th>
            <th>{t("unitCheck")}</th>
          </tr>
        </thead>
        <tbody>
          {inOrder(units).map((one) => (
            <Row key={one.id} one={one} city={city} open={one.id === chosen} />
          ))}
        </tbody>
      </table>
      {chosen === null ? null : <UnitCard id={chosen} />}
    </div>
  );
}

function Row({ one, city, open }: { one: Responder; city: City; open: boolean }) {
  const { t, w } = useSay();
  const now_ms = useDesk((desk) => desk.now_ms);
  const select = useDesk((desk) => desk.select);
  const fresh = freshnessOf(one, city, now_ms);
  const seconds = one.position_at ? secondsSince(one.position_at, now_ms) : null;
  return (
    <tr className={fresh} data-testid={`unit-${one.code}`} data-state={one.availability} data-fresh={fresh}>
      <td>
        <button
          type="button"
          className="plain"
          aria-expanded={open}
          aria-label={`${one.code} ${one.name} · ${t("unitDetail")}`}
          onClick={() => choose(open ? null : one.id)}
        >
          <b>{one.code}</b> {one.name}
        </button>{" "}
        <span className="muted unit-more">{w(city.modes.find((kind) => kind.code === one.mode)) || one.mode}</span>
      </td>
      <td>
        <Status one={one} city={city} />
      </td>
      <td className="unit-more">{one.crew_now ? `${one.crew_now}/${one.crew_seats}` : "—"}</td>
      <td className="unit-more">
        <ShiftEnd at={one.shift_ends_at ?? null} now_ms={now_ms} />
      </td>
      <td className="unit-more">
        {one.assignment?.incident_code ? (
          <button type="button" className="plain" onClick={() => one.assignment && select(one.assignment.incident_id)}>
            {one.assignment.incident_code}
          </button>
        ) : null}
      </td>
      <td data-testid={`age-${one.code}`}>
        {AGE_SHAPES[fresh]}
        {seconds === null ? "—" : age(seconds)}
        {fresh === "live" ? null : <span className="muted"> {t(fresh === "lost" ? "unitLost" : "unitStale")}</span>}
      </td>
      <td>
        <Check one={one} now_ms={now_ms} />
      </td>
    </tr>
  );
}

export function Status({ one, city }: { one: Responder; city: City }) {
  const { w } = useSay();
  const primary = one.primary_status ?? "";
  const rest = (one.secondary_statuses ?? [])
    .map((code) => w(city.secondary_statuses?.find((kind) => kind.code === code)) || code)
    .join(", ");
  return (
    <span data-primary={primary}>
      <span aria-hidden="true">{SHAPES[primary] ?? "?"} </span>
      {w(city.primary_statuses?.find((kind) => kind.code === primary)) || one.availability}
      {rest ? <span className="muted"> · {rest}</span> : null}
    </span>
  );
}

function ShiftEnd({ at, now_ms }: { at: string | null; now_ms: number }) {
  const { t } = useSay();
  if (!at) return "—";
  const left_s = -secondsSince(at, now_ms);
  const clock = new Date(at).toLocaleTimeString("vi-VN", { hour: "2-digit", minute: "2-digit" });
  if (left_s < 0)
    return (
      <b className="warn">
        ⚠ {clock} {t("unitShiftOver")} {age(-left_s)}
      </b>
    );
  return left_s < SOON_S ? <b>{`◔ ${clock} (${age(left_s)})`}</b> : clock;
}

function Check({ one, now_ms }: { one: Responder; now_ms: number }) {
  const { t } = useSay();
  const may = useDesk((desk) => desk.may("dispatch_units"));
  const last = one.last_check_at ? `${t("unitCheckLast")} ${age(secondsSince(one.last_check_at, now_ms))}` : "";
  if (!one.check_due_at) return <span className="muted">{last || "—"}</span>;
  const left_s = -secondsSince(one.check_due_at, now_ms);
  return (
    <span className="unit-check" data-late={left_s < 0}>
      {left_s < 0 ? (
        <b className="warn">
          ⚠ {t("unitCheckLate")} {age(-left_s)}
        </b>
      ) : (
        <span title={last}>
          {t("unitCheckIn")} {age(left_s)}
        </span>
      )}
      {may ? (
        <button
          type="button"
          data-check={one.code}
          aria-label={`${t("unitWell")} ${one.code}`}
          onClick={() => void checkIn(one.id)}
        >
          ✓ {t("unitWell")}
        </button>
      ) : null}
    </span>
  );
}
