/** A new report: what, how grave, where, in a few keys; what is written is kept on this machine until it has arrived. */
import { Button, Modal, NativeSelect, Textarea, TextInput } from "@mantine/core";
import { type FormEvent, useEffect, useState } from "react";
import { ApiProblem, post } from "../../../api/client";
import type { City, IncidentDetail } from "../../../api/types";
import { useSay } from "../../../language/store";
import { client, desk, useDesk } from "../desk";
import { useCity } from "../queries";
import { type Draft, dropDraft, isWorthKeeping, keepDraft, readDraft } from "./draft";
import { intake, useIntake } from "./intake";
import { kindsFor } from "./kinds";
import { placeSaid } from "./view";
import { Where } from "./Where";

const KINDS_SHOWN = 5;

export function NewReport({ close }: { close: () => void }) {
  const city = useCity();
  const map = useDesk((desk) => desk.map);
  return city && map ? <Form city={city} close={close} /> : null;
}

/** What stands in the form when it opens: the draft that was left, and over it the place or the call that it was opened with. */
function begun(city: City, user: number): { draft: Draft; restored: boolean } {
  const { spot, call } = intake();
  const kept = readDraft(user, Date.now());
  // A call is a new matter, whatever was being written before; the draft waits.
  const left = kept && (!call || kept.call === call.id) ? kept : null;
  const draft: Draft = left ?? {
    key: crypto.randomUUID(),
    category: city.categories[0]?.code ?? "",
    severity: null,
    channel: city.channels.find((one) => one.code === "phone")?.code ?? city.channels[0]?.code ?? "",
    where: call ? "none" : "centre",
    spot: null,
    place_name: "",
    description: "",
    reporter_name: "",
    reporter_phone: "",
    accuracy: "",
    call: null,
    saved_ms: 0,
  };
  if (spot) Object.assign(draft, { spot, where: "spot" });
  if (call) Object.assign(draft, { call: call.id, reporter_phone: call.number ?? draft.reporter_phone });
  return { draft, restored: left !== null };
}

function Form({ city, close }: { city: City; close: () => void }) {
  const { t, w } = useSay();
  const user = desk().session?.user?.id ?? 0;
  const [{ draft: first, restored }] = useState(() => begun(city, user));
  const [draft, setDraft] = useState(first);
  const [typed, setTyped] = useState("");
  const [busy, setBusy] = useState(false);
  const [waits, setWaits] = useState(false);
  const kinds = kindsFor(typed, city.categories).slice(0, KINDS_SHOWN);
  const usual = city.categories.find((one) => one.code === draft.category)?.severity ?? 3;
  const change = (more: Partial<Draft>): void => setDraft((was) => ({ ...was, ...more }));
  useEffect(() => () => useIntake.setState({ spot: null, call: null }), []);
  useEffect(() => {
    if (isWorthKeeping(draft)) keepDraft(user, { ...draft, saved_ms: Date.now() });
  }, [draft, user]);
  const send = (): void => {
    const { take, select, tell, map } = desk();
    setBusy(true);
    post<IncidentDetail>("/api/incidents", bodyOf(draft, draft.severity ?? usual, map))
      .then(
        (made) => {
          dropDraft(user);
          close();
          take(made);
          select(made.id);
          if (draft.call !== null) void client.invalidateQueries({ queryKey: ["calls"] });
        },
        (error: unknown) => {
          // No answer: the same key again is the same case, now or when the network is back.
          setWaits(!(error instanceof ApiProblem));
          if (error instanceof ApiProblem) tell(error);
        },
      )
      .finally(() => setBusy(false));
  };
  useEffect(() => {
    if (!waits) return;
    addEventListener("online", send);
    return () => removeEventListener("online", send);
  });
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    if (!busy) send();
  };
  return (
    <Modal opened onClose={close} title={t("newReport")} size="lg" closeButtonProps={{ "aria-label": t("close") }}>
      <form data-testid="new-report" onSubmit={submit}>
        {restored ? (
          <p className="muted" data-testid="draft-restored">
            ↺ {t("draftRestored")}{" "}
            <button
              type="button"
              className="plain"
              onClick={() => {
                dropDraft(user);
                close();
              }}
            >
              {t("draftDrop")}
            </button>
          </p>
        ) : null}
        {waits ? (
          <div className="warn" role="alert" data-testid="report-waits">
            ⚠ {t("reportWaits")}
          </div>
        ) : null}
        <TextInput
          data-autofocus
          data-testid="report-kind"
          label={t("kindByLetters")}
          value={typed}
          autoComplete="off"
          onChange={(event) => {
            const words = event.currentTarget.value;
            setTyped(words);
            const best = kindsFor(words, city.categories)[0];
            if (best) change({ category: best.code });
          }}
        />
        <div className="kinds" data-testid="report-kinds">
          {kinds.map((one) => (
            <button
              type="button"
              className="choice"
              key={one.code}
              aria-pressed={one.code === draft.category}
              onClick={() => change({ category: one.code })}
            >
              {w(one)}
            </button>
          ))}
        </div>
        <NativeSelect
          data-testid="report-category"
          label={t("category")}
          value={draft.category}
          onChange={(e) => change({ category: e.currentTarget.value })}
          data={city.categories.map((one) => ({ value: one.code, label: w(one) }))}
        />
        <fieldset className="levels">
          <legend>{t("severity")}</legend>
          {city.severities.map((one) => (
            <button
              type="button"
              key={one.level}
              className="choice"
              data-testid={`report-severity-${one.level}`}
              aria-pressed={(draft.severity ?? usual) === one.level}
              onClick={() => change({ severity: one.level })}
            >
              <span className={`chip s${one.level}`}>{one.level}</span>
              <span>{w(one)}</span>
            </button>
          ))}
        </fieldset>
        <Where draft={draft} change={change} />
        <Textarea
          data-testid="report-description"
          label={t("description")}
          value={draft.description}
          maxLength={4000}
          autosize
          minRows={1}
          onChange={(e) => change({ description: e.currentTarget.value })}
          onKeyDown={(e) => {
            // Enter sends, as in every other field; Shift+Enter is a new line.
            if (e.key === "Enter" && !e.shiftKey && !e.nativeEvent.isComposing) {
              e.preventDefault();
              e.currentTarget.form?.requestSubmit();
            }
          }}
        />
        <NativeSelect
          data-testid="report-channel"
          label={t("channel")}
          value={draft.channel}
          onChange={(e) => change({ channel: e.currentTarget.value })}
          data={city.channels.map((one) => ({ value: one.code, label: w(one) }))}
        />
        <TextInput
          data-testid="report-reporter"
          label={t("reporter")}
          value={draft.reporter_name}
          maxLength={120}
          onChange={(e) => change({ reporter_name: e.currentTarget.value })}
        />
        <TextInput
          data-testid="report-phone"
          label={t("phone")}
          inputMode="tel"
          value={draft.reporter_phone}
          maxLength={40}
          onChange={(e) => change({ reporter_phone: e.currentTarget.value })}
        />
        <Button type="submit" mt={12} data-testid="report-send" loading={busy}>
          {t("send")} (Enter)
        </Button>
      </form>
    </Modal>
  );
}

/** The report as the server takes it: the place with its source and how sure it is, or none. */
function bodyOf(draft: Draft, severity: number, map: ReturnType<typeof desk>["map"]): Record<string, unknown> {
  const accuracy = Number(draft.accuracy);
  const common = {
    key: draft.key,
    channel: draft.channel,
    category: draft.category,
    severity,
    place_name: draft.place_name.trim() || (draft.where === "spot" ? (draft.spot?.title ?? "") : ""),
    description: draft.description.trim(),
    reporter_name: draft.reporter_name.trim(),
    reporter_phone: draft.reporter_phone.trim(),
    ...(draft.call === null ? {} : { call: draft.call }),
  };
  return {
    ...common,
    ...placeSaid(draft, map),
    ...(accuracy > 0 && draft.where !== "none" ? { accuracy_m: accuracy } : {}),
  };
}
