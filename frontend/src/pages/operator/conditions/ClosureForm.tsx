/** What is to be closed: drawn on the map, the street that is chosen, or places put at the map's middle by the keyboard; for whom, how far, why, until when. */
import { Button, NativeSelect, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { ApiProblem, post } from "../../../api/client";
import { useSay } from "../../../language/store";
import { desk, useDesk } from "../desk";
import { useCity } from "../queries";
import { dropDrawing, type Tool, useConditions } from "./conditions";
import { addPlace } from "./drawing";

const WAYS = ["roads", "canals", "bridges"];
const TOOLS: readonly (readonly [Tool, "closeStretch" | "closePoint" | "closeArea"])[] = [
  ["stretch", "closeStretch"],
  ["point", "closePoint"],
  ["area", "closeArea"],
];
const SLOW = ["0", "0.3", "0.5", "0.7"];
/** How long a closure is offered to last: a few hours, as most do. */
const HOURS = ["1", "3", "6", "12", "24", "72", ""];

export function ClosureForm() {
  const { t, w } = useSay();
  const city = useCity();
  const { tool, points, shape, length_m } = useConditions();
  const clicked = useDesk((desk) => desk.clicked);
  const [modes, setModes] = useState<string[]>([]);
  const [factor, setFactor] = useState("0");
  const [reason, setReason] = useState("");
  const [hours, setHours] = useState("3");
  const [much, setMuch] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const way = clicked?.slug && clicked.fid !== null && WAYS.includes(clicked.slug) ? clicked : null;
  const ready = reason.trim() !== "" && (shape !== null || (way !== null && tool === null));

  const close = async (confirmed: boolean): Promise<void> => {
    setBusy(true);
    try {
      await post("/api/closures", {
        reason,
        modes,
        factor: Number(factor),
        ...(shape ? { geometry: shape } : { way: { layer: way?.slug, fid: way?.fid } }),
        ...(hours === ""
          ? { until_opened: true }
          : { ends_at: new Date(Date.now() + Number(hours) * 3_600_000).toISOString() }),
        confirmed,
      });
      setMuch(null);
      setReason("");
      dropDrawing();
    } catch (error) {
      if (error instanceof ApiProblem && error.body.code === "closes_much") setMuch(error.words("vi"));
      else desk().tell(error);
    } finally {
      setBusy(false);
      void desk().client.invalidateQueries({ queryKey: ["closures"] });
    }
  };
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (ready && !busy) void close(false);
  };
  const centre = (): void => {
    const at = desk().map?.getCenter();
    if (at) void addPlace([Number(at.lng.toFixed(7)), Number(at.lat.toFixed(7))]);
  };
  return (
    <form onSubmit={submit} data-testid="closure-form">
      <fieldset className="conditions-tools">
        <legend>{t("closeWhat")}</legend>
        {TOOLS.map(([one, words]) => (
          <Button
            key={one}
            size="compact-sm"
            variant={tool === one ? "filled" : "default"}
            aria-pressed={tool === one}
            data-testid={`draw-${one}`}
            onClick={() => dropDrawing(tool === one ? null : one)}
          >
            {t(words)}
          </Button>
        ))}
        {way && tool === null ? (
          <p data-testid="close-chosen">
            {t("closeChosen")}: <strong>{String(way.tile.name ?? "") || way.slug}</strong>
          </p>
        ) : null}
        {tool ? (
          <p className="muted" aria-live="polite">
            {t("closeHint")} ({points.length})
            {length_m === null ? "" : ` · ${t("closeLength")} ${Math.round(length_m)} m`}
          </p>
        ) : null}
        {tool ? (
          <Button size="compact-sm" variant="default" data-testid="draw-centre" onClick={centre}>
            {t("closeCentre")}
          </Button>
        ) : null}
        {tool && points.length ? (
          <Button size="compact-sm" variant="default" data-testid="draw-again" onClick={() => dropDrawing(tool)}>
            {t("closeAgain")}
          </Button>
        ) : null}
      </fieldset>
      <TextInput
        label={t("closeReason")}
        value={reason}
        maxLength={200}
        data-testid="closure-reason"
        onChange={(event) => setReason(event.currentTarget.value)}
      />
      <NativeSelect
        label={t("closeHow")}
        value={factor}
        data-testid="closure-factor"
        onChange={(event) => setFactor(event.currentTarget.value)}
        data={SLOW.map((one) => ({
          value: one,
          label: one === "0" ? t("closeWhole") : `${t("closeSlow")} ${Math.round(Number(one) * 100)} %`,
        }))}
      />
      <fieldset className="conditions-modes">
        <legend>{t("closeModes")}</legend>
        {modes.length === 0 ? <span className="muted">{t("everyMode")}</span> : null}
        {city?.modes.map((mode) => (
          <label key={mode.code}>
            <input
              type="checkbox"
              data-testid={`closure-mode-${mode.code}`}
              checked={modes.includes(mode.code)}
              onChange={(event) =>
                setModes(event.currentTarget.checked ? [...modes, mode.code] : modes.filter((one) => one !== mode.code))
              }
            />{" "}
            {w(mode)}
          </label>
        ))}
      </fieldset>
      <NativeSelect
        label={t("closeUntil")}
        value={hours}
        data-testid="closure-hours"
        onChange={(event) => setHours(event.currentTarget.value)}
        data={HOURS.map((one) => ({ value: one, label: one === "" ? t("untilOpened") : `+ ${one} h` }))}
      />
      {much ? (
        <p className="warn" role="alert">
          ⚠ {much}{" "}
          <Button size="compact-sm" color="red" data-testid="closure-anyway" onClick={() => void close(true)}>
            {t("closeAnyway")}
          </Button>
        </p>
      ) : null}
      <Button type="submit" disabled={!ready || busy} data-testid="closure-close" fullWidth mt={8}>
        {t("closeNow")}
      </Button>
    </form>
  );
}
