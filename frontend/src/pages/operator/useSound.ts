/** Sounds while a case waits that nobody has acknowledged. */
import { useEffect } from "react";
import { soundAlarm } from "../../panels/alarm";
import { useDesk } from "./desk";
import { useOpen } from "./queries";

export function useSound(): void {
  const takes = useDesk((desk) => desk.may("handle_cases"));
  const unheard = useOpen()?.items.some((one) => !one.acknowledged_at && one.status === "new") ?? false;
  useEffect(() => {
    soundAlarm(unheard && takes);
    return () => soundAlarm(false);
  }, [unheard, takes]);
}
