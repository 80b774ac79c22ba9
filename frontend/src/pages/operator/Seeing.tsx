/** The cameras that see a place, nearest first, each with its state in words. */
import { useQuery } from "@tanstack/react-query";
import { get } from "../../api/client";
import type { IncidentDetail, SeeingCamera } from "../../api/types";
import type { Key } from "../../language/messages";
import { useSay } from "../../language/store";
import { useDesk } from "./desk";

const STATES: Record<string, [string, Key]> = {
  online: ["●", "online"],
  degraded: ["◐", "degraded"],
  offline: ["✕", "offline"],
};

export function Seeing({ item: { lon, lat } }: { item: IncidentDetail }) {
  const { t } = useSay();
  const map = useDesk((desk) => desk.map);
  const found = useQuery({
    queryKey: ["seeing", lon, lat],
    queryFn: () => get<{ cameras: SeeingCamera[]; as_of: string }>(`/api/cameras/seeing?lon=${lon}&lat=${lat}`),
    staleTime: 30_000,
    retry: false,
  });
  if (!found.data) return null;
  return (
    <section data-testid="seeing">
      <h3>
        {t("seeing")} <span className="muted">{new Date(found.data.as_of).toLocaleTimeString("vi-VN")}</span>
      </h3>
      {found.data.cameras.length ? null : <div className="muted">{t("noCameras")}</div>}
      {found.data.cameras.slice(0, 4).map((one) => {
        const [mark, words] = STATES[one.state] ?? ["○", null];
        return (
          <button
            type="button"
            className="choice"
            key={one.id}
            data-testid={`camera-${one.id}`}
            data-state={one.state}
            onClick={() => map?.easeTo({ center: [one.lon, one.lat], zoom: 17, duration: 300 })}
          >
            <b>{one.code}</b> {one.name}
            <div className="muted">
              {mark} {words ? t(words) : one.state} · {Math.round(one.distance_m)} m · {Math.round(one.bearing_deg)}°
            </div>
          </button>
        );
      })}
    </section>
  );
}
