/** The feature in hand as a form: its attributes, its shape, the reason, and the buttons that save or drop it. */
import { useState } from "react";
import { useSay } from "../../language/store";
import { AttributeForm } from "./AttributeForm";
import { isDirty, put, useDesk, useLayer } from "./desk";
import { reshape, settle } from "./hands";
import { discard } from "./picking";
import { remove, save } from "./saving";

export function TargetForm() {
  const { t, w } = useSay();
  const desk = useDesk();
  const layer = useLayer();
  const { target, problems, hand, geometry, busy } = desk;
  if (!target || !layer) return null;
  const isNew = target.fid === null;
  const dirty = isDirty(desk);
  const issues = desk.handIssues ?? [];
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        save();
      }}
    >
      <div className="buttons">
        {hand === "reshape" ? (
          <>
            <button type="button" className="primary" data-testid="shape-done" onClick={() => settle(true)}>
              {t("shapeDone")}
            </button>
            <button type="button" data-testid="shape-back" onClick={() => settle(false)}>
              {t("shapeBack")}
            </button>
          </>
        ) : (
          <button type="button" data-testid="reshape" onClick={reshape}>
            {t("reshape")}
            {geometry && !isNew ? " ●" : ""}
          </button>
        )}
      </div>
      {problems.geometry ? (
        <p role="alert" data-testid="fault-geometry">
          ⚠ {w(problems.geometry)}
        </p>
      ) : null}
      {issues.length ? (
        <button
          type="button"
          className="hand-issues"
          data-testid="hand-issues"
          onClick={() => put({ panel: "issues" })}
        >
          {issues.some((one) => one.severity === "error") ? "✕" : "⚠"} {issues.length} {t("issuesTitle")} <kbd>I</kbd>
        </button>
      ) : null}
      <AttributeForm
        layer={layer}
        isNew={isNew}
        values={target.base}
        boxes={desk.boxes}
        problems={problems}
        set={(name, value) => put((was) => ({ boxes: { ...was.boxes, [name]: value } }))}
      />
      {layer.review ? null : (
        <>
          <div className="attribute">
            <label htmlFor="because">{t("because")}</label>
            <input
              id="because"
              data-testid="because"
              maxLength={300}
              value={desk.because}
              onChange={(event) => put({ because: event.currentTarget.value })}
            />
          </div>
          <div className="attribute">
            <label htmlFor="document">{t("documentNo")}</label>
            <input
              id="document"
              data-testid="document"
              maxLength={100}
              value={desk.document}
              onChange={(event) => put({ document: event.currentTarget.value })}
            />
          </div>
        </>
      )}
      <div className="buttons">
        <button type="submit" className="primary" data-testid="save" disabled={busy || !dirty}>
          {t(layer.review ? "saveDraft" : isNew ? "create" : "save")}
        </button>
        <button type="button" data-testid="discard" onClick={discard} disabled={!dirty}>
          {t("discard")}
        </button>
        {isNew || layer.may?.includes("delete") === false ? null : <Remove busy={busy} key={target.fid} />}
      </div>
    </form>
  );
}

function Remove({ busy }: { busy: boolean }) {
  const { t } = useSay();
  const [sure, setSure] = useState(false);
  if (!sure)
    return (
      <button type="button" data-testid="remove" disabled={busy} onClick={() => setSure(true)}>
        {t("remove")}
      </button>
    );
  return (
    <div className="buttons danger" role="alert">
      <button type="button" data-testid="remove-really" disabled={busy} onClick={remove}>
        ⚠ {t("removeReally")}
      </button>
      <button type="button" onClick={() => setSure(false)}>
        {t("cancel")}
      </button>
    </div>
  );
}
