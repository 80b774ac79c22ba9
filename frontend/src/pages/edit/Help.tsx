/** The keys of the editor, and the switch that turns single keys off (WCAG 2.1.4). */
import { useEffect, useRef } from "react";
import { useSay } from "../../language/store";
import { setSingleKeys } from "../../panels/keys";
import { put, useDesk } from "./desk";
import { CTRL, TOOLS } from "./tools";

export function Help() {
  const { t } = useSay();
  const { help, keysOn } = useDesk();
  const box = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    if (help) box.current?.showModal();
    else box.current?.close();
  }, [help]);
  return (
    <dialog ref={box} className="edit-help" aria-labelledby="help-title" onClose={() => put({ help: false })}>
      <h2 id="help-title">{t("help")}</h2>
      <div data-testid="shortcuts">
        {[...TOOLS, ...CTRL].map((one) => (
          <div key={one.key} className="shortcut">
            <kbd>{one.key}</kbd> {t(one.title)}
          </div>
        ))}
      </div>
      <label>
        <input
          type="checkbox"
          data-testid="single-keys"
          checked={keysOn}
          onChange={(event) => {
            setSingleKeys(event.currentTarget.checked);
            put({ keysOn: event.currentTarget.checked });
          }}
        />{" "}
        {t("singleKeys")}
      </label>
      <div className="buttons">
        <button type="button" data-testid="help-close" onClick={() => put({ help: false })}>
          {t("close")}
        </button>
      </div>
    </dialog>
  );
}
