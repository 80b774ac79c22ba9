/** Which units are preselected: the recommended set, until it is touched; what was chosen stays while its units stay in the list. */
import { notifications } from "@mantine/notifications";
import { useEffect } from "react";
import { useSay } from "../../../language/store";
import { put, useDesk } from "../desk";
import { useCandidates } from "../queries";
import { chosenOf, forgetChoice, recommendedSet, shownOf, useChosen } from "./choice";
import { confirm, forgetEnter, isEager } from "./sending";

export function useChoice(): void {
  const { t } = useSay();
  const candidates = useCandidates();
  const selected = useDesk((desk) => desk.selected);
  const armed = useDesk((desk) => desk.armed);
  const { roles, touched } = useChosen();
  const there = chosenOf(candidates, roles);
  // What the list says of itself: whoever is in it, and for what.
  const ranked =
    candidates &&
    shownOf(candidates)
      .map((one) => `${one.responder.id}${one.recommended ?? ""}`)
      .join();
  useEffect(() => {
    forgetEnter();
    forgetChoice();
  }, [selected]);
  useEffect(() => {
    if (!candidates) return;
    const gone = [...roles.keys()].some((id) => !candidates.candidates.some((one) => one.responder.id === id));
    if (touched && !gone) return;
    const next = touched
      ? new Map([...roles].filter(([id]) => there.some((one) => one.responder.id === id)))
      : recommendedSet(candidates);
    const changed = [...roles].join() !== [...next].join();
    if (changed) {
      useChosen.setState({ roles: next, touched: touched && next.size > 0 });
      put({ chosen: next.keys().next().value ?? null });
      // A choice that changed under an armed dispatch disarms it.
      if (roles.size && armed !== null) {
        put({ armed: null });
        notifications.show({ message: t("notSent") });
      }
    }
  }, [ranked, selected, touched, roles]);
  useEffect(() => {
    // Type-ahead sends nobody who lacks the equipment: that takes a look and a second Enter.
    if (there.length && there.every((one) => one.fits !== false) && armed === selected && isEager()) confirm();
  }, [there.length, armed]);
}
