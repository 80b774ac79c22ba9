/** The fields that several people may write at once: sent on the version that was seen, and a true clash is decided field by field. */
import { Button, NativeSelect, Textarea, TextInput } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useQuery } from "@tanstack/react-query";
import { type FormEvent, useEffect, useState } from "react";
import { ApiProblem, post, send } from "../../../api/client";
import type { IncidentDetail } from "../../../api/types";
import type { Key } from "../../../language/messages";
import { useSay } from "../../../language/store";
import { useDesk } from "../desk";
import { useCity } from "../queries";

type Fields = Pick<IncidentDetail, "category" | "severity" | "place_name" | "description">;
interface Clash {
  version: number;
  fields: (keyof Fields)[];
  base: Partial<Fields>;
  mine: Partial<Fields>;
  theirs: Partial<Fields>;
}
const NAMES: Record<keyof Fields, Key> = {
  category: "casesCategory",
  severity: "casesSeverity",
  place_name: "casesPlace",
  description: "casesDescription",
};
const AGAIN_MS = 30_000;

export function Amend({ item }: { item: IncidentDetail }) {
  const { t } = useSay();
  const [open, setOpen] = useState(false);
  return (
    <section data-testid="amend">
      <Others item={item} />
      {open ? (
        <Form key={item.id} item={item} close={() => setOpen(false)} />
      ) : (
        <Button size="compact-sm" variant="default" data-testid="amend-open" onClick={() => setOpen(true)}>
          {t("casesAmend")}
        </Button>
      )}
    </section>
  );
}

function Form({ item, close }: { item: IncidentDetail; close: () => void }) {
  const { t, w } = useSay();
  const city = useCity();
  const { take, tell } = useDesk();
  // What was seen when the form opened: what others write meanwhile does not slip under it.
  const [seen] = useState(item);
  const [mine, setMine] = useState<Partial<Fields>>({});
  const [clash, setClash] = useState<Clash | null>(null);
  const value: Fields = { ...seen, ...mine };
  const write = (fields: Partial<Fields>, version: number): void => {
    send<IncidentDetail>("PATCH", `/api/incidents/${item.id}`, fields, { "If-Match": `"v${version}"` }).then(
      ({ body }) => {
        take(body);
        notifications.show({ message: t("casesSaved") });
        close();
      },
      (error: unknown) =>
        error instanceof ApiProblem && error.body.code === "stale"
          ? setClash(error.body as unknown as Clash)
          : tell(error),
    );
  };
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    write(mine, seen.version);
  };
  if (clash)
    return (
      <ClashBox
        clash={clash}
        keep={(kept) => {
          const rest = Object.fromEntries(
            Object.entries(mine).filter(([name]) => !clash.fields.includes(name as keyof Fields)),
          );
          write({ ...rest, ...kept }, clash.version);
        }}
      />
    );
  return (
    <form className="verb-form" data-testid="amend-form" onSubmit={submit}>
      <NativeSelect
        label={t("casesCategory")}
        value={value.category}
        onChange={(event) => setMine({ ...mine, category: event.currentTarget.value })}
        data={(city?.categories ?? []).map((one) => ({ value: one.code, label: w(one) }))}
      />
      <NativeSelect
        label={t("casesSeverity")}
        data-testid="amend-severity"
        value={String(value.severity)}
        onChange={(event) => setMine({ ...mine, severity: Number(event.currentTarget.value) })}
        data={(city?.severities ?? []).map((one) => ({ value: String(one.level), label: `${one.level} ${w(one)}` }))}
      />
      <TextInput
        label={t("casesPlace")}
        data-testid="amend-place"
        maxLength={120}
        value={value.place_name}
        onChange={(event) => setMine({ ...mine, place_name: event.currentTarget.value })}
      />
      <Textarea
        label={t("casesDescription")}
        data-testid="amend-description"
        maxLength={4000}
        autosize
        value={value.description}
        onChange={(event) => setMine({ ...mine, description: event.currentTarget.value })}
      />
      <div className="verbs">
        <Button type="submit" size="compact-md" data-testid="amend-save">
          {t("casesSave")}
        </Button>
        <Button size="compact-md" variant="default" onClick={close}>
          {t("cancel")}
        </Button>
      </div>
    </form>
  );
}

/** Base, mine and theirs of each field that collided; one press decides for all of them. */
function ClashBox({ clash, keep }: { clash: Clash; keep: (kept: Partial<Fields>) => void }) {
  const { t } = useSay();
  return (
    <div className="shortfall" role="alert" data-testid="amend-clash">
      <b>{t("casesClash")}</b>
      {clash.fields.map((name) => (
        <div key={name}>
          {t(NAMES[name])}: <b>{String(clash.mine[name])}</b> ↔ <b>{String(clash.theirs[name])}</b>{" "}
          <span className="muted">
            ({t("casesWas")}: {String(clash.base[name])})
          </span>
        </div>
      ))}
      <div className="verbs">
        <Button size="compact-md" data-testid="keep-mine" onClick={() => keep(clash.mine)}>
          {t("casesMine")}
        </Button>
        <Button size="compact-md" variant="default" data-testid="keep-theirs" onClick={() => keep({})}>
          {t("casesTheirs")}
        </Button>
      </div>
    </div>
  );
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
