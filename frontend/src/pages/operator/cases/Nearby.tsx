/** Cases that may be the same one, the likeliest first, each with its reasons: merged by one press, or made the whole of this one. */
import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { get } from "../../../api/client";
import type { IncidentDetail, Words } from "../../../api/types";
import { useSay } from "../../../language/store";
import { age, secondsSince } from "../../../panels/age";
import { useDesk } from "../desk";
import { deed, mergeInto } from "./joining";

interface Mass {
  reports: number;
  parent: number;
  parts: number[];
  words: Words;
}
// Fewer suggestions than this are no large event.
const MANY = 3;

export function Nearby({ item }: { item: IncidentDetail }) {
  const { t, w } = useSay();
  const now_ms = useDesk((desk) => desk.now_ms);
  const select = useDesk((desk) => desk.select);
  return (
    <section data-testid="nearby">
      <h3>{t("casesSame")}</h3>
      <LargeEvent item={item} />
      {item.nearby.map((one) => (
        <div key={one.id} className={one.ended ? "suggestion stale" : "suggestion"}>
          <button type="button" className="choice" data-testid={`nearby-${one.id}`} onClick={() => select(one.id)}>
            <span className="choice-head">
              <span>
                <span className={`chip s${one.severity}`}>{one.severity}</span> {one.code} · {one.place_name}
              </span>
              <b>{Math.round(one.score * 100)}%</b>
            </span>
            <div className="muted">
              {one.reasons.map((reason) => w(reason)).join(" · ")}
              {one.ended ? ` · ${t("casesEnded")}` : ` · ${age(secondsSince(one.reported_at, now_ms))}`}
            </div>
          </button>
          {one.ended ? null : (
            <div className="verbs">
              {item.allowed.includes("merge") ? (
                <Button
                  size="compact-sm"
                  variant="default"
                  data-testid={`merge-${one.id}`}
                  aria-label={`${t("casesMergeHere")}: ${one.code}`}
                  onClick={() => mergeInto(item, one)}
                >
                  {t("casesMergeHere")}
                  {one === item.nearby[0] ? " (M)" : ""}
                </Button>
              ) : null}
              {item.allowed.includes("link") && !one.parent ? (
                <Button
                  size="compact-sm"
                  variant="default"
                  data-testid={`link-${one.id}`}
                  aria-label={`${t("casesMakePart")}: ${one.code}`}
                  onClick={() => void deed(item.id, "link", { parent: one.id })}
                >
                  {t("casesMakePart")}
                </Button>
              ) : null}
            </div>
          )}
        </div>
      ))}
    </section>
  );
}

/** Many reports around one place within minutes: offered as one event, gathered by one press. */
function LargeEvent({ item }: { item: IncidentDetail }) {
  const { t, w } = useSay();
  const may = useDesk((desk) => desk.may("handle_cases"));
  const select = useDesk((desk) => desk.select);
  const found = useQuery({
    queryKey: ["case", item.id, "duplicates", item.version],
    queryFn: () => get<{ mass: Mass | null }>(`/api/incidents/${item.id}/duplicates`),
    enabled: may && item.nearby.length >= MANY,
    retry: false,
  }).data?.mass;
  if (!found) return null;
  const gather = async (): Promise<void> => {
    if (await deed(found.parent, "children", { cases: found.parts })) select(found.parent);
  };
  return (
    <div className="shortfall" role="note" data-testid="mass">
      {w(found.words)}{" "}
      <Button size="compact-sm" data-testid="gather" onClick={() => void gather()}>
        {t("casesMass")} ({found.parts.length})
      </Button>
    </div>
  );
}
