/** A new report at the map's centre: a telephone call becomes a case. */
import { Button, Modal, NativeSelect, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import type { City } from "../../api/types";
import { useSay } from "../../language/store";

export interface Report {
  category: string;
  severity: number;
  place_name: string;
  description: string;
  reporter_phone: string;
  reporter_name: string;
  channel: string;
  accuracy_m?: number;
  key: string;
}

export function NewReport({
  city,
  at,
  close,
  send,
}: {
  city: City;
  at: { lng: number; lat: number };
  close: () => void;
  send: (report: Report) => Promise<void>;
}) {
  const { t, w } = useSay();
  const [category, setCategory] = useState(city.categories[0]?.code ?? "");
  const usual = city.categories.find((one) => one.code === category)?.severity ?? 3;
  const [severity, setSeverity] = useState<number | null>(null);
  const [busy, setBusy] = useState(false);
  // One key a form: sent again after a lost answer, it is the same case.
  const [key] = useState(() => crypto.randomUUID());
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const text = (name: string): string => String(form.get(name) ?? "").trim();
    const accuracy = Number(text("accuracy"));
    setBusy(true);
    void send({
      key,
      channel: text("channel"),
      reporter_name: text("reporter"),
      ...(accuracy > 0 ? { accuracy_m: accuracy } : {}),
      category,
      severity: severity ?? usual,
      place_name: text("place"),
      description: text("description"),
      reporter_phone: text("phone"),
    }).finally(() => setBusy(false));
  };
  return (
    <Modal opened onClose={close} title={t("newReport")}>
      <form data-testid="new-report" onSubmit={submit}>
        <p className="muted">
          {t("atCentre")} {at.lng.toFixed(5)}, {at.lat.toFixed(5)}
        </p>
        <NativeSelect
          data-autofocus
          data-testid="report-category"
          label={t("category")}
          value={category}
          onChange={(e) => setCategory(e.currentTarget.value)}
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
              aria-pressed={(severity ?? usual) === one.level}
              onClick={() => setSeverity(one.level)}
            >
              <span className={`chip s${one.level}`}>{one.level}</span>
              <span>{w(one)}</span>
            </button>
          ))}
        </fieldset>
        <NativeSelect
          name="channel"
          data-testid="report-channel"
          label={t("channel")}
          data={city.channels.map((one) => ({ value: one.code, label: w(one) }))}
        />
        <TextInput name="place" data-testid="report-place" label={t("place")} maxLength={200} />
        <TextInput name="description" data-testid="report-description" label={t("description")} maxLength={2000} />
        <TextInput name="reporter" data-testid="report-reporter" label={t("reporter")} maxLength={120} />
        <TextInput name="phone" data-testid="report-phone" label={t("phone")} inputMode="tel" maxLength={40} />
        <TextInput name="accuracy" label={t("accuracy")} inputMode="numeric" />
        <Button type="submit" mt={12} data-testid="report-send" loading={busy}>
          {t("send")}
        </Button>
      </form>
    </Modal>
  );
}
