/** What a step wants to see: a feature that the case is about, a picture of one, an entry of the case's log. */
import { useQuery } from "@tanstack/react-query";
import { get } from "../../../api/client";
import type { IncidentDetail, PlaybookStep } from "../../../api/types";
import { useSay } from "../../../language/store";

export interface Piece {
  kind: "feature" | "photo" | "entry";
  layer?: string;
  fid?: number;
  id?: number;
}
interface Feature {
  id: number;
  layer: string;
  properties: Record<string, unknown>;
}
interface Picture {
  id: number;
  caption: string;
}

export function Evidence({
  item,
  step,
  put,
}: {
  item: IncidentDetail;
  step: PlaybookStep;
  put: (kind: string, piece: Piece | null) => void;
}) {
  const wanted = step.evidence_kinds;
  const about = useQuery({
    queryKey: ["case-features", item.id],
    queryFn: () => get<{ features: Feature[] }>(`/api/incidents/${item.id}/features`),
    enabled: wanted.includes("feature") || wanted.includes("photo"),
  }).data?.features;
  return (
    <>
      {wanted.includes("feature") ? (
        <Choose
          kind="feature"
          rows={(about ?? []).map((one) => ({
            words: `${one.layer} ${String(one.properties.code ?? one.properties.name ?? one.id)}`,
            piece: { kind: "feature", layer: one.layer, fid: one.id },
          }))}
          put={put}
        />
      ) : null}
      {wanted.includes("photo") ? <Pictures features={about ?? []} put={put} /> : null}
      {wanted.includes("entry") ? (
        <Choose
          kind="entry"
          rows={item.entries
            .filter((one) => one.id !== undefined)
            .map((one) => ({
              words: `${new Date(one.at).toLocaleTimeString("vi-VN")} ${one.note || one.kind}`,
              piece: { kind: "entry", id: one.id as number },
            }))}
          put={put}
        />
      ) : null}
    </>
  );
}

function Pictures({ features, put }: { features: Feature[]; put: (kind: string, piece: Piece | null) => void }) {
  const found = useQuery({
    queryKey: ["case-pictures", features.map((one) => `${one.layer}/${one.id}`)],
    queryFn: () =>
      Promise.all(
        features.map(async (one) => ({
          one,
          pictures: (await get<{ items: Picture[] }>(`/api/layers/${one.layer}/features/${one.id}/photos`)).items,
        })),
      ),
    enabled: features.length > 0,
  }).data;
  const rows = (found ?? []).flatMap(({ one, pictures }) =>
    pictures.map((picture) => ({
      words: `${one.layer} ${one.id}: ${picture.caption || picture.id}`,
      piece: { kind: "photo" as const, layer: one.layer, fid: one.id, id: picture.id },
    })),
  );
  return <Choose kind="photo" rows={rows} put={put} />;
}

function Choose({
  kind,
  rows,
  put,
}: {
  kind: "feature" | "photo" | "entry";
  rows: { words: string; piece: Piece }[];
  put: (kind: string, piece: Piece | null) => void;
}) {
  const { t } = useSay();
  return (
    <label className="pb-field">
      {t(`pbEvidence_${kind}`)} *
      <select
        data-testid={`evidence-${kind}`}
        defaultValue=""
        onChange={(event) => put(kind, rows[Number(event.currentTarget.value)]?.piece ?? null)}
      >
        <option value="">{rows.length ? "—" : t("pbNoEvidence")}</option>
        {rows.map((one, i) => (
          <option key={one.words} value={i}>
            {one.words}
          </option>
        ))}
      </select>
    </label>
  );
}
