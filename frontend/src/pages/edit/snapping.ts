/** What the pointer is caught by on this map, and the mark that shows it: the true corners and edges, never a tile's rounded ones. Alt lets go. */
import type { Feature, Geometry, Position } from "geojson";
import type { Map as MapLibreMap } from "maplibre-gl";
import { get } from "../../api/client";
import { chainsOf } from "../../geometry/parts";
import { type Pixel, snap } from "../../geometry/snap";
import { slugOf } from "../../map/create";
import { type Look, overlay } from "./mapAccess";

const REACH_PX = 12;
const MOST_KEPT = 2000;
const MARK: readonly Look[] = [
  {
    type: "circle",
    paint: {
      "circle-radius": ["match", ["get", "kind"], "vertex", 8, 6],
      "circle-color": "rgba(0,0,0,0)",
      "circle-stroke-color": ["match", ["get", "kind"], "vertex", "#ffd84d", "edge", "#6cb6ff", "#e6edf3"],
      "circle-stroke-width": 3,
    },
  },
];

export interface Snapper {
  /** Where a pointer is caught, or null; shows the mark there. `drawn` is the line so far, for right angles. */
  at(pointer: Pixel, alt: boolean, drawn?: readonly Position[]): Position | null;
  /** Shapes that are known exactly: what lies around of the layer being edited, and the draft's. */
  stand(geometries: readonly Geometry[]): void;
  hide(): void;
  remove(): void;
}

export function snapper(map: MapLibreMap): Snapper {
  let standing: Position[][] = [];
  // Null while it is fetched, and for what has no shape to fetch.
  let fetched = new Map<string, Position[][] | null>();
  const mark = overlay(map, "edit-snap", MARK);
  const hide = (): void => mark.set(null);

  /** The true shapes of what is drawn under the pointer; what is not here yet is on its way and catches at the next move. */
  const under = (pointer: Pixel): Position[][] => {
    const chains: Position[][] = [];
    const box: [[number, number], [number, number]] = [
      [pointer.x - REACH_PX, pointer.y - REACH_PX],
      [pointer.x + REACH_PX, pointer.y + REACH_PX],
    ];
    for (const one of map.queryRenderedFeatures(box)) {
      if (one.id === undefined || !one.sourceLayer) continue;
      const key = `${slugOf(one.layer as never)}/features/${one.id}`;
      const known = fetched.get(key);
      if (known) chains.push(...known);
      if (known !== undefined) continue;
      if (fetched.size > MOST_KEPT) fetched = new Map();
      const into = fetched;
      into.set(key, null);
      get<Feature<Geometry | null>>(`/api/layers/${key}`).then(
        ({ geometry }) => into.set(key, geometry ? chainsOf(geometry) : null),
        () => undefined,
      );
    }
    return chains;
  };

  return {
    at(pointer, alt, drawn = []) {
      const found = alt
        ? null
        : snap({
            pointer,
            chains: [...standing, ...under(pointer)],
            drawn,
            reach_px: REACH_PX,
            project: (at) => map.project([at[0] as number, at[1] as number]),
            unproject: ({ x, y }) => map.unproject([x, y]).toArray(),
          });
      if (!found) {
        hide();
        return null;
      }
      // The drawing tool refuses more decimals than nine, a tenth of a millimetre.
      const at = found.at.slice(0, 2).map((one) => Number(one.toFixed(9)));
      mark.set({
        type: "Feature",
        properties: { kind: found.kind },
        geometry: { type: "Point", coordinates: at },
      });
      return at;
    },
    stand(geometries) {
      standing = geometries.flatMap(chainsOf);
      // Others' edits move shapes: what is around is asked for anew together with them, and what is still on its way is of before.
      fetched = new Map();
    },
    hide,
    remove: mark.remove,
  };
}
