/** The shortcuts of the page, drawn from the table that drives them, and the switch that turns single keys off (WCAG 2.1.4). */
import { Modal } from "@mantine/core";
import { useSay } from "../../language/store";
import { cap } from "./caps";
import { useDesk } from "./desk";
import { keyRows, switchSingleKeys } from "./keyTable";

export function Help({ close }: { close: () => void }) {
  const { t } = useSay();
  const keysOn = useDesk((desk) => desk.keysOn);
  return (
    <Modal opened onClose={close} title={t("help")} closeButtonProps={{ "aria-label": t("close") }}>
      <div data-testid="shortcuts">
        {keyRows().map((row) => (
          <div key={row.keys.join()} className="shortcut" data-keys={row.keys.join(" ")}>
            <kbd>{row.keys.map(cap).join(" ")}</kbd> {t(row.words)}
          </div>
        ))}
      </div>
      <label>
        <input
          type="checkbox"
          data-testid="single-keys"
          checked={keysOn}
          onChange={(event) => switchSingleKeys(event.currentTarget.checked)}
        />{" "}
        {t("singleKeys")}
      </label>
    </Modal>
  );
}
