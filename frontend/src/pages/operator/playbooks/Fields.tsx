/** The fields of a form step: each by its own type, kept as plain values. */
import type { PlaybookStep, StepField } from "../../../api/types";
import { useSay } from "../../../language/store";

type Values = Record<string, unknown>;

export function Fields({ step, values, put }: { step: PlaybookStep; values: Values; put: (values: Values) => void }) {
  const set = (code: string, value: unknown): void => put({ ...values, [code]: value });
  return (step.fields ?? []).map((field) => (
    <Field key={field.code} field={field} value={values[field.code]} set={(value) => set(field.code, value)} />
  ));
}

function Field({ field, value, set }: { field: StepField; value: unknown; set: (value: unknown) => void }) {
  const { t, w } = useSay();
  const label = `${w(field)}${field.required ? " *" : ""}`;
  const id = `field-${field.code}`;
  if (field.type === "choice" || field.type === "yes_no") {
    const yesNo = field.type === "yes_no";
    const choices = yesNo
      ? [
          { value: "yes", words: t("opYes") },
          { value: "no", words: t("opNo") },
        ]
      : (field.choices ?? []).map((one) => ({ value: one.value, words: w(one) }));
    const shown = yesNo ? (value === true ? "yes" : value === false ? "no" : "") : String(value ?? "");
    return (
      <label className="pb-field">
        {label}
        <select
          data-testid={id}
          value={shown}
          onChange={(event) => {
            const said = event.currentTarget.value;
            set(yesNo && said ? said === "yes" : said);
          }}
        >
          <option value="">—</option>
          {choices.map((one) => (
            <option key={one.value} value={one.value}>
              {one.words}
            </option>
          ))}
        </select>
      </label>
    );
  }
  const number = field.type === "number" || field.type === "integer";
  return (
    <label className="pb-field">
      {label}
      <input
        data-testid={id}
        type={number ? "number" : field.type === "date" ? "date" : "text"}
        min={field.min}
        max={field.max}
        step={field.type === "integer" ? 1 : "any"}
        onChange={(event) => {
          const said = event.currentTarget.value;
          set(number && said !== "" ? Number(said) : said);
        }}
      />
    </label>
  );
}
