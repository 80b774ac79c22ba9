/** The left side: the rail of panels, and the panel that was chosen. */
import { useSay } from "../../language/store";
import { put, useDesk } from "./desk";
import { PANELS } from "./registry";

export function Rail() {
  const { t } = useSay();
  const desk = useDesk();
  const offered = PANELS.filter((one) => one.when(desk));
  const shown = offered.find((one) => one.key === desk.panel) ?? offered[0];
  return (
    <>
      <nav className="edit-rail" aria-label={t("panels")}>
        {offered.map((one) => (
          <button
            type="button"
            key={one.key}
            data-testid={`rail-${one.key}`}
            aria-current={shown === one}
            onClick={() => put({ panel: one.key })}
          >
            {t(one.title)}
          </button>
        ))}
      </nav>
      <aside className="edit-layers" aria-label={shown ? t(shown.title) : t("panels")}>
        {shown ? <shown.Panel /> : null}
      </aside>
    </>
  );
}
