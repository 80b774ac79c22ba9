/** The right side: what the editor has to say, the conflict when there is one, and the feature in hand with its tabs. */
import { useSay } from "../../language/store";
import { Conflict } from "./Conflict";
import { DeletedBy } from "./DeletedBy";
import { isDirty, put, useDesk, useLayer } from "./desk";
import { GhostPanel } from "./GhostPanel";
import { isLand } from "./land/land";
import { MultiEdit } from "./MultiEdit";
import { open } from "./picking";
import { TABS } from "./registry";
import { quarrelRows, resolve } from "./saving";

export function Side() {
  const { t, w } = useSay();
  const desk = useDesk();
  const layer = useLayer();
  const { words, quarrel, deleted, target, ghosts, others } = desk;
  const tabs = TABS.filter((one) => one.when(desk));
  const shown = tabs.find((one) => one.key === desk.tab) ?? tabs[0];
  return (
    <aside className="edit-side" aria-label={t("theFeature")}>
      {words ? (
        <p role="alert" className={words.bad ? "words bad" : "words good"} data-testid="edit-words">
          {words.bad ? "⚠" : "✓"} {words.text}
        </p>
      ) : null}
      {quarrel && layer ? (
        <Conflict
          layer={layer}
          rows={quarrelRows(desk)}
          resolve={resolve}
          take={() => open(layer, quarrel)}
          back={() => put({ quarrel: null })}
        />
      ) : null}
      {deleted ? <DeletedBy deleted={deleted} /> : null}
      <GhostPanel />
      {layer && !quarrel && !ghosts && desk.picked.length ? <MultiEdit /> : null}
      {target && layer && !quarrel && !ghosts && !desk.picked.length ? (
        <section data-testid="target" data-fid={target.fid ?? "new"} data-version={target.version}>
          <h2>
            {w(layer.title)}{" "}
            <span className="muted">
              {target.fid === null ? t("newFeature") : `#${target.fid} · v${target.version}`}
            </span>
            {target.item ? <span className="tag">{t("inThisDraft")}</span> : null}
            {isDirty(desk) ? <span className="warn"> ● {t("unsaved")}</span> : null}
          </h2>
          {isLand(layer.slug) ? <p className="mirror">{t("landMirror")}</p> : null}
          {others.length ? (
            <p className="warn" role="status" data-testid="others">
              ◉ {t("alsoOpen")}: {others.map((one) => one.name).join(", ")}
            </p>
          ) : null}
          {tabs.length > 1 ? (
            <div className="tabs">
              {tabs.map((one) => (
                <button
                  type="button"
                  key={one.key}
                  data-testid={`edit-tab-${one.key}`}
                  aria-current={shown === one}
                  onClick={() => put({ tab: one.key })}
                >
                  {t(one.title)}
                </button>
              ))}
            </div>
          ) : null}
          {shown ? <shown.Panel /> : null}
        </section>
      ) : null}
    </aside>
  );
}
