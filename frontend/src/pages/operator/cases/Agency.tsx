/** To whom the case was forwarded, by when it is to answer, and what it answered. */
import type { IncidentDetail } from "../../../api/types";
import { useSay } from "../../../language/store";

export function Agency({ item }: { item: IncidentDetail }) {
  const { t } = useSay();
  return (
    <div data-testid="agency">
      {t("forwardedTo")} <b>{item.agency?.name}</b>
      {item.due_at ? ` · ${t("dueAt")} ${new Date(item.due_at).toLocaleString("vi-VN")}` : ""}
      {item.answer ? <p className="words">“{item.answer}”</p> : null}
    </div>
  );
}
