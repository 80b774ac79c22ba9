/** The one line that a deed needs first: its reason. */
import { Button, TextInput } from "@mantine/core";
import { useState } from "react";
import { useSay } from "../../../language/store";

export function Asking({
  words,
  act,
  done,
}: {
  words: string;
  act: (reason: string) => Promise<boolean>;
  done: () => void;
}) {
  const { t } = useSay();
  const [reason, setReason] = useState("");
  return (
    <form
      className="verbs"
      onSubmit={(event) => {
        event.preventDefault();
        void act(reason.trim()).then((ok) => ok && done());
      }}
    >
      <TextInput
        autoFocus
        required
        flex={1}
        maxLength={300}
        aria-label={`${words}: ${t("reason")}`}
        placeholder={t("reason")}
        data-testid="asking-reason"
        value={reason}
        onChange={(event) => setReason(event.currentTarget.value)}
      />
      <Button type="submit" data-testid="asking-confirm">
        {words}
      </Button>
      <Button variant="default" onClick={done}>
        {t("cancel")}
      </Button>
    </form>
  );
}
