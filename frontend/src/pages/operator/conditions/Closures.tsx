/** Closing a street and opening it again: what is to be closed, and all that is closed now with the time that is left. */
import { Button } from "@mantine/core";
import { useState } from "react";
import { type Answer, post, send } from "../../../api/client";
import { useSay } from "../../../language/store";
import { age } from "../../../panels/age";
import { desk, useDesk } from "../desk";
import { useCity } from "../queries";
import { ClosureForm } from "./ClosureForm";
import { type Closure, useClosures } from "./conditions";
import "./conditions.css";

const HOUR_MS = 3_600_000;

async function act(of: () => Promise<unknown>): Promise<void> {
  try {
    await of();
  } catch (error) {
    desk().tell(error);
  }
  await desk().client.invalidateQueries({ queryKey: ["closures"] });
}
const open = (one: Closure): Promise<void> => act(() => post(`/api/closures/${one.id}/end`, {}));
/** From its end on, or from now where it has none: what had no end gets one. */
const extend = (one: Closure): Promise<void> =>
  act((): Promise<Answer<unknown>> => {
    const from = one.properties.ends_at ? Date.parse(one.properties.ends_at) : Date.now();
    const ends_at = new Date(from + HOUR_MS).toISOString();
    return send("PATCH", `/api/closures/${one.id}`, { ends_at }, { "If-Match": `"v${one.version}"` });
  });

export function Closures() {
  const { t } = useSay();
  const may = useDesk((desk) => desk.may);
  const closures = useClosures();
  return (
    <div data-testid="closures">
      {may("edit_closures") ? <ClosureForm /> : null}
      <h3>{t("closedNow")}</h3>
      {closures?.length === 0 ? <p className="muted">{t("nothingClosed")}</p> : null}
      <ul className="conditions-list">
        {closures?.map((one) => (
          <Row key={one.id} one={one} mayEdit={may("edit_closures")} />
        ))}
      </ul>
      {may("edit_closures") && closures?.length ? <p className="muted">{t("listKeys")}</p> : null}
    </div>
  );
}

function Row({ one, mayEdit }: { one: Closure; mayEdit: boolean }) {
  const { t, w } = useSay();
  const city = useCity();
  const now_ms = useDesk((desk) => desk.now_ms);
  const [busy, setBusy] = useState(false);
  const { reason, modes, factor, ends_at, starts_at } = one.properties;
  const whom = modes?.length
    ? modes.map((mode) => w(city?.modes.find((kind) => kind.code === mode)) || mode).join(", ")
    : t("everyMode");
  const run = (deed: (one: Closure) => Promise<void>) => {
    setBusy(true);
    void deed(one).finally(() => setBusy(false));
  };
  const left_s = ends_at === null ? null : (Date.parse(ends_at) - now_ms) / 1000;
  if (left_s !== null && left_s <= 0) return null;
  return (
    <li data-testid={`closure-${one.id}`} data-state={one.state}>
      <button
        type="button"
        className="plain conditions-row"
        onClick={() => flyTo(one)}
        onKeyDown={(event) => {
          if (!mayEdit || busy) return;
          if (event.key === "+") run(extend);
          else if (event.key === "Delete") run(open);
          else return;
          event.preventDefault();
          event.stopPropagation();
        }}
      >
        <strong>{factor > 0 ? `◔ ${t("slowedMark")} ${Math.round(factor * 100)} %` : `✕ ${t("closedMark")}`}</strong>{" "}
        {reason}
        <span className="muted">
          {whom} · {one.state === "coming" ? `${t("comingAt")} ${new Date(starts_at).toLocaleString("vi-VN")} · ` : ""}
          {left_s === null ? t("untilOpened") : `${t("timeLeft")} ${age(left_s)}`}
          {one.last_change?.by ? ` · ${one.last_change.by}` : ""}
        </span>
      </button>
      {mayEdit ? (
        <span className="conditions-deeds">
          <Button
            size="compact-xs"
            variant="default"
            disabled={busy}
            data-testid={`extend-${one.id}`}
            onClick={() => run(extend)}
          >
            {t("extendHour")}
          </Button>
          <Button
            size="compact-xs"
            variant="default"
            disabled={busy}
            data-testid={`end-${one.id}`}
            onClick={() => run(open)}
          >
            {t("openAgain")}
          </Button>
        </span>
      ) : null}
    </li>
  );
}

/** To the first place of its shape. */
function flyTo(one: Closure): void {
  let at: unknown = "coordinates" in one.geometry ? one.geometry.coordinates : null;
  while (Array.isArray(at) && Array.isArray(at[0])) at = at[0];
  if (Array.isArray(at))
    desk().map?.easeTo({ center: at as [number, number], zoom: Math.max(desk().map?.getZoom() ?? 0, 15) });
}
