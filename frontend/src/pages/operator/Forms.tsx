/** The forms of the operator's page: signing in, and a new report at the map's centre. */
import { Button, Modal, NativeSelect, PasswordInput, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { signIn, wordsOf } from "../../api/client";
import type { City, Session } from "../../api/types";
import { useSay } from "../../language/store";

export function SignIn({ done }: { done: (session: Session) => void }) {
  const { t, language } = useSay();
  const [problem, setProblem] = useState("");
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    signIn({ username: String(form.get("username")), password: String(form.get("password")) }).then(
      done,
      (error: unknown) => setProblem(wordsOf(error, language)),
    );
  };
  return (
    <form data-testid="login" onSubmit={submit}>
      <h2>{t("signIn")}</h2>
      <TextInput name="username" label={t("username")} autoComplete="username" required />
      <PasswordInput name="password" label={t("password")} autoComplete="current-password" required />
      <Button type="submit" mt={12} fullWidth>
        {t("signIn")}
      </Button>
      {problem ? <p role="alert">{problem}</p> : null}
    </form>
  );
}

export interface Report {
  category: string;
  severity: number;
  place_name: string;
  description: string;
  reporter_phone: string;
}

export function NewReport({ city, close, send }: { city: City; close: () => void; send: (report: Report) => void }) {
  const { t, w } = useSay();
  const [category, setCategory] = useState(city.categories[0]?.code ?? "");
  const usual = city.categories.find((one) => one.code === category)?.severity ?? 3;
  const [severity, setSeverity] = useState<number | null>(null);
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const text = (name: string): string => String(form.get(name) ?? "").trim();
    send({
      category,
      severity: severity ?? usual,
      place_name: text("place"),
      description: text("description"),
      reporter_phone: text("phone"),
    });
  };
  return (
    <Modal opened onClose={close} title={t("newReport")}>
      <form data-testid="new-report" onSubmit={submit}>
        <NativeSelect
          data-autofocus
          label={t("category")}
          value={category}
          onChange={(e) => setCategory(e.currentTarget.value)}
          data={city.categories.map((one) => ({ value: one.code, label: w(one) }))}
        />
        <NativeSelect
          label={t("severity")}
          value={String(severity ?? usual)}
          onChange={(e) => setSeverity(Number(e.currentTarget.value))}
          data={city.severities.map((one) => ({ value: String(one.level), label: `${one.level} ${w(one)}` }))}
        />
        <TextInput name="place" label={t("place")} />
        <TextInput name="description" label={t("description")} />
        <TextInput name="phone" label={t("phone")} inputMode="tel" />
        <Button type="submit" mt={12}>
          {t("send")}
        </Button>
      </form>
    </Modal>
  );
}
