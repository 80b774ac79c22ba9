/** What an order or a hold wants to hear first: why it is not as recommended; for how long and why a unit is held. */
import { Button, NumberInput, TextInput } from "@mantine/core";
import { type FormEvent, type KeyboardEvent, type ReactNode, useState } from "react";
import type { Candidate, Candidates, IncidentDetail } from "../../../api/types";
import { useSay } from "../../../language/store";
import { useDesk } from "../desk";
import { useChosen } from "./choice";
import { dispatch, hold } from "./sending";

const HOLD_MIN = 30;
const LONGEST_HOLD_MIN = 240;
const close = (): void => useChosen.setState({ asking: null });

function Asking({
  id,
  title,
  submit,
  children,
}: {
  id: string;
  title: string;
  submit: () => void;
  children: ReactNode;
}) {
  const { t } = useSay();
  const leave = (event: KeyboardEvent): void => {
    if (event.key !== "Escape" || event.nativeEvent.isComposing) return;
    event.stopPropagation();
    close();
  };
  return (
    <form
      className="verb-form"
      data-testid={id}
      onKeyDown={leave}
      onSubmit={(event: FormEvent) => {
        event.preventDefault();
        submit();
      }}
    >
      <b>{title}</b>
      {children}
      <div className="verbs">
        <Button type="submit" size="compact-md" data-testid={`${id}-confirm`}>
          {t("confirmVerb")}
        </Button>
        <Button size="compact-md" variant="default" onClick={close}>
          {t("cancel")}
        </Button>
      </div>
    </form>
  );
}

export function Because({ found, going }: { found: Candidates; going: readonly Candidate[] }) {
  const { t, w } = useSay();
  const [why, setWhy] = useState("");
  const instead = found.recommended?.map((pick) => pick.code).join(", ") || "–";
  const doubts = going.flatMap((one) => one.doubts ?? []);
  return (
    <Asking id="because" title={t("dispWhy")} submit={() => dispatch(why.trim())}>
      <div className="muted">
        {t("dispSet")}: {instead}
      </div>
      {doubts.map((doubt) => (
        <div key={`${doubt.code}${doubt.vi}`} className="warn">
          ⚠ {w(doubt)}
        </div>
      ))}
      <TextInput
        autoFocus
        required
        maxLength={300}
        data-testid="because-words"
        aria-label={t("dispWhy")}
        placeholder={t("dispWhyHint")}
        value={why}
        onChange={(event) => setWhy(event.currentTarget.value)}
      />
    </Asking>
  );
}

export function HoldForm({ item, found }: { item: IncidentDetail; found: Candidates | undefined }) {
  const { t } = useSay();
  const chosen = useDesk((desk) => desk.chosen);
  const [why, setWhy] = useState("");
  const [minutes, setMinutes] = useState<number | string>(HOLD_MIN);
  const unit = found?.candidates.find((one) => one.responder.id === chosen)?.responder;
  if (!unit) return null;
  return (
    <Asking
      id="hold"
      title={`${t("dispHold")}: ${unit.code} → ${item.code}`}
      submit={() => hold(unit.id, item.id, Number(minutes), why.trim())}
    >
      <NumberInput
        label={t("dispMinutes")}
        min={1}
        max={LONGEST_HOLD_MIN}
        required
        value={minutes}
        onChange={setMinutes}
      />
      <TextInput
        autoFocus
        required
        maxLength={300}
        data-testid="hold-words"
        label={t("reason")}
        value={why}
        onChange={(event) => setWhy(event.currentTarget.value)}
      />
    </Asking>
  );
}
