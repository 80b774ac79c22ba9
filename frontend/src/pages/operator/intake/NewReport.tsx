/** A new report at the map's centre: a telephone call becomes a case. */
import { Button, Modal, NativeSelect, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { post } from "../../../api/client";
import type { City, IncidentDetail } from "../../../api/types";
import { useSay } from "../../../language/store";
import { desk, useDesk } from "../desk";
import { useCity } from "../queries";

const text = (form: FormData, name: string): string => String(form.get(name) ?? "").trim();

export function NewReport({ close }: { close: () => void }) {
  const city = useCity();
  const map = useDesk((desk) => desk.map);
  return city && map ? <Form city={city} at={map.getCenter()} close={close} /> : null;
}

function Form({ city, at, close }: { city: City; at: { lng: number; lat: number }; close: () => void }) {
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
    const accuracy = Number(text(form, "accuracy"));
    const { take, select, tell } = desk();
    setBusy(true);
    post<IncidentDetail>("/api/incidents", {
      key,
      lon: at.lng,
      lat: at.lat,
      place_source: "map",
      channel: text(form, "channel"),
      reporter_name: text(form, "reporter"),
      ...(accuracy > 0 ? { accuracy_m: accuracy } : {}),
      category,
      severity: severity ?? usual,
      place_name: text(form, "place"),
      description: text(form, "description"),
      reporter_phone: text(form, "phone"),
    })
      .then((made) => {
        close();
        take(made);
        select(made.id);
      }, tell)
      .finally(() => setBusy(false));
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
