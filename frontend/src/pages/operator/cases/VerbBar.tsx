/** What may be done with the case now, and the few words that some verbs need first. */
import { Button, NativeSelect, NumberInput, Textarea } from "@mantine/core";
import { type FormEvent, type KeyboardEvent, useState } from "react";
import type { IncidentDetail } from "../../../api/types";
import { useSay } from "../../../language/store";
import { put, useDesk } from "../desk";
import { useCity, useOpen } from "../queries";
import { Divide } from "./Divide";
import { act, type Body } from "./doing";
import { VERBS, type Verb } from "./verbs";

export function Verbs({ item }: { item: IncidentDetail }) {
  const asking = useDesk((desk) => desk.asking);
  return (
    <>
      <VerbBar item={item} asking={asking} />
      {asking ? <Form key={`${item.id}${asking.verb}`} verb={asking} item={item} /> : null}
    </>
  );
}

const Form = ({ verb, item }: { verb: Verb; item: IncidentDetail }) =>
  verb.ask === "divide" ? <Divide item={item} /> : <VerbForm verb={verb} item={item} />;

/** Verbs after which a case is no longer open: its open parts need a fate. */
const ENDING = new Set(["close", "cancel", "reject", "transfer"]);
const ask = (asking: Verb | null): void => put({ asking });

function VerbBar({ item, asking }: { item: IncidentDetail; asking: Verb | null }) {
  const { t } = useSay();
  const allowed = VERBS.filter((one) => item.allowed.includes(one.verb));
  return (
    <div className="verbs" data-testid="verb-bar">
      {allowed.map((one, i) => (
        <Button
          key={one.verb}
          size="compact-md"
          data-testid={one.verb}
          variant={asking?.verb === one.verb || (i === 0 && !one.ask) ? "filled" : "default"}
          onClick={() => (one.ask ? ask(asking?.verb === one.verb ? null : one) : act(one.verb))}
        >
          {t(one.words)}
          {one.key ? ` (${one.key.toUpperCase()})` : ""}
        </Button>
      ))}
    </div>
  );
}

function VerbForm({ verb, item }: { verb: Verb; item: IncidentDetail }) {
  const city = useCity();
  const others = useOpen()?.items ?? [];
  const close = (): void => ask(null);
  const { t, w } = useSay();
  const [days, setDays] = useState<string | number>("");
  const near = new Set(item.nearby.map((one) => one.id));
  const choices = [...item.nearby, ...others.filter((one) => one.id !== item.id && !near.has(one.id))];
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const text = (name: string): string => String(form.get(name) ?? "").trim();
    const body: Body = {};
    if (verb.ask === "reason") body.reason = text("words");
    if (verb.ask === "text") body.text = text("words");
    if (["note", "outcome", "forward", "transfer"].includes(verb.ask ?? "") && text("words")) body.note = text("words");
    if (verb.ask === "merge") body.into = Number(text("into"));
    if (verb.ask === "link") body.parent = Number(text("into"));
    if (verb.ask === "outcome") body.outcome = text("outcome");
    if (verb.ask === "forward" || verb.ask === "transfer") body.agency = text("agency");
    if (verb.ask === "forward" && days !== "") body.days = Number(days);
    if (text("children")) body.children = text("children");
    act(verb.verb, body);
  };
  const picksCase = verb.ask === "merge" || verb.ask === "link";
  const asksFate = ENDING.has(verb.verb) && (item.children ?? []).some((part) => !part.closed_at);
  const keys = (event: KeyboardEvent<HTMLFormElement>): void => {
    if (event.nativeEvent.isComposing || event.nativeEvent.keyCode === 229) return;
    if (event.key === "Enter" && event.ctrlKey) event.currentTarget.requestSubmit();
    if (event.key === "Escape") {
      event.stopPropagation();
      close();
    }
  };
  return (
    <form className="verb-form" data-testid="verb-form" data-verb={verb.verb} onSubmit={submit} onKeyDown={keys}>
      <b>{t(verb.words)}</b>
      {picksCase ? (
        <NativeSelect
          name="into"
          required
          autoFocus
          data-testid="verb-into"
          label={t(verb.ask === "link" ? "casesLinkTo" : "mergeInto")}
          data={choices.map((one) => ({
            value: String(one.id),
            label: `${near.has(one.id) ? "◎ " : ""}${one.code} · ${w(city?.categories.find((kind) => kind.code === one.category))} · ${one.place_name || one.road_name || ""}`,
          }))}
        />
      ) : null}
      {verb.ask === "forward" || verb.ask === "transfer" ? (
        <>
          <NativeSelect
            name="agency"
            required
            autoFocus
            data-testid="verb-agency"
            label={t("agency")}
            data={(city?.agencies ?? []).map((one) => ({ value: one.code, label: w(one) }))}
          />
          {verb.ask === "forward" ? (
            <NumberInput label={t("days")} min={1} max={90} value={days} onChange={setDays} />
          ) : null}
        </>
      ) : null}
      {verb.ask === "outcome" ? (
        <NativeSelect
          name="outcome"
          required
          autoFocus
          data-testid="verb-outcome"
          label={t("outcome")}
          data={(city?.outcomes ?? []).map((one) => ({ value: one.code, label: `${one.code} ${w(one)}` }))}
        />
      ) : null}
      {picksCase ? null : (
        <Textarea
          name="words"
          data-testid="verb-words"
          autoFocus={["reason", "note", "text"].includes(verb.ask ?? "")}
          label={t(verb.ask === "reason" ? "reason" : "noteText")}
          required={verb.required ?? false}
          maxLength={2000}
          autosize
          minRows={2}
        />
      )}
      {asksFate ? (
        <NativeSelect
          name="children"
          required
          data-testid="verb-children"
          label={t("casesFate")}
          data={[
            { value: "close", label: t("casesFateClose") },
            { value: "release", label: t("casesFateRelease") },
          ]}
        />
      ) : null}
      <div className="verbs">
        <Button type="submit" size="compact-md" data-testid="verb-confirm">
          {t("confirmVerb")}
        </Button>
        <Button size="compact-md" variant="default" onClick={close}>
          {t("cancel")}
        </Button>
      </div>
    </form>
  );
}
