/** Who may see or edit, as people say it: only permissions that the officer holds can be handed on. */
import type { Key } from "../../../language/messages";
import { useSay } from "../../../language/store";

const WORDS: Record<string, Key> = {
  see_assets: "seeAssets",
  see_cases: "seeCases",
  see_reporters: "seeReporters",
  see_restricted: "seeRestricted",
  see_land_users: "seeLandUsers",
  see_units: "seeUnits",
  see_cameras: "seeCameras",
  see_aggregates: "seeAggregates",
  edit_assets: "editAssets",
  edit_land: "editLand",
  edit_wards: "editWards",
  edit_closures: "editClosures",
};

export function PermissionBox({
  title,
  verb,
  value,
  set,
  permissions,
  everybody = false,
  same,
}: {
  title: Key;
  verb: "see" | "edit";
  value: string;
  set: (code: string) => void;
  permissions: readonly string[];
  /** Whether it may be left open to everybody; that is for those who publish. */
  everybody?: boolean;
  /** The words of "as the layer itself", where that is a choice. */
  same?: Key;
}) {
  const { t } = useSay();
  const held = permissions.filter((code) => code in WORDS && code.startsWith(`${verb}_`));
  const shown = value && !held.includes(value) ? [value, ...held] : held;
  const open = everybody && (permissions.includes("publish_edits") || value === "");
  return (
    <label className="line">
      {t(title)}
      <select value={value} data-testid={`${title}-${verb}`} onChange={(event) => set(event.currentTarget.value)}>
        {same ? <option value="">{t(same)}</option> : null}
        {open ? <option value="">{t("everybody")}</option> : null}
        {shown.map((code) => (
          <option key={code} value={code}>
            {WORDS[code] ? t(WORDS[code]) : code}
          </option>
        ))}
      </select>
    </label>
  );
}
