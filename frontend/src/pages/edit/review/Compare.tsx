/** One edit, field by field: what it was and what it will be side by side; what stays is folded away. */
import { useState } from "react";
import type { ChangeSetEdit } from "../../../api/edits";
import type { Layer } from "../../../api/types";
import { useSay } from "../../../language/store";
import { readable } from "../../../panels/values";
import { type Row, rowsOf, SHAPE } from "./compare";

export function Compare({ layer, one }: { layer: Layer | undefined; one: ChangeSetEdit }) {
  const { t, w, language } = useSay();
  const [all, setAll] = useState(false);
  const rows = rowsOf(layer, one);
  const shown = all ? rows : rows.filter((row) => row.changed || row.clash);
  const fieldOf = (row: Row) => layer?.fields.find((field) => field.name === row.name);
  const told = (row: Row, value: unknown): string => {
    if (row.name === SHAPE) return value ? t("hasShape") : "—";
    const field = fieldOf(row);
    return field ? readable(value, field, language) : String(value ?? "—");
  };
  return (
    <div className="compare" data-testid="compare">
      <table>
        <thead>
          <tr>
            <th />
            <th scope="col">{t("beforeWord")}</th>
            <th scope="col">{t("afterWord")}</th>
          </tr>
        </thead>
        <tbody>
          {shown.map((row) => (
            <tr key={row.name} data-testid={`row-${row.name}`} className={row.changed ? "changed" : ""}>
              <th scope="row">
                {row.name === SHAPE ? t("shape") : w(fieldOf(row)?.title) || row.name}
                {row.clash ? <span className="warn"> ⚡ {t("changedSince")}</span> : null}
              </th>
              <td>{row.changed && one.before ? <del>{told(row, row.before)}</del> : told(row, row.before)}</td>
              <td>
                {row.changed && one.after ? (
                  <ins>{row.name === SHAPE && one.before ? t("shapeChanged") : told(row, row.after)}</ins>
                ) : (
                  told(row, row.after)
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {rows.length > shown.length || all ? (
        <button type="button" className="quiet" aria-expanded={all} onClick={() => setAll(!all)}>
          {all ? t("onlyChanged") : `${t("alsoUnchanged")} (${rows.length - shown.length})`}
        </button>
      ) : null}
    </div>
  );
}
