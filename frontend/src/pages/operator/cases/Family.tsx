/** The large event that the case is a part of, or the parts that it has: each keeps its own reporter and clock. */
import { Button } from "@mantine/core";
import type { IncidentDetail } from "../../../api/types";
import { useSay } from "../../../language/store";
import { age, secondsSince } from "../../../panels/age";
import { useDesk } from "../desk";
import { useCity } from "../queries";
import { deed } from "./joining";

export function Family({ item }: { item: IncidentDetail }) {
  const { t, w } = useSay();
  const city = useCity();
  const now_ms = useDesk((desk) => desk.now_ms);
  const select = useDesk((desk) => desk.select);
  const may = useDesk((desk) => desk.may("handle_cases"));
  const { parent, children = [] } = item;
  return (
    <section data-testid="family">
      <h3>{t("casesFamily")}</h3>
      {parent ? (
        <div className="verbs">
          <button type="button" className="choice" data-testid="parent" onClick={() => select(parent.id)}>
            {t("casesPartOf")} <b>{parent.code}</b>
          </button>
          {item.allowed.includes("unlink") ? (
            <Button
              size="compact-sm"
              variant="default"
              data-testid="unlink"
              onClick={() => void deed(item.id, "unlink", {})}
            >
              {t("casesUnlink")}
            </Button>
          ) : null}
        </div>
      ) : null}
      {children.map((one) => (
        <div key={one.id} className={one.closed_at ? "assignment stale" : "assignment"}>
          <button type="button" className="choice" data-testid={`part-${one.id}`} onClick={() => select(one.id)}>
            <span className={`chip s${one.severity}`}>{one.severity}</span> <b>{one.code}</b>{" "}
            {w(city?.categories.find((kind) => kind.code === one.category))}{" "}
            <span className="muted">
              {w(city?.statuses.find((kind) => kind.code === one.status))} ·{" "}
              {age(secondsSince(one.reported_at, now_ms))}
            </span>
          </button>
          {may ? (
            <Button
              size="compact-sm"
              variant="default"
              aria-label={`${t("casesUnlink")}: ${one.code}`}
              onClick={() => void deed(one.id, "unlink", {})}
            >
              {t("casesUnlink")}
            </Button>
          ) : null}
        </div>
      ))}
    </section>
  );
}
