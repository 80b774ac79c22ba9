/** The map of a moment: the layer's tiles as they were; with the swipe, the past on a second map to the left and now below it. */
import type { Map as MapLibreMap } from "maplibre-gl";
import { useEffect, useState } from "react";
import { useSay } from "../../../language/store";
import { showAsOf } from "../../../map/past";
import { type Swipe, swipe } from "../../../map/swipe";
import "../../../map/swipe.css";

interface Given {
  map: MapLibreMap | null;
  slug: string | null;
  at: string | null;
  swiping: boolean;
}

/** Answers the second map while there is one. */
export function usePastMap({ map, slug, at, swiping }: Given): MapLibreMap | null {
  const { t } = useSay();
  const [over, setOver] = useState<MapLibreMap | null>(null);
  const looking = at !== null;
  useEffect(() => {
    if (!map || !swiping || !looking) return;
    let made: Swipe | null = null;
    let gone = false;
    swipe(map, { left: t("pastWord"), right: t("nowWord"), handle: t("swipeHandle") }).then((ready) => {
      made = ready;
      if (gone) return ready.remove();
      setOver(ready.over);
    });
    return () => {
      gone = true;
      setOver(null);
      made?.remove();
    };
  }, [map, swiping, looking]);
  const shown = swiping ? over : map;
  useEffect(() => {
    if (shown && slug) showAsOf(shown, slug, at);
  }, [shown, slug, at]);
  // Only when the map or the layer is let go of: between two moments nothing is fetched for now.
  useEffect(() => {
    if (!shown || !slug) return;
    return () => showAsOf(shown, slug, null);
  }, [shown, slug]);
  return over;
}
