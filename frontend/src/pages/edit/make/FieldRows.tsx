/** The fields of a layer that is made: a card each, with the rest folded away until it is wanted. */
import type { Key } from "../../../language/messages";
import { useSay } from "../../../language/store";
import { CHOOSABLE, type Draft, type Fault, type FieldType, NEW_FIELD, nameOf } from "./field-list";
import { PermissionBox } from "./PermissionBox";

const TYPE_WORDS: Record<FieldType, Key> = {
  text: "typeText",
  int: "typeInt",
  float: "typeFloat",
  bool: "typeBool",
  date: "typeDate",
  datetime: "typeDatetime",
  list: "typeList",
  json: "typeJson",
};
const FAULT_WORDS: Record<Fault, Key> = {
  title: "fieldNeedsTitle",
  name: "fieldNameBad",
  twice: "fieldTwice",
  choices: "choicesBad",
};

export function FieldRows({
  fields,
  faults,
  set,
  types,
  permissions,
}: {
  fields: Draft[];
  faults: (Fault | null)[];
  set: (fields: Draft[]) => void;
  types: readonly FieldType[];
  permissions: readonly string[];
}) {
  const { t } = useSay();
  const put = (i: number, more: Partial<Draft>): void =>
    set(fields.map((field, at) => (at === i ? { ...field, ...more } : field)));
  return (
    <fieldset data-testid="make-fields">
      <legend>{t("fieldsWord")}</legend>
      {fields.map((field, i) => {
        const fault = faults[i];
        return (
          <div key={i} className="field-card">
            <div className="field-head">
              <input
                aria-label={t("fieldTitle")}
                placeholder={t("fieldTitle")}
                data-testid={`field-title-${i}`}
                maxLength={120}
                value={field.vi}
                aria-invalid={fault !== null}
                onChange={(event) => put(i, { vi: event.currentTarget.value })}
              />
              <select
                aria-label={t("fieldType")}
                data-testid={`field-type-${i}`}
                value={field.type}
                disabled={field.standing}
                onChange={(event) => put(i, { type: event.currentTarget.value as FieldType })}
              >
                {types.map((one) => (
                  <option key={one} value={one}>
                    {t(TYPE_WORDS[one])}
                  </option>
                ))}
              </select>
              {field.standing ? null : (
                <button
                  type="button"
                  aria-label={`${t("dropField")}: ${field.vi || i + 1}`}
                  onClick={() => set(fields.filter((_, at) => at !== i))}
                >
                  ✕
                </button>
              )}
            </div>
            {fault && (field.vi || fault !== "title") ? <p className="warn">⚠ {t(FAULT_WORDS[fault])}</p> : null}
            <details>
              <summary>
                {t("moreWord")} <span className="muted">{nameOf(field)}</span>
              </summary>
              <div className="pair">
                <label className="line">
                  {t("titleEn")}
                  <input
                    value={field.en}
                    maxLength={120}
                    onChange={(event) => put(i, { en: event.currentTarget.value })}
                  />
                </label>
                <label className="line">
                  {t("unitWord")}
                  <input
                    value={field.unit}
                    maxLength={20}
                    onChange={(event) => put(i, { unit: event.currentTarget.value })}
                  />
                </label>
              </div>
              {field.standing ? null : (
                <label className="line">
                  {t("fieldName")}
                  <input
                    value={nameOf(field)}
                    maxLength={60}
                    spellCheck={false}
                    onChange={(event) => put(i, { name: event.currentTarget.value || null })}
                  />
                </label>
              )}
              {CHOOSABLE.has(field.type) ? (
                <label className="line">
                  {t("choicesWord")}
                  <textarea
                    rows={3}
                    data-testid={`field-choices-${i}`}
                    value={field.choices}
                    onChange={(event) => put(i, { choices: event.currentTarget.value })}
                  />
                </label>
              ) : null}
              <label className="tick-line">
                <input
                  type="checkbox"
                  checked={field.required}
                  disabled={field.standing}
                  onChange={(event) => put(i, { required: event.currentTarget.checked })}
                />
                {t("requiredWord")}
              </label>
              <div className="pair">
                <PermissionBox
                  title="whoSees"
                  verb="see"
                  value={field.see}
                  set={(see) => put(i, { see })}
                  permissions={permissions}
                  same="asTheLayer"
                />
                <PermissionBox
                  title="whoEdits"
                  verb="edit"
                  value={field.edit}
                  set={(edit) => put(i, { edit })}
                  permissions={permissions}
                  same="asTheLayer"
                />
              </div>
            </details>
          </div>
        );
      })}
      <button type="button" data-testid="field-add" onClick={() => set([...fields, NEW_FIELD])}>
        + {t("addField")}
      </button>
    </fieldset>
  );
}
