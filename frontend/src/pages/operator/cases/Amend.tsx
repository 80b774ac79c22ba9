/** The fields that several people may write at once: what others write comes in field by field, what is typed here stays, and a clash shows both. */
import { Button, NativeSelect, Textarea, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { type FormEvent, useEffect, useState } from "react";
import { create } from "zustand";
import { ApiProblem, post, send } from "../../../api/client";
import type { City, IncidentDetail } from "../../../api/types";
import type { Key } from "../../../language/messages";
import { useSay } from "../../../language/store";
import { client, desk } from "../desk";
import { useCity } from "../queries";
import { type Clash, clashes, type Draft, decided, type Field, meets, opened, typed, valuesOf } from "./draft";

const STALE_STATUS = 412;
const AGAIN_MS = 30_000;
const NAMES: Record<Field, Key> = {
  category: "casesCategory",
  severity: "casesSeverity",
  place_name: "casesPlace",
  description: "casesDescription",
};

/** The case whose fields are open. */
export const useAmending = create<{ id: number | null }>(() => ({ id: null }));
export const openAmend = (id: number | null): void => useAmending.setState({ id });

export function Amend({ item }: { item: IncidentDetail }) {
  const { t } = useSay();
  const city = useCity();
  const open = useAmending((amending) => amending.id === item.id);
  return (
    <section data-testid="amend">
      <Others item={item} />
      {open && city ? (
        <Form key={item.id} item={item} city={city} />
      ) : (
        <Button size="compact-sm" variant="default" data-testid="amend-open" onClick={() => openAmend(item.id)}>
          {t("casesAmend")} (F2)
        </Button>
      )}
    </section>
  );
}

function Form({ item, city }: { item: IncidentDetail; city: City }) {
  const { t, w } = useSay();
  const [draft, setDraft] = useState<Draft>(() => opened(item));
  // Pressed while something clashes: it is sent as soon as the last clash is decided.
  const [wanted, setWanted] = useState(false);
  useEffect(() => setDraft((was) => meets(was, item)), [item]);
  const clashing = clashes(draft, valuesOf(item));
  const settled = clashing.length === 0 && draft.version === item.version;
  useEffect(() => {
    if (!wanted || !settled) return;
    setWanted(false);
    void amend(item.id, draft).then((met) => {
      if (met === "kept") openAmend(null);
      // Somebody was faster by less than the news of it takes: what was pressed goes on as if they had been known.
      if (met === "clash") setWanted(true);
    });
  }, [wanted, settled, draft, item.id]);
  const value = (field: Field): string => String(draft.mine[field] ?? draft.base[field]);
  const type = (field: Field, text: string): void =>
    setDraft((was) => typed(was, field, field === "severity" ? Number(text) : text));
  const label = (field: Field): string =>
    `${t(NAMES[field])}${field in draft.mine ? ` · ${t("notSaved")}` : draft.came.includes(field) ? ` · ${t("justCame")}` : ""}`;
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    setWanted(true);
  };
  return (
    <form
      className="verb-form"
      data-testid="amend-form"
      onSubmit={submit}
      onKeyDown={(event) => {
        if (event.key !== "Escape" || event.nativeEvent.isComposing) return;
        event.stopPropagation();
        openAmend(null);
      }}
    >
      <NativeSelect
        autoFocus
        label={label("category")}
        data-testid="amend-category"
        value={value("category")}
        onChange={(event) => type("category", event.currentTarget.value)}
        data={city.categories.map((one) => ({ value: one.code, label: w(one) }))}
      />
      <NativeSelect
        label={label("severity")}
        data-testid="amend-severity"
        value={value("severity")}
        onChange={(event) => type("severity", event.currentTarget.value)}
        data={city.severities.map((one) => ({ value: String(one.level), label: `${one.level} ${w(one)}` }))}
      />
      <TextInput
        label={label("place_name")}
        data-testid="amend-place"
        maxLength={120}
        value={value("place_name")}
        onChange={(event) => type("place_name", event.currentTarget.value)}
      />
      <Textarea
        label={label("description")}
        data-testid="amend-description"
        autosize
        maxLength={4000}
        value={value("description")}
        onChange={(event) => type("description", event.currentTarget.value)}
      />
      {clashing.length ? (
        <div className="shortfall" role="alert" data-testid="amend-clash">
          <b>{t("casesClash")}</b>
          {clashing.map((one) => (
            <Decision
              key={one.field}
              clash={one}
              city={city}
              decide={(keep) => setDraft((was) => decided(was, one.field, keep, item))}
            />
          ))}
        </div>
      ) : null}
      <div className="verbs">
        <Button type="submit" size="compact-md" data-testid="amend-save">
          {t("casesSave")}
        </Button>
        <Button size="compact-md" variant="default" onClick={() => openAmend(null)}>
          {t("cancel")}
        </Button>
      </div>
    </form>
  );
}

/** Mine, theirs and what both began with, of one field. */
function Decision({ clash, city, decide }: { clash: Clash; city: City; decide: (keep: "mine" | "theirs") => void }) {
  const { t, w } = useSay();
  const inWords = (said: string | number): string => {
    if (clash.field === "category") return w(city.categories.find((one) => one.code === said)) || String(said);
    if (clash.field === "severity") return `${said} ${w(city.severities.find((one) => one.level === said))}`;
    return String(said) || "—";
  };
  return (
    <div data-testid={`clash-${clash.field}`}>
      {t(NAMES[clash.field])}{" "}
      <span className="muted">
        ({t("casesWas")}: {inWords(clash.base)})
      </span>
      <div className="verbs">
        <Button size="compact-md" data-testid="keep-mine" onClick={() => decide("mine")}>
          {t("casesMine")}: {inWords(clash.mine)}
        </Button>
        <Button size="compact-md" variant="default" data-testid="keep-theirs" onClick={() => decide("theirs")}>
          {t("casesTheirs")}: {inWords(clash.theirs)}
        </Button>
      </div>
    </div>
  );
}

/** Sends what was typed, on the version it was typed on. Says whether it stands; after a clash the case has been read again, and the form shows it. */
async function amend(id: number, draft: Draft): Promise<"kept" | "clash" | "refused"> {
  const { take, tell } = desk();
  if (!Object.keys(draft.mine).length) return "kept";
  try {
    const sent = send<IncidentDetail>("PATCH", `/api/incidents/${id}`, draft.mine, {
      "If-Match": `"v${draft.version}"`,
    });
    take((await sent).body);
    return "kept";
  } catch (error) {
    if (!(error instanceof ApiProblem) || error.body.status !== STALE_STATUS) {
      tell(error);
      return "refused";
    }
    await client.invalidateQueries({ queryKey: ["case", id] });
    return "clash";
  }
}

/** Who else has the case open: a hint, nothing is refused because of it. */
function Others({ item }: { item: IncidentDetail }) {
  const { t } = useSay();
  const { id } = item;
  const others =
    useQuery({
      queryKey: ["presence", id],
      queryFn: () => post<{ others: { name: string; since: string }[] }>(`/api/incidents/${id}/presence`),
      refetchInterval: AGAIN_MS,
      retry: false,
    }).data?.others ?? [];
  useEffect(
    () => () => {
      send("DELETE", `/api/incidents/${id}/presence`).catch(() => undefined);
    },
    [id],
  );
  if (!others.length) return null;
  return (
    <div role="status" className="others" data-testid="others">
      {others.map((one) => (
        <span key={one.name} className="avatar" title={one.name}>
          {initials(one.name)}
        </span>
      ))}{" "}
      {t("casesSomebody")}: {others.map((one) => one.name).join(", ")}
    </div>
  );
}

const initials = (name: string): string =>
  name
    .split(/\s+/)
    .slice(-2)
    .map((word) => word[0]?.toUpperCase() ?? "")
    .join("");
