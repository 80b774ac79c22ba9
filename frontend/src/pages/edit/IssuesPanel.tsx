/** What the rules say: errors block, warnings ask for a written reason, and each way out is shown on the map before it is taken, one at a time. */
import type { Edit, Issue } from "../../api/edits";
import { useSay } from "../../language/store";
import { type Desk, desk, fail, ghostsAsked, put, tell, useDesk } from "./desk";
import { addEdits, titled } from "./draft";
import { preview, showGhosts } from "./ghosts";
import { give } from "./hands";
import { flyTo } from "./mapAccess";
import { saveEdits } from "./saving";
import { amid } from "./useHandIssues";

/** The issues that matter now: of what is shown, else of what is in hand, else of the draft. */
export const issuesOf = (now: Desk): readonly Issue[] =>
  now.ghosts?.issues ?? now.handIssues ?? now.draft?.issues ?? [];

export function IssuesPanel() {
  const { t } = useSay();
  const issues = issuesOf(useDesk());
  return (
    <section data-testid="issues" aria-labelledby="issues-title">
      <h2 id="issues-title">{t("issuesTitle")}</h2>
      {issues.length ? null : <p className="muted">{t("noIssues")}</p>}
      <IssueList issues={issues} reasons />
    </section>
  );
}

const see = (issue: Issue): void =>
  flyTo(issue.geometry ?? (issue.place ? { type: "Point", coordinates: issue.place } : null));

export function IssueList({ issues, reasons }: { issues: readonly Issue[]; reasons: boolean }) {
  const { t, w } = useSay();
  const accepted = useDesk((now) => now.accepted);
  if (!issues.length) return null;
  return (
    <ul className="issues">
      {issues.map((one) => (
        <li
          key={one.key}
          className={`issue ${one.severity}`}
          data-testid={`issue-${one.rule}`}
          data-severity={one.severity}
        >
          <button type="button" className="issue-place" onClick={() => see(one)} data-testid="issue-fly">
            <b>{one.severity === "error" ? `✕ ${t("issueError")}` : `⚠ ${t("issueWarning")}`}</b> {w(one)}
          </button>
          {one.severity === "warning" && reasons ? (
            <label className="issue-reason">
              {t("issueReason")}
              <input
                data-testid={`accept-${one.rule}`}
                maxLength={300}
                value={accepted[one.key] ?? ""}
                onChange={(event) => {
                  const reason = event.currentTarget.value;
                  put((was) => ({ accepted: { ...was.accepted, [one.key]: reason } }));
                }}
              />
            </label>
          ) : null}
          {(reasons ? one.fixes : []).map((fix, i) =>
            canTake(fix.edits, desk()) ? (
              <button type="button" key={fix.vi} data-testid={`fix-${one.rule}-${i}`} onClick={() => tryFix(fix.edits)}>
                {t("showFix")}: {w(fix)}
              </button>
            ) : null,
          )}
        </li>
      ))}
    </ul>
  );
}

/** A feature that is only being drawn is mended by its shape in hand; elsewhere the same making would make it twice. */
const canTake = (edits: readonly Edit[], now: Desk): boolean =>
  edits.length !== 1 || edits[0]?.op !== "create" || now.target?.fid === null;

/** One way out as ghosts, among everything else that waits here: taken into the hand, into the draft or into the table, wherever its feature is. */
function tryFix(edits: readonly Edit[]): void {
  const { target, catalogue } = desk();
  const [own] = edits;
  const ofHand = target && edits.length === 1 && (own?.fid ?? null) === target.fid ? (own?.geometry ?? null) : null;
  const reviewed = edits.some((one) => catalogue?.layers.find((layer) => layer.slug === one.layer)?.review);
  const touched = new Set(edits.map((one) => one.fid ?? null));
  const show = ({ features, issues }: Awaited<ReturnType<typeof preview>>): void =>
    showGhosts({
      title: "deedFix",
      edits: [...edits],
      features: touched.has(null) ? features : features.filter((one) => touched.has(Number(one.id))),
      issues,
      areas: [],
      record: null,
      fix: true,
      accept: async () => {
        if (ofHand && target) give(ofHand);
        else if (reviewed) await addEdits(edits, titled("deedFix", ""));
        else await saveEdits(edits, desk().because || titled("deedFix", ""));
        if (!ofHand) tell(reviewed ? "inDraft" : "saved", false);
      },
    });
  void ghostsAsked.ask(preview(amid(desk(), edits)), show, fail);
}
