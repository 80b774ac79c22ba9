/** For those who hear the screen: only what is high or critical and that nobody has taken yet, the newest. */
import { useSay } from "../../language/store";
import { useCity, useOpen } from "./queries";

const ANNOUNCED_FROM = 4;

export function Announced() {
  const { w } = useSay();
  const city = useCity();
  const newest = (useOpen()?.items ?? [])
    .filter((one) => one.severity >= ANNOUNCED_FROM && !one.acknowledged_at)
    .sort((a, b) => b.reported_at.localeCompare(a.reported_at))[0];
  return (
    <div className="heard" role="status" aria-live="assertive" data-testid="announced">
      {newest
        ? `${newest.severity} ${w(city?.categories.find((one) => one.code === newest.category))}, ${newest.place_name || newest.road_name || ""}`
        : ""}
    </div>
  );
}
