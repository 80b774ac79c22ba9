/** Signing in, on every page that asks for it. */
import { type FormEvent, useState } from "react";
import { signIn, wordsOf } from "../api/client";
import type { Session } from "../api/types";
import { useSay } from "../language/store";

export function SignIn({ done }: { done: (session: Session) => void }) {
  const { t, language } = useSay();
  const [problem, setProblem] = useState("");
  const [busy, setBusy] = useState(false);
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    setBusy(true);
    setProblem("");
    signIn({ username: String(form.get("username")), password: String(form.get("password")) })
      .then(done, (error: unknown) => setProblem(wordsOf(error, language)))
      .finally(() => setBusy(false));
  };
  return (
    <form className="sign-in" data-testid="login" onSubmit={submit}>
      <h2>{t("signIn")}</h2>
      <label>
        {t("username")}
        <input name="username" autoComplete="username" autoCapitalize="none" required />
      </label>
      <label>
        {t("password")}
        <input name="password" type="password" autoComplete="current-password" required />
      </label>
      <button type="submit" data-testid="login-send" disabled={busy}>
        {t("signIn")}
      </button>
      {problem ? (
        <p role="alert" data-testid="login-problem">
          {problem}
        </p>
      ) : null}
    </form>
  );
}
