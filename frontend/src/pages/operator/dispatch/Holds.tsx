/** Units that are held: for this case, and how long still; given up by hand here, by their end, or by sending them. */
import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { get } from "../../../api/client";
import type { Hold, IncidentDetail } from "../../../api/types";
import { useSay } from "../../../language/store";
import { age } from "../../../panels/age";
import { useDesk } from "../desk";
import { askHold, release } from "./sending";

export function Holds({ item }: { item: IncidentDetail }) {
  const { t } = useSay();
  const may = useDesk((desk) => desk.may("dispatch_units"));
  const chosen = useDesk((desk) => desk.chosen);
  const now_ms = useDesk((desk) => desk.now_ms);
  const found = useQuery({ queryKey: ["holds"], queryFn: () => get<{ items: Hold[] }>("/api/reservations") }).data;
  const mine = found?.items.filter((one) => one.incident?.id === item.id && Date.parse(one.until) > now_ms) ?? [];
  return (
    <div data-testid="holds">
      {mine.map((one) => (
        <div key={one.id} className="choice-head" data-testid={`hold-${one.responder.code}`}>
          <span>
            ⏸ {t("dispHeldHere")}: <b>{one.responder.code}</b> {age((Date.parse(one.until) - now_ms) / 1000)}{" "}
            <span className="muted">{one.because}</span>
          </span>
          {may ? (
            <Button
              size="compact-sm"
              variant="default"
              aria-label={`${t("dispFree")} ${one.responder.code}`}
              onClick={() => release(one.id)}
            >
              {t("dispFree")}
            </Button>
          ) : null}
        </div>
      ))}
      {may && chosen !== null ? (
        <Button size="compact-sm" variant="default" data-testid="ask-hold" onClick={askHold}>
          {t("dispHold")} (Y)
        </Button>
      ) : null}
    </div>
  );
}
