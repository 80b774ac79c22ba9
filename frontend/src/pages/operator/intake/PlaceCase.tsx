/** A case whose place nobody knows: the ways to say it, and how to go on without. */
import { Button } from "@mantine/core";
import type { IncidentDetail } from "../../../api/types";
import { useSay } from "../../../language/store";
import { desk, useDesk } from "../desk";
import { placeCase } from "./intake";
import { metresOf } from "./view";

export function PlaceCase({ item }: { item: IncidentDetail }) {
  const { t } = useSay();
  const clicked = useDesk((one) => one.clicked);
  const map = useDesk((one) => one.map);
  const put = (lon: number, lat: number): void =>
    void placeCase(item, { lon, lat, title: "", source: "map", accuracy_m: map ? metresOf(map) : null });
  return (
    <section data-testid="place-case">
      <div className="warn">◎ {t("noPlaceWords")}</div>
      <p className="muted">{t("noPlaceHint")}</p>
      {clicked ? (
        <Button
          size="compact-sm"
          data-testid="place-clicked"
          onClick={() => {
            put(clicked.lon, clicked.lat);
            desk().select(item.id);
          }}
        >
          {t("placeAtClick")}
        </Button>
      ) : null}{" "}
      <Button
        size="compact-sm"
        variant="default"
        data-testid="place-centre"
        disabled={!map}
        onClick={() => {
          const at = map?.getCenter();
          if (at) put(at.lng, at.lat);
        }}
      >
        {t("placeAtCentre")}
      </Button>
    </section>
  );
}
