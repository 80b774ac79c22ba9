/** What the case is about: the parcels and assets attached to it, and what lies there or was clicked on the map to be attached by one press. */
import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { Feature } from "geojson";
import { get, post, send } from "../../../api/client";
import type { Catalogue, Context, IncidentDetail } from "../../../api/types";
import { placeOf } from "../../../geometry/placeOf";
import { useSay } from "../../../language/store";
import { client, desk, useDesk } from "../desk";
import { useCatalogue } from "../queries";

type Attached = Feature & { layer: string };
interface Offered {
  layer: string;
  fid: number;
  title: string;
}
const MOST_OFFERED = 4;

const path = (id: number): string => `/api/incidents/${id}/features`;
const shownFor = (id: number): unknown[] => ["case", id, "features"];

function done(id: number, verb: Promise<{ features: Attached[] }>): void {
  verb.then((answer) => client.hold(shownFor(id), answer), desk().tell);
}

export function About({ item }: { item: IncidentDetail }) {
  const { t, w } = useSay();
  const may = useDesk((now) => now.may("handle_cases")) && !item.closed_at;
  const catalogue = useCatalogue();
  const features = useQuery({
    queryKey: shownFor(item.id),
    queryFn: () => get<{ features: Attached[] }>(path(item.id)),
    retry: false,
  }).data?.features;
  const offered = useOffered(item, catalogue).filter(
    (one) => !features?.some((each) => each.layer === one.layer && Number(each.id) === one.fid),
  );
  if (!features || (!features.length && !(may && offered.length))) return null;
  const called = (slug: string): string => w(catalogue?.layers.find((one) => one.slug === slug)?.title) || slug;
  const named = (one: Attached): string => {
    const label = catalogue?.layers.find((layer) => layer.slug === one.layer)?.label;
    return String(one.properties?.number ?? (label ? one.properties?.[label] : null) ?? `#${one.id}`);
  };
  return (
    <section data-testid="about">
      <h3>{t("aboutFeatures")}</h3>
      {features.map((one) => (
        <div key={`${one.layer}${one.id}`} data-testid={`about-${one.layer}-${one.id}`}>
          {called(one.layer)} {named(one)}{" "}
          {may ? (
            <Button
              size="compact-xs"
              variant="default"
              aria-label={`${t("detached")}: ${called(one.layer)} ${named(one)}`}
              onClick={() =>
                done(
                  item.id,
                  send<{ features: Attached[] }>("DELETE", `${path(item.id)}/${one.layer}/${one.id}`).then(
                    ({ body }) => body,
                  ),
                )
              }
            >
              ✕
            </Button>
          ) : null}
        </div>
      ))}
      {may && offered.length ? (
        <div className="verbs">
          {offered.map((one) => (
            <Button
              key={`${one.layer}${one.fid}`}
              size="compact-sm"
              variant="default"
              data-testid={`attach-${one.layer}-${one.fid}`}
              onClick={() =>
                done(item.id, post<{ features: Attached[] }>(path(item.id), { layer: one.layer, fid: one.fid }))
              }
            >
              + {called(one.layer)} {one.title}
            </Button>
          ))}
        </div>
      ) : null}
    </section>
  );
}

/** What was clicked on the map, the parcel that the case lies on, and the assets nearest to it. */
function useOffered(item: IncidentDetail, catalogue: Catalogue | undefined): Offered[] {
  const { t } = useSay();
  const clicked = useDesk((now) => now.clicked);
  const place = placeOf(item);
  // The card of the place asks the same: one answer for both.
  const near = useQuery({
    queryKey: ["context", place?.[0], place?.[1]],
    queryFn: () => get<Context>(`/api/context?lon=${place?.[0]}&lat=${place?.[1]}`),
    enabled: place !== null,
    retry: false,
  }).data;
  const layer = catalogue?.layers.find((one) => one.slug === clicked?.slug && one.kind === "vector");
  const label = layer?.label ? clicked?.tile[layer.label] : null;
  const all: Offered[] = [
    ...(layer && clicked?.fid != null
      ? [{ layer: layer.slug, fid: clicked.fid, title: String(label ?? `#${clicked.fid}`) }]
      : []),
    ...(near?.parcel
      ? [
          {
            layer: "parcels",
            fid: near.parcel.fid,
            title: near.parcel.parcel_no ? `${near.parcel.sheet_no}/${near.parcel.parcel_no}` : t("here"),
          },
        ]
      : []),
    ...(near?.nearest ?? []).map(({ layer: slug, fid, title }) => ({ layer: slug, fid, title })),
  ];
  const firsts = all.filter(
    (one, i) => all.findIndex((each) => each.layer === one.layer && each.fid === one.fid) === i,
  );
  return firsts.slice(0, MOST_OFFERED);
}
