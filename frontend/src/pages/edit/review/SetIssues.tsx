/** What the rules say of a change set: each issue with its place, and the reason that was or is to be written to a warning. */
import type { Issue } from "../../../api/edits";
import { useSay } from "../../../language/store";
import { still, useShared } from "../panel";

export function SetIssues({
  issues,
  stored,
  writes,
  accepted,
  write,
}: {
  issues: readonly Issue[];
  /** Reasons that stand already. */
  stored: Readonly<Record<string, string>>;
  /** Whether this reader may write reasons now. */
  writes: boolean;
  accepted: Readonly<Record<string, string>>;
  write: (key: string, reason: string) => void;
}) {
  const { t, language } = useSay();
  const { map } = useShared();
  if (!issues.length) return null;
  return (
    <div data-testid="set-issues">
      <h3>{t("issuesWord")}</h3>
      {issues.map((issue) => (
        <article key={issue.key} className={`issue ${issue.severity}`}>
          <p>
            <b>{issue.severity === "error" ? `⛔ ${t("issueError")}` : `⚠ ${t("issueWarning")}`}</b> {issue[language]}{" "}
            {issue.place ? (
              <button
                type="button"
                onClick={() => map?.easeTo({ center: issue.place as [number, number], zoom: 19, animate: !still() })}
              >
                ◎ {t("showPlace")}
              </button>
            ) : null}
          </p>
          {issue.severity !== "warning" ? null : stored[issue.key] || !writes ? (
            <p className="muted">
              {t("reasonWord")}: {stored[issue.key] || "—"}
            </p>
          ) : (
            <label>
              {t("reasonWord")}
              <input
                maxLength={300}
                data-testid={`reason-${issue.key}`}
                value={accepted[issue.key] ?? ""}
                onChange={(event) => write(issue.key, event.currentTarget.value)}
              />
            </label>
          )}
        </article>
      ))}
    </div>
  );
}
