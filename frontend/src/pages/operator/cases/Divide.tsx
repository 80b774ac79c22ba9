/** One report that told of two things becomes two cases: the second has the same reporter and clock, and its own kind, words and place. */
import { Button, NativeSelect, Textarea, TextInput } from "@mantine/core";
import { type FormEvent, type KeyboardEvent, useState } from "react";
import { post } from "../../../api/client";
import type { IncidentDetail } from "../../../api/types";
import { useSay } from "../../../language/store";
import { desk, put, useDesk } from "../desk";
import type { Draft } from "../intake/draft";
import { placeSaid } from "../intake/view";
import { Where } from "../intake/Where";
import { useCity } from "../queries";

type Placed = Pick<Draft, "where" | "spot" | "place_name">;
const SAME: Placed = { where: "none", spot: null, place_name: "" };

export function Divide({ item }: { item: IncidentDetail }) {
  const { t, w } = useSay();
  const city = useCity();
  const map = useDesk((one) => one.map);
  const [category, setCategory] = useState(item.category);
  const [severity, setSeverity] = useState("");
  const [text, setText] = useState("");
  const [reason, setReason] = useState("");
  const [placed, setPlaced] = useState(SAME);
  const close = (): void => put({ asking: null });
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const elsewhere = placed.where === "none" ? {} : placeSaid(placed, map);
    const named = placed.place_name.trim() || (placed.where === "spot" ? placed.spot?.title : "");
    const { take, tell, select } = desk();
    const body = { category, text: text.trim(), reason: reason.trim(), ...elsewhere };
    const more = { ...(severity ? { severity: Number(severity) } : {}), ...(named ? { place_name: named } : {}) };
    post<IncidentDetail>(`/api/incidents/${item.id}/divide`, { ...body, ...more }).then((detail) => {
      take(detail);
      close();
      const made = newest(detail);
      if (made !== undefined) select(made);
    }, tell);
  };
  const keys = (event: KeyboardEvent<HTMLFormElement>): void => {
    if (event.nativeEvent.isComposing) return;
    if (event.key === "Enter" && event.ctrlKey) event.currentTarget.requestSubmit();
    if (event.key === "Escape") {
      event.stopPropagation();
      close();
    }
  };
  return (
    <form className="verb-form" data-testid="divide-form" onSubmit={submit} onKeyDown={keys}>
      <b>{t("casesDivide")}</b>
      <p className="muted">{t("casesDivideHint")}</p>
      <NativeSelect
        autoFocus
        data-testid="divide-category"
        label={t("casesDivideKind")}
        value={category}
        onChange={(event) => setCategory(event.currentTarget.value)}
        data={(city?.categories ?? []).map((one) => ({ value: one.code, label: w(one) }))}
      />
      <NativeSelect
        data-testid="divide-severity"
        label={t("severity")}
        value={severity}
        onChange={(event) => setSeverity(event.currentTarget.value)}
        data={[
          { value: "", label: t("casesUsual") },
          ...(city?.severities ?? []).map((one) => ({ value: String(one.level), label: `${one.level} ${w(one)}` })),
        ]}
      />
      <Where
        draft={placed}
        otherwise={t("casesSamePlace")}
        change={(more) => setPlaced((was) => ({ ...was, ...more }))}
      />
      <Textarea
        required
        data-testid="divide-text"
        label={t("description")}
        value={text}
        maxLength={4000}
        autosize
        minRows={2}
        onChange={(event) => setText(event.currentTarget.value)}
      />
      <TextInput
        required
        data-testid="divide-reason"
        label={t("reason")}
        value={reason}
        maxLength={300}
        onChange={(event) => setReason(event.currentTarget.value)}
      />
      <div className="verbs">
        <Button type="submit" size="compact-md" data-testid="divide-confirm">
          {t("confirmVerb")}
        </Button>
        <Button size="compact-md" variant="default" onClick={close}>
          {t("cancel")}
        </Button>
      </div>
    </form>
  );
}

/** The case that was just made out of this one: the newest that it is divided into. */
const newest = (item: IncidentDetail): number | undefined => {
  const made = (item.related ?? []).filter((one) => one.eido === "Split").map((one) => one.id);
  return made.length ? Math.max(...made) : undefined;
};
