/** Every unit in a row: state, current case, and how old its position is. */
import type { Key } from "../../../language/messages";
import { useSay } from "../../../language/store";
import { age, secondsSince } from "../../../panels/age";
import { useDesk } from "../desk";
import { useCity, useUnits } from "../queries";

const KNOWN: Record<string, Key> = {
  available: "available",
  busy: "busy",
  off_duty: "off",
  out_of_service: "out_of_service",
};

export function UnitBoard() {
  const { t, w } = useSay();
  const city = useCity();
  const units = useUnits();
  const now_ms = useDesk((desk) => desk.now_ms);
  const select = useDesk((desk) => desk.select);
  if (!units || !city) return null;
  return (
    <div data-testid="unit-board">
      <table>
        <thead>
          <tr>
            <th>{t("units")}</th>
            <th />
            <th>{t("modeWord")}</th>
            <th>{t("stateWord")}</th>
            <th>{t("caseWord")}</th>
            <th>{t("positionAge")}</th>
          </tr>
        </thead>
        <tbody>
          {units.map((one) => {
            const seconds = one.position_at ? secondsSince(one.position_at, now_ms) : null;
            const stale = seconds === null || seconds > city.stale_after_s;
            const known = KNOWN[one.availability];
            return (
              <tr
                key={one.id}
                className={stale ? "stale" : ""}
                data-testid={`unit-${one.code}`}
                data-state={one.availability}
              >
                <td>{one.code}</td>
                <td>{one.name}</td>
                <td>{w(city.modes.find((kind) => kind.code === one.mode)) || one.mode}</td>
                <td>
                  {w(city.availabilities?.find((kind) => kind.code === one.availability)) ||
                    (known ? t(known) : one.availability)}
                </td>
                <td>
                  {one.assignment ? (
                    <button
                      type="button"
                      className="plain"
                      onClick={() => one.assignment && select(one.assignment.incident_id)}
                    >
                      {one.assignment.incident_code}
                    </button>
                  ) : null}
                </td>
                <td>
                  {stale ? "◷ " : ""}
                  {seconds === null ? "—" : age(seconds)}
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}
