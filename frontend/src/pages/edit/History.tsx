/** Every version of a feature: when, who, why, and what became what. */
import { useEffect, useState } from "react";
import { get, wordsOf } from "../../api/client";
import type { Layer } from "../../api/types";
import type { Key } from "../../language/messages";
import { useSay } from "../../language/store";
import { readable } from "../../panels/values";
import { useDesk, useLayer } from "./desk";

interface Version {
  version: number;
  at: string;
  by: unknown;
  because: string | null;
  op: string;
  changed: Record<string, [unknown, unknown]> | null;
  geometry: unknown;
  document?: string | null;
}
const OPS: Record<string, Key> = {
  insert: "opInsert",
  update: "opUpdate",
  delete: "opDelete",
  I: "opInsert",
  U: "opUpdate",
  D: "opDelete",
};

export function History() {
  const layer = useLayer();
  const target = useDesk((now) => now.target);
  if (!layer || target?.fid == null) return null;
  return <Versions layer={layer} fid={target.fid} version={target.version} />;
}

function Versions({ layer, fid, version }: { layer: Layer; fid: number; version: number }) {
  const { t, w, language } = useSay();
  const [items, setItems] = useState<Version[] | null>(null);
  const [problem, setProblem] = useState("");
  useEffect(() => {
    let gone = false;
    get<{ items: Version[] }>(`/api/layers/${layer.slug}/features/${fid}/history`).then(
      (found) => !gone && setItems(found.items),
      (error: unknown) => !gone && setProblem(wordsOf(error, language)),
    );
    return () => {
      gone = true;
    };
  }, [layer.slug, fid, version]);
  const locale = language === "en" ? "en-GB" : "vi-VN";
  const name = (by: unknown): string =>
    typeof by === "string"
      ? by
      : ((by as { name?: string; display_name?: string } | null)?.name ??
        (by as { display_name?: string } | null)?.display_name ??
        "");
  return (
    <section data-testid="history">
      {problem ? <p role="alert">{problem}</p> : null}
      {items && !items.length ? <p className="muted">{t("noHistory")}</p> : null}
      {items?.map((one) => (
        <article key={`${one.version}${one.at}`} className="version" data-testid={`version-${one.version}`}>
          <h3>
            v{one.version} · {OPS[one.op] ? t(OPS[one.op] as Key) : one.op}
          </h3>
          <p className="muted">
            {new Date(one.at).toLocaleString(locale)} · {name(one.by)}
          </p>
          {one.because ? <p>{one.because}</p> : null}
          {one.document ? (
            <p className="muted">
              {t("documentNo")}: {one.document}
            </p>
          ) : null}
          <ul>
            {one.geometry && one.op !== "insert" ? (
              <li>
                {t("shape")}: {t("shapeChanged")}
              </li>
            ) : null}
            {Object.entries(one.changed ?? {}).map(([attribute, [before, after]]) => {
              const field = layer.fields.find((each) => each.name === attribute);
              const shown = (value: unknown) => (field ? readable(value, field, language) : String(value));
              return (
                <li key={attribute}>
                  {w(field?.title) || attribute}: {shown(before)} → {shown(after)}
                </li>
              );
            })}
          </ul>
        </article>
      ))}
    </section>
  );
}
