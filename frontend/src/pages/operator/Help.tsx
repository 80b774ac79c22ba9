/** The shortcuts of the page, and the switch that turns single keys off (WCAG 2.1.4). */
import { Modal } from "@mantine/core";
import type { Key } from "../../language/messages";
import { useSay } from "../../language/store";
import { setSingleKeys } from "../../panels/keys";

const SHORTCUTS: [string, Key][] = [
  ["G", "keyTake"],
  ["V", "verify"],
  ["1 2 3", "keyChoose"],
  ["D Enter", "dispatch"],
  ["Z", "keyUndo"],
  ["J K", "keyMove"],
  ["A", "acknowledge"],
  ["R", "reject"],
  ["M", "merge"],
  ["T", "note"],
  ["N", "newReport"],
  ["/", "search"],
  ["U", "units"],
  ["H", "heat"],
  ["L", "layers"],
  ["F", "keyFit"],
  ["Esc", "back"],
];

export function Help({
  opened,
  close,
  keysOn,
  setKeysOn,
}: {
  opened: boolean;
  close: () => void;
  keysOn: boolean;
  setKeysOn: (on: boolean) => void;
}) {
  const { t } = useSay();
  return (
    <Modal opened={opened} onClose={close} title={t("help")}>
      <div data-testid="shortcuts">
        {SHORTCUTS.map(([key, meaning]) => (
          <div key={key} className="shortcut">
            <kbd>{key}</kbd> {t(meaning)}
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
            setKeysOn(event.currentTarget.checked);
          }}
        />{" "}
        {t("singleKeys")}
      </label>
    </Modal>
  );
}
