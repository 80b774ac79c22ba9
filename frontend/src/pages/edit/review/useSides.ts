/** A change set on the map: what will be, over the layers without what it touches; with the swipe, what was on a second map to the left. */
import type { FeatureCollection } from "geojson";
import type { Map as MapLibreMap } from "maplibre-gl";
import { useEffect, useRef, useState } from "react";
import type { ChangeSetEdit } from "../../../api/edits";
import { useSay } from "../../../language/store";
import { addDifferences, type Differences } from "../../../map/differences";
import { hideFeatures } from "../../../map/hide";
import { type Swipe, swipe } from "../../../map/swipe";
import "../../../map/swipe.css";
import { touched } from "./compare";

interface Given {
  map: MapLibreMap | null;
  edits: readonly ChangeSetEdit[];
  sides: { before: FeatureCollection; after: FeatureCollection };
  swiping: boolean;
  /** The item that stands out. */
  current: number | null;
  /** Published: the layers themselves show what is after. */
  settled: boolean;
}

export function useSides({ map, edits, sides, swiping, current, settled }: Given): void {
  const { t } = useSay();
  const [over, setOver] = useState<MapLibreMap | null>(null);
  const below = useRef<Differences | null>(null);
  const above = useRef<Differences | null>(null);

  useEffect(() => {
    if (!map || !edits.length) return;
    const undo = settled ? [] : [...touched(edits)].map(([slug, fids]) => hideFeatures(map, slug, fids));
    const drawn = addDifferences(map, "set-after");
    below.current = drawn;
    return () => {
      below.current = null;
      drawn.remove();
      for (const one of undo) one();
    };
  }, [map, edits, settled]);
  useEffect(() => {
    // Without the swipe one map shows both: what goes would else be seen nowhere.
    const gone = swiping ? [] : sides.before.features.filter((one) => one.properties?.change === "gone");
    below.current?.show({ type: "FeatureCollection", features: [...gone, ...sides.after.features] });
  }, [map, edits, sides, swiping, settled]);

  useEffect(() => {
    if (!map || !swiping) return;
    let made: Swipe | null = null;
    let gone = false;
    swipe(map, { left: t("beforeWord"), right: t("afterWord"), handle: t("swipeHandle") }).then((ready) => {
      made = ready;
      if (gone) return ready.remove();
      setOver(ready.over);
    });
    return () => {
      gone = true;
      setOver(null);
      made?.remove();
    };
  }, [map, swiping]);
  useEffect(() => {
    if (!over || !edits.length) return;
    const undo = [...touched(edits)].map(([slug, fids]) => hideFeatures(over, slug, fids));
    const drawn = addDifferences(over, "set-before");
    above.current = drawn;
    drawn.show(sides.before);
    return () => {
      above.current = null;
      drawn.remove();
      for (const one of undo) one();
    };
  }, [over, edits, sides]);
  useEffect(() => {
    below.current?.point(current);
    above.current?.point(current);
  }, [current, over, edits, sides]);
}
