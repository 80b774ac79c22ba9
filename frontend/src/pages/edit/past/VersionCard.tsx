/** One version of a feature in words: when, who, why, under which paper, and what became what. */
import type { ReactNode } from "react";
import type { Version } from "../../../api/edits";
import type { Layer } from "../../../api/types";
import type { Key } from "../../../language/messages";
import { useSay } from "../../../language/store";
import { readable } from "../../../panels/values";
import { byWhom } from "./moments";

const OPS: Record<string, Key> = { insert: "opInsert", update: "opUpdate", delete: "opDelete", first: "opFirst" };

export function VersionCard({ layer, one, children }: { layer: Layer; one: Version; children?: ReactNode }) {
  const { t, w, language } = useSay();
  const locale = language === "en" ? "en-GB" : "vi-VN";
  const changed = Object.entries(one.changed ?? {});
  const reshaped = Boolean(one.geometry) && one.op === "update";
  return (
    <article className="version" data-testid={`version-${one.version}`}>
      <h4>
        v{one.version} · {OPS[one.op] ? t(OPS[one.op] as Key) : one.op}
      </h4>
      <p className="muted">
        {one.op === "first"
          ? t("beforeAll")
          : `${new Date(one.at).toLocaleString(locale)} · ${byWhom(one.by) || t("systemWord")}`}
        {one.document ? ` · ${t("documentNo")} ${one.document}` : ""}
      </p>
      {one.because ? <p>{one.because}</p> : null}
      {reshaped || changed.length ? (
        <ul>
          {reshaped ? (
            <li>
              {t("shape")}: {t("shapeChanged")}
            </li>
          ) : null}
          {changed.map(([name, [was, is]]) => {
            const field = layer.fields.find((each) => each.name === name);
            const told = (value: unknown): string => (field ? readable(value, field, language) : String(value));
            return (
              <li key={name}>
                {w(field?.title) || name}: {told(was)} → {told(is)}
              </li>
            );
          })}
        </ul>
      ) : null}
      {children}
    </article>
  );
}
