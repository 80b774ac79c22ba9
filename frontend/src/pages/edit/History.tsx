/** Every version of the feature in hand: when, who, why, and what became what; the way back is the panel of the past. */
import { useEffect, useState } from "react";
import { get, wordsOf } from "../../api/client";
import type { Version } from "../../api/edits";
import type { Layer } from "../../api/types";
import { useSay } from "../../language/store";
import { useNewest } from "../../panels/useNewest";
import { useDesk, useLayer } from "./desk";
import { VersionCard } from "./past/VersionCard";

export function History() {
  const layer = useLayer();
  const target = useDesk((now) => now.target);
  if (!layer || target?.fid == null) return null;
  return <Versions layer={layer} fid={target.fid} version={target.version} />;
}

function Versions({ layer, fid, version }: { layer: Layer; fid: number; version: number }) {
  const { t, language } = useSay();
  const [items, setItems] = useState<Version[] | null>(null);
  const [problem, setProblem] = useState("");
  const asked = useNewest();
  useEffect(() => {
    void asked.ask(
      get<{ items: Version[] }>(`/api/layers/${layer.slug}/features/${fid}/history`),
      (found) => setItems(found.items),
      (error) => setProblem(wordsOf(error, language)),
    );
  }, [asked, layer.slug, fid, version]);
  return (
    <section data-testid="history">
      {problem ? <p role="alert">{problem}</p> : null}
      {items && !items.length ? <p className="muted">{t("noHistory")}</p> : null}
      {items?.map((one) => (
        <VersionCard key={`${one.version}${one.at}`} layer={layer} one={one} />
      ))}
    </section>
  );
}
