/** What each person switches for themselves at this browser: keys, sound, voice, notifications, the night. */
import { Modal } from "@mantine/core";
import { useState } from "react";
import type { Key } from "../../../language/messages";
import { useSay } from "../../../language/store";
import { type Switches, turn, useSwitches } from "../../../panels/switches";
import { sayAloud, speaks } from "../../../panels/voice";
import { useDesk } from "../desk";
import { switchSingleKeys } from "../keyTable";

const ROWS: [keyof Switches, Key, Key][] = [
  ["night", "switchNight", "switchNightWhy"],
  ["sound", "switchSound", "switchSoundWhy"],
  ["voice", "switchVoice", "switchVoiceWhy"],
  ["notify", "switchNotify", "switchNotifyWhy"],
];

export function Settings({ close }: { close: () => void }) {
  const { t, language } = useSay();
  const now = useSwitches();
  const keysOn = useDesk((desk) => desk.keysOn);
  const [refused, setRefused] = useState(false);
  const set = (name: keyof Switches, on: boolean): void => {
    if (name === "notify" && on) return void askForNotifications(setRefused);
    turn(name, on);
    if (name === "voice" && on) sayAloud(t("voiceTrial"), language);
  };
  return (
    <Modal opened onClose={close} title={t("settings")} closeButtonProps={{ "aria-label": t("close") }}>
      <div data-testid="settings">
        {ROWS.map(([name, words, why]) => (
          <label key={name} className="switch">
            <input
              type="checkbox"
              data-testid={`switch-${name}`}
              checked={now[name]}
              onChange={(event) => set(name, event.currentTarget.checked)}
            />{" "}
            <b>{t(words)}</b>
            <br />
            <span className="muted">{t(why)}</span>
          </label>
        ))}
        {now.voice && !speaks(language) ? <p className="warn">⚠ {t("noVoice")}</p> : null}
        {refused ? (
          <p className="warn" role="alert">
            ⚠ {t("notifyRefused")}
          </p>
        ) : null}
        <label className="switch">
          <input
            type="checkbox"
            data-testid="switch-keys"
            checked={keysOn}
            onChange={(event) => switchSingleKeys(event.currentTarget.checked)}
          />{" "}
          <b>{t("singleKeys")}</b>
        </label>
      </div>
    </Modal>
  );
}

async function askForNotifications(refused: (so: boolean) => void): Promise<void> {
  const answer = typeof Notification === "undefined" ? "denied" : await Notification.requestPermission();
  turn("notify", answer === "granted");
  refused(answer !== "granted");
}
