/** Open cases close by in place and time: perhaps the same one. */
import type { IncidentDetail } from "../../../api/types";
import { useSay } from "../../../language/store";
import { age, secondsSince } from "../../../panels/age";
import { useDesk } from "../desk";

export function Nearby({ item }: { item: IncidentDetail }) {
  const { t } = useSay();
  const now_ms = useDesk((desk) => desk.now_ms);
  const select = useDesk((desk) => desk.select);
  return (
    <section data-testid="nearby">
      <h3>{t("nearby")}</h3>
      {item.nearby.map((one) => (
        <button
          type="button"
          className="choice"
          key={one.id}
          data-testid={`nearby-${one.id}`}
          onClick={() => select(one.id)}
        >
          <span className={`chip s${one.severity}`}>{one.severity}</span> {one.code} · {one.place_name}{" "}
          <span className="muted">{age(secondsSince(one.reported_at, now_ms))}</span>
        </button>
      ))}
    </section>
  );
}
