/** What was clicked: the layer's own titles, units and words, from the whole feature, not from the thinned tile. */
import { useQuery } from "@tanstack/react-query";
import type { Feature } from "geojson";
import { get } from "../../api/client";
import type { Catalogue } from "../../api/types";
import { useSay } from "../../language/store";
import { age, secondsSince } from "../../panels/age";
import { readable } from "../../panels/values";
import { Around } from "./around/Around";
import { put, useDesk } from "./desk";
import { useCatalogue } from "./queries";

export interface Clicked {
  slug: string | null;
  fid: number | null;
  tile: Record<string, unknown>;
  lon: number;
  lat: number;
}

const close = (): void => put({ clicked: null });

export function Inspect() {
  const clicked = useDesk((desk) => desk.clicked);
  const catalogue = useCatalogue();
  return clicked && catalogue ? <Card clicked={clicked} catalogue={catalogue} /> : null;
}

function Card({ clicked, catalogue }: { clicked: Clicked; catalogue: Catalogue }) {
  const { t, w, language } = useSay();
  const now_ms = useDesk((desk) => desk.now_ms);
  const layer = catalogue.layers.find((one) => one.slug === clicked.slug);
  const feature = useQuery({
    queryKey: ["feature", clicked.slug, clicked.fid],
    queryFn: () => get<Feature & { version?: number }>(`/api/layers/${clicked.slug}/features/${clicked.fid}`),
    enabled: layer !== undefined && clicked.fid !== null,
    retry: false,
  });
  const values: Record<string, unknown> = feature.data?.properties ?? clicked.tile;
  const fields = (layer?.fields ?? []).filter((one) => one.name in values);
  const name = layer?.label ? values[layer.label] : null;
  return (
    <section className="card" data-testid="inspect" data-layer={clicked.slug ?? ""} data-fid={clicked.fid ?? ""}>
      <div className="card-head">
        <h2>
          {layer ? w(layer.title) : t("here")} {name ? <span>· {String(name)}</span> : null}
        </h2>
        <button type="button" className="plain" aria-label={t("close")} data-testid="inspect-close" onClick={close}>
          ✕
        </button>
      </div>
      {layer ? (
        <dl>
          {fields.map((field) => (
            <div key={field.name} data-testid={`value-${field.name}`}>
              <dt>{w(field.title)}</dt>
              <dd>{readable(values[field.name], field, language)}</dd>
            </div>
          ))}
        </dl>
      ) : null}
      <Around lon={clicked.lon} lat={clicked.lat} />
      <p className="muted">
        {clicked.lon.toFixed(5)}, {clicked.lat.toFixed(5)}
        {feature.data?.version ? ` · ${t("version")} ${feature.data.version}` : ""}
        {feature.dataUpdatedAt
          ? ` · ${t("readAt")} ${new Date(feature.dataUpdatedAt).toLocaleTimeString("vi-VN")} (${age(secondsSince(new Date(feature.dataUpdatedAt).toISOString(), now_ms))})`
          : ""}
      </p>
    </section>
  );
}
