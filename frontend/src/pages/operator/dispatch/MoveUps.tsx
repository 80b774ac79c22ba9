/** Who should stand elsewhere now that units have left their areas, and what it gains; taking the hint holds that unit for the place. */
import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { get } from "../../../api/client";
import type { IncidentDetail, Words } from "../../../api/types";
import { useSay } from "../../../language/store";
import { useDesk } from "../desk";
import { holdForArea } from "./sending";

interface Hint extends Words {
  kind: string;
  responder: { id: number; code: string };
  post: { name: string; lon: number; lat: number };
}
const HOLD_MIN = 60;

export function MoveUps({ item }: { item: IncidentDetail }) {
  const { t, w } = useSay();
  const map = useDesk((desk) => desk.map);
  const out = item.assignments.filter((one) => !one.ended_at).map((one) => one.responder.id);
  const found = useQuery({
    queryKey: ["move-ups", item.id, out.join()],
    queryFn: () => get<{ items: Hint[] }>(`/api/incidents/${item.id}/move-ups`),
    enabled: out.length > 0,
  }).data;
  if (!found?.items.length) return null;
  return (
    <section data-testid="move-ups">
      <h3>{t("dispMoveUp")}</h3>
      {found.items.map((hint) => (
        <div key={hint.kind} className="assignment" data-testid={`move-up-${hint.responder.code}`}>
          <div>{w(hint)}</div>
          <div className="verbs">
            <Button
              size="compact-sm"
              variant="default"
              onClick={() => holdForArea(hint.responder.id, hint.post.name, HOLD_MIN, w(hint))}
            >
              {t("dispMoveUpHold")} {hint.responder.code}
            </Button>
            <Button
              size="compact-sm"
              variant="default"
              onClick={() => map?.easeTo({ center: [hint.post.lon, hint.post.lat], zoom: 15 })}
            >
              {t("dispShow")}
            </Button>
          </div>
        </div>
      ))}
    </section>
  );
}
