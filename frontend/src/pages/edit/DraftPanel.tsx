/** Change sets of the officer: the drafts, and the open one with its edits, its way back and its submission. */
import { useCallback, useEffect, useState } from "react";
import { get } from "../../api/client";
import type { ChangeSet, ChangeSetEdit, OpenedChangeSet } from "../../api/edits";
import { useSay } from "../../language/store";
import { listen } from "../../live/stream";
import { useNewest } from "../../panels/useNewest";
import { alone, desk, fail, put, useDesk } from "./desk";
import {
  beginDraft,
  closeDraft,
  keepMine,
  openDraft,
  submitDraft,
  takeOut,
  turn,
  withdrawDraft,
  writable,
} from "./draft";
import { flyTo } from "./mapAccess";
import { openSet } from "./panel";
import { pickItem } from "./picking";
import { STATUS_WORDS } from "./review/Counts";

export function DraftPanel() {
  const draft = useDesk((now) => now.draft);
  return (
    <section data-testid="draft" data-set={draft?.id ?? ""} data-status={draft?.status ?? ""}>
      {draft ? <Opened set={draft} key={draft.id} /> : <Mine />}
    </section>
  );
}

function Mine() {
  const { t } = useSay();
  const [items, setItems] = useState<ChangeSet[] | null>(null);
  const [title, setTitle] = useState("");
  const asked = useNewest();
  const load = useCallback(() => {
    void asked.ask(get<{ items: ChangeSet[] }>("/api/changesets?mine=1"), (found) => setItems(found.items), fail);
  }, [asked]);
  useEffect(load, [load]);
  // Somebody has decided on one of them.
  useEffect(
    () => listen({ change: (change) => change.kind.startsWith("change_set.") && load(), refetch: load }),
    [load],
  );
  const working = items?.filter((one) => ["draft", "returned", "submitted"].includes(one.status)) ?? [];
  return (
    <>
      <h2>{t("myDrafts")}</h2>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void alone(() => beginDraft(title));
        }}
      >
        <div className="attribute">
          <label htmlFor="draft-title">{t("newDraft")}</label>
          <input
            id="draft-title"
            data-testid="draft-title"
            maxLength={200}
            value={title}
            onChange={(event) => setTitle(event.currentTarget.value)}
          />
        </div>
        <button type="submit" data-testid="draft-begin" disabled={!title.trim()}>
          {t("beginDraft")}
        </button>
      </form>
      {items && !working.length ? <p className="muted">{t("noDrafts")}</p> : null}
      {working.map((one) => (
        <button
          type="button"
          key={one.id}
          className="set-row"
          data-testid={`draft-${one.id}`}
          onClick={() => (one.kind === "import" ? openSet(one.id) : void openDraft(one.id))}
        >
          <b>{one.title}</b>
          <span className="muted">
            {t(STATUS_WORDS[one.status])} · {t("editCount")}: {total(one)}
          </span>
        </button>
      ))}
    </>
  );
}

const total = (set: ChangeSet): number => Object.values(set.counts).reduce((sum, one) => sum + one, 0);

function Opened({ set }: { set: OpenedChangeSet }) {
  const { t, w } = useSay();
  const { past, future, busy } = useDesk();
  const open = writable(set);
  const [errors, warnings] = (["error", "warning"] as const).map(
    (severity) => set.issues.filter((one) => one.severity === severity).length,
  );
  return (
    <>
      <h2>{set.title}</h2>
      <p className="muted">
        {t(STATUS_WORDS[set.status])} · {set.author?.name} · {t("editCount")}:{" "}
        <b data-testid="draft-count">{set.edits.length}</b>
      </p>
      {set.decision && set.status === "returned" ? (
        <p role="alert">
          {t("returnedBecause")}: {set.decision}
        </p>
      ) : null}
      {open ? (
        <div className="buttons">
          <button type="button" data-testid="undo" disabled={!past.length || busy} onClick={() => void turn("undo")}>
            ↶ {t("undoStep")} <kbd>Ctrl+Z</kbd>
          </button>
          <button type="button" data-testid="redo" disabled={!future.length || busy} onClick={() => void turn("redo")}>
            ↷ {t("redoStep")} <kbd>Ctrl+Y</kbd>
          </button>
        </div>
      ) : null}
      {set.edits.length ? null : <p className="muted">{t("emptyDraft")}</p>}
      <ul className="draft-edits">
        {set.edits.map((one) => (
          <DraftEdit key={one.item} one={one} open={open} />
        ))}
      </ul>
      {set.problem ? (
        <p role="alert" data-testid="draft-problem">
          ⚠{" "}
          {w({
            vi: set.problem.detail ?? set.problem.title ?? "",
            en: set.problem.detail_en ?? set.problem.title_en ?? "",
          })}
        </p>
      ) : null}
      {set.issues.length ? (
        <button type="button" data-testid="draft-issues" onClick={() => put({ panel: "issues" })}>
          {errors ? `✕ ${errors} ` : ""}
          {warnings ? `⚠ ${warnings} ` : ""}
          {t("issuesTitle")} <kbd>I</kbd>
        </button>
      ) : null}
      {open ? <Submit blocked={errors !== 0 || !set.edits.length} /> : null}
      <div className="buttons">
        <button type="button" data-testid="draft-close" onClick={closeDraft}>
          {t("closeDraft")}
        </button>
        {set.status === "submitted" ? (
          <button type="button" data-testid="draft-withdraw" onClick={() => void alone(withdrawDraft)}>
            {t("takeBack")}
          </button>
        ) : null}
        {open ? <GiveUp /> : null}
      </div>
    </>
  );
}

function GiveUp() {
  const { t } = useSay();
  const [sure, setSure] = useState(false);
  if (!sure)
    return (
      <button type="button" data-testid="draft-give-up" onClick={() => setSure(true)}>
        {t("giveUp")}
      </button>
    );
  return (
    <div className="buttons danger" role="alert">
      <button type="button" data-testid="draft-give-up-really" onClick={() => void withdrawDraft().catch(fail)}>
        ⚠ {t("giveUpReally")}
      </button>
      <button type="button" onClick={() => setSure(false)}>
        {t("cancel")}
      </button>
    </div>
  );
}

const MARKS = { create: "+", update: "✎", delete: "✕", restore: "↺" } as const;
const DEEDS = { create: "opInsert", update: "opUpdate", delete: "opDelete", restore: "opRestore" } as const;

function DraftEdit({ one, open }: { one: ChangeSetEdit; open: boolean }) {
  const { t, w } = useSay();
  const catalogue = useDesk((now) => now.catalogue);
  const layer = catalogue?.layers.find((each) => each.slug === one.edit.layer);
  const shown = one.after ?? one.before;
  const label = layer?.label ? shown?.properties?.[layer.label] : null;
  const name = shown?.properties?.number ?? label ?? one.edit.fid ?? "";
  return (
    <li data-testid={`draft-edit-${one.edit.op}`}>
      <button
        type="button"
        className="set-row"
        onClick={() => {
          flyTo(shown?.geometry);
          if (one.after && open) pickItem(one);
        }}
      >
        <b>
          {MARKS[one.edit.op]} {layer ? w(layer.title) : one.edit.layer} {String(name)}
        </b>
        <span className="muted">{t(DEEDS[one.edit.op])}</span>
        {one.conflict ? (
          <span className="warn" data-testid="draft-conflict">
            ⚠ {t(one.conflict.deleted ? "goneByOther" : one.conflict.mergeable ? "otherChangedToo" : "conflict")}
          </span>
        ) : null}
      </button>
      {open && one.conflict && !one.conflict.mergeable && !one.conflict.deleted ? (
        <button type="button" data-testid={`keep-mine-${one.item}`} onClick={() => void alone(() => keepMine(one))}>
          {t("keepMine")}
        </button>
      ) : null}
      {open ? (
        <button
          type="button"
          aria-label={`${t("takeOut")}: ${String(name)}`}
          data-testid={`take-out-${one.item}`}
          onClick={() => void alone(() => takeOut(one.item))}
        >
          ✕
        </button>
      ) : null}
    </li>
  );
}

function Submit({ blocked }: { blocked: boolean }) {
  const { t } = useSay();
  const { submission, busy } = useDesk();
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        submitNow();
      }}
    >
      <h3>{t("submitTitle")}</h3>
      <div className="attribute">
        <label htmlFor="submit-because">{t("because")} *</label>
        <input
          id="submit-because"
          data-testid="submit-because"
          maxLength={300}
          value={submission.because}
          onChange={(event) => put({ submission: { ...submission, because: event.currentTarget.value } })}
        />
      </div>
      <div className="attribute">
        <label htmlFor="submit-document">{t("documentNo")}</label>
        <input
          id="submit-document"
          data-testid="submit-document"
          maxLength={100}
          value={submission.document}
          onChange={(event) => put({ submission: { ...submission, document: event.currentTarget.value } })}
        />
      </div>
      <button type="submit" className="primary" data-testid="submit-set" disabled={blocked || busy}>
        {t("submitSet")} <kbd>Ctrl+Enter</kbd>
      </button>
    </form>
  );
}

/** Submits when the reason is written; else takes the officer to where it is written. */
export function submitNow(): void {
  const { draft, submission } = desk();
  if (!writable(draft) || !draft.edits.length) return;
  if (!submission.because.trim()) {
    put({ panel: "draft" });
    requestAnimationFrame(() => document.getElementById("submit-because")?.focus());
    return;
  }
  void alone(
    async () => {
      await submitDraft(submission.because.trim(), submission.document.trim());
      put({ submission: { because: "", document: "" } });
    },
    (error) => {
      fail(error);
      put({ panel: "issues" });
    },
  );
}
