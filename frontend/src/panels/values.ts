/** A feature's attribute as people read it: the choice's words, the unit, yes and no, local time. */
import type { Language, LayerField } from "../api/types";

export function readable(value: unknown, field: LayerField, language: Language): string {
  if (value === null || value === undefined || value === "") return "—";
  const choice = field.choices?.find((one) => String(one.value) === String(value));
  if (choice) return choice[language];
  const unit = field.unit ? ` ${field.unit}` : "";
  if (typeof value === "boolean" || field.type === "bool") {
    const yes = value === true || value === "true" || value === 1;
    return language === "en" ? (yes ? "Yes" : "No") : yes ? "Có" : "Không";
  }
  const locale = language === "en" ? "en-GB" : "vi-VN";
  if (field.type === "datetime" && Number.isFinite(Date.parse(String(value))))
    return new Date(String(value)).toLocaleString(locale);
  if (field.type === "date" && Number.isFinite(Date.parse(String(value))))
    return new Date(String(value)).toLocaleDateString(locale);
  if (Array.isArray(value)) return value.join(", ");
  if (typeof value === "number") return `${value.toLocaleString(locale, { maximumFractionDigits: 3 })}${unit}`;
  return `${String(value)}${unit}`;
}
