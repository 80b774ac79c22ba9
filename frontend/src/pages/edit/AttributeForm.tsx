/** The form of a feature, made from its layer's fields: the right box for each type, and every fault beside its box. */
import type { Layer, LayerField } from "../../api/types";
import { useSay } from "../../language/store";
import { readable } from "../../panels/values";
import { fillable, type Problems, type Values } from "./values";

export type Boxes = Record<string, string | boolean>;
const INPUT: Record<string, string> = { date: "date", datetime: "datetime-local" };
const MODE: Record<string, "decimal" | "numeric"> = { float: "decimal", int: "numeric" };

export function AttributeForm({
  layer,
  isNew,
  values,
  boxes,
  problems,
  set,
}: {
  layer: Layer;
  isNew: boolean;
  values: Values;
  boxes: Boxes;
  problems: Problems;
  set: (name: string, box: string | boolean) => void;
}) {
  const { w, t, language } = useSay();
  return (
    <div className="attributes">
      {layer.fields.map((field) => {
        const fault = problems[field.name];
        const open = fillable(field, isNew);
        if (isNew && !open) return null;
        return (
          <div key={field.name} className={fault ? "attribute faulty" : "attribute"}>
            <label htmlFor={`box-${field.name}`}>
              {w(field.title)}
              {field.unit ? ` (${field.unit})` : ""}
              {field.required && field.editable ? <b aria-hidden="true"> *</b> : null}
              {open ? null : <span className="muted"> · {t("readOnly")}</span>}
            </label>
            {open ? (
              <Box
                field={field}
                box={boxes[field.name] ?? ""}
                faulty={fault !== undefined}
                set={(box) => set(field.name, box)}
              />
            ) : (
              <output id={`box-${field.name}`}>{readable(values[field.name], field, language)}</output>
            )}
            {fault ? (
              <p role="alert" id={`fault-${field.name}`} data-testid={`fault-${field.name}`}>
                ⚠ {w(fault)}
              </p>
            ) : null}
          </div>
        );
      })}
    </div>
  );
}

export function Box({
  field,
  box,
  faulty,
  set,
}: {
  field: LayerField;
  box: string | boolean;
  faulty: boolean;
  set: (box: string | boolean) => void;
}) {
  const { w, t } = useSay();
  const shared = {
    id: `box-${field.name}`,
    "data-testid": `box-${field.name}`,
    "aria-invalid": faulty,
    "aria-required": field.required,
    ...(faulty ? { "aria-describedby": `fault-${field.name}` } : {}),
  };
  if (field.type === "bool")
    return (
      <input
        {...shared}
        type="checkbox"
        checked={box === true}
        onChange={(event) => set(event.currentTarget.checked)}
      />
    );
  if (field.choices)
    return (
      <select {...shared} value={String(box)} onChange={(event) => set(event.currentTarget.value)}>
        {field.required && box !== "" ? null : <option value="">{`— ${t(field.required ? "choose" : "none")}`}</option>}
        {field.choices.map((one) => (
          <option key={String(one.value)} value={String(one.value)}>
            {w(one)}
          </option>
        ))}
      </select>
    );
  return (
    <input
      {...shared}
      type={INPUT[field.type] ?? "text"}
      inputMode={MODE[field.type] ?? "text"}
      value={String(box)}
      onChange={(event) => set(event.currentTarget.value)}
    />
  );
}
