/** Which unit is preselected: the recommended one, kept while it stays in the list. */
import { notifications } from "@mantine/notifications";
import { useEffect } from "react";
import { useSay } from "../../../language/store";
import { put, useDesk } from "../desk";
import { useCandidates } from "../queries";
import { dispatch, forgetEnter, isEager, recommended } from "./sending";

export function useChoice(): void {
  const { t } = useSay();
  const candidates = useCandidates();
  const selected = useDesk((desk) => desk.selected);
  const chosen = useDesk((desk) => desk.chosen);
  const armed = useDesk((desk) => desk.armed);
  const picked = candidates?.candidates.find((one) => one.responder.id === chosen);
  const ranked = candidates?.candidates.map((one) => one.responder.id).join();
  useEffect(forgetEnter, [selected]);
  useEffect(() => {
    // The choice stays while its unit is in the list; a choice that vanished under an armed dispatch disarms it.
    if (!candidates || picked) return;
    put({ chosen: recommended(candidates.candidates)?.responder.id ?? null });
    if (chosen !== null && armed !== null) {
      put({ armed: null });
      notifications.show({ message: t("notSent") });
    }
  }, [ranked, selected, chosen]);
  useEffect(() => {
    // Type-ahead sends nobody who lacks the equipment: that takes a look and a second Enter.
    if (picked && picked.fits !== false && armed === selected && isEager()) dispatch();
  }, [picked?.responder.id, armed]);
}
