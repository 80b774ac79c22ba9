/** What the page gives each of its panels: the one map, what is known, and the ways to change what is shown. */
import type { Map as MapLibreMap } from "maplibre-gl";
import type { Catalogue, City, Layer, Session } from "../../api/types";

export interface PanelGiven {
  map: MapLibreMap | null;
  city: City | null;
  session: Session | null;
  catalogue: Catalogue | null;
  /** The layer that the page works on. */
  layer: Layer | null;
  /** Reads the catalogue again: a layer was made, restyled or taken away. */
  reload: () => Promise<void>;
  choose: (slug: string) => void;
}
