/** One attribute of many features at once: stored, or put into the draft, all or none. */
import { useState } from "react";
import { useSay } from "../../language/store";
import { readable } from "../../panels/values";
import { Box } from "./AttributeForm";
import { put, useDesk, useLayer } from "./desk";
import { drop } from "./picking";
import { saveMany } from "./saving";
import { fromBox, same, toBox } from "./values";

export function MultiEdit() {
  const { t, w, language } = useSay();
  const { picked, because, busy } = useDesk();
  const layer = useLayer();
  const [name, setName] = useState("");
  const [box, setBox] = useState<string | boolean>("");
  if (!layer || !picked.length) return null;
  const fields = layer.fields.filter((one) => one.editable);
  const field = fields.find((one) => one.name === name);
  const values = picked.map((one) => one.properties?.[name]);
  const one = values.every((value) => same(value, values[0]));
  const meant = field ? fromBox(box, field) : null;
  return (
    <section data-testid="many" data-count={picked.length} aria-labelledby="many-title">
      <h2 id="many-title">
        {w(layer.title)} <span className="muted">{`${picked.length} ${t("chosen")}`}</span>
      </h2>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (field && meant && "value" in meant) saveMany(field.name, meant.value);
        }}
      >
        <div className="attribute">
          <label htmlFor="many-field">{t("whichAttribute")}</label>
          <select
            id="many-field"
            data-testid="many-field"
            value={name}
            onChange={(event) => {
              const next = fields.find((each) => each.name === event.currentTarget.value);
              setName(event.currentTarget.value);
              setBox(next ? toBox(null, next) : "");
            }}
          >
            <option value="">— {t("choose")}</option>
            {fields.map((each) => (
              <option key={each.name} value={each.name}>
                {w(each.title)}
              </option>
            ))}
          </select>
        </div>
        {field ? (
          <div className="attribute">
            <p className="muted">
              {t("nowIs")}: {one ? readable(values[0], field, language) : t("differs")}
            </p>
            <label htmlFor={`box-${field.name}`}>{t("newValue")}</label>
            <Box field={field} box={box} faulty={meant !== null && "problem" in meant && box !== ""} set={setBox} />
          </div>
        ) : null}
        {layer.review ? null : (
          <div className="attribute">
            <label htmlFor="because">{t("because")}</label>
            <input
              id="because"
              data-testid="because"
              maxLength={300}
              value={because}
              onChange={(event) => put({ because: event.currentTarget.value })}
            />
          </div>
        )}
        <div className="buttons">
          <button
            type="submit"
            className="primary"
            data-testid="many-save"
            disabled={busy || !meant || "problem" in meant}
          >
            {t(layer.review ? "intoDraft" : "saveMany")} ({picked.length})
          </button>
          <button type="button" data-testid="many-drop" onClick={drop}>
            {t("cancel")}
          </button>
        </div>
      </form>
    </section>
  );
}
