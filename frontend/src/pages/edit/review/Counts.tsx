/** How a change set stands and how much is in it, in words and signs. */
import type { ChangeSet, ChangeSetStatus } from "../../../api/edits";
import type { Key } from "../../../language/messages";
import { useSay } from "../../../language/store";

export const STATUS_WORDS: Record<ChangeSetStatus, Key> = {
  draft: "setDraft",
  submitted: "setSubmitted",
  returned: "setReturned",
  rejected: "setRejected",
  published: "setPublished",
  withdrawn: "setWithdrawn",
};
export function Counts({ counts }: { counts: ChangeSet["counts"] }) {
  const { t } = useSay();
  const told = [
    ["+", counts.create, "countNew"],
    ["≠", counts.update, "countChanged"],
    ["×", counts.delete, "countGone"],
  ] as const;
  return (
    <span className="counts">
      {told.map(([sign, n, key]) =>
        n ? (
          <span key={key} className={key}>
            {sign} {n} {t(key)}
          </span>
        ) : null,
      )}
    </span>
  );
}
