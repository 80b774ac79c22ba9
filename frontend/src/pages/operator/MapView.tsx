/** The map in the middle, drawn on from the lists, with the registry's overlays while it stands. */
import { notifications } from "@mantine/notifications";
import { useEffect } from "react";
import { useSay } from "../../language/store";
import { first, put, useDesk } from "./desk";
import { useCandidates, useCase, useCatalogue, useCity, useOpen, useSeesCases, useSession, useUnits } from "./queries";
import { OVERLAYS } from "./registry";
import { useMap } from "./useMap";

const TICK_MS = 10_000;

export function MapView() {
  const { t } = useSay();
  const { shown, chosen, selected, select } = useDesk();
  const session = useSession();
  const catalogue = useCatalogue();
  useEffect(() => {
    if (catalogue && shown === null)
      put({ shown: new Set(first.layers ?? catalogue.layers.filter((one) => one.visible).map((one) => one.slug)) });
  }, [catalogue, shown]);
  const { box, map } = useMap({
    city: useCity(),
    user: session ? (session.user?.id ?? 0) : undefined,
    first,
    catalogue,
    shown,
    cases: useSeesCases(),
    open: useOpen()?.items,
    units: useUnits(),
    candidates: useCandidates()?.candidates,
    chosen,
    selected,
    place: useCase(),
    tick: useDesk((desk) => Math.floor(desk.now_ms / TICK_MS)),
    onCase: select,
    onPlace: (clicked) => put({ clicked }),
    onFail: (error) => notifications.show({ color: "red", message: `${t("mapFailed")}: ${String(error)}` }),
  });
  useEffect(() => put({ map }), [map]);
  return (
    <>
      <div className="map" ref={box} data-testid="map" />
      {map ? OVERLAYS.map(({ key, Overlay }) => <Overlay key={key} map={map} />) : null}
    </>
  );
}
