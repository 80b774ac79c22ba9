/** Where it happened: found by words, the map's centre, or not known yet. */
import { TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useSay } from "../../../language/store";
import { useDesk } from "../desk";
import { searched } from "./CommandBar";
import type { Draft } from "./draft";
import { spotOf } from "./intake";
import { SourceWords } from "./SourceWords";

const SHOWN = 5;

/** What is said of a place; `otherwise` are the words for saying none. */
type Placed = Pick<Draft, "where" | "spot" | "place_name">;
interface Said {
  draft: Placed;
  change: (more: Partial<Placed>) => void;
  otherwise?: string;
}

export function Where({ draft, change, otherwise }: Said) {
  const { t } = useSay();
  const map = useDesk((desk) => desk.map);
  const [words, setWords] = useState("");
  const asked = words.trim().length > 1;
  const found = useQuery({ queryKey: ["search", words], queryFn: () => searched(words), enabled: asked }).data;
  const spots = (found ?? []).flatMap((one) => {
    const spot = spotOf(one);
    return spot ? [{ spot, one }] : [];
  });
  const choose = (at: number): void => {
    const chosen = spots[at];
    if (!chosen) return;
    change({ spot: chosen.spot, where: "spot" });
    map?.easeTo({ center: [chosen.spot.lon, chosen.spot.lat], zoom: Math.max(16, map.getZoom()), duration: 300 });
    setWords("");
  };
  const centre = map?.getCenter();
  const ways = [
    ...(draft.spot ? [["spot", `◎ ${draft.spot.title}`] as const] : []),
    ["centre", `${t("atCentre")} ${centre ? `${centre.lng.toFixed(5)}, ${centre.lat.toFixed(5)}` : ""}`] as const,
    ["none", otherwise ?? t("whereUnknown")] as const,
  ];
  return (
    <fieldset className="levels" data-testid="report-where">
      <legend>{t("where")}</legend>
      <div className="where">
        {ways.map(([way, label]) => (
          <button
            type="button"
            className="choice"
            key={way}
            data-testid={`where-${way}`}
            aria-pressed={draft.where === way}
            onClick={() => change({ where: way })}
          >
            {label}
            {way === "spot" ? (
              <>
                {" "}
                <SourceWords source={draft.spot?.source} accuracy_m={draft.spot?.accuracy_m} />
              </>
            ) : null}
          </button>
        ))}
      </div>
      <TextInput
        data-testid="report-find"
        label={t("findPlace")}
        value={words}
        maxLength={200}
        autoComplete="off"
        onChange={(event) => setWords(event.currentTarget.value)}
        onKeyDown={(event) => {
          // Enter takes the first that was found; with nothing typed it sends the report, as everywhere.
          if (event.key === "Enter" && asked && !event.nativeEvent.isComposing) {
            event.preventDefault();
            choose(0);
          }
        }}
      />
      {asked && found ? (
        <div data-testid="report-found">
          {spots.length ? null : <p className="muted">{t("none")}</p>}
          {spots.slice(0, SHOWN).map(({ spot, one }, at) => (
            <button type="button" className="choice" key={`${one.layer}${one.fid}${at}`} onClick={() => choose(at)}>
              {spot.title} <span className="muted">{one.subtitle}</span>{" "}
              <SourceWords source={spot.source} accuracy_m={spot.accuracy_m} />
            </button>
          ))}
        </div>
      ) : null}
      <TextInput
        data-testid="report-place"
        label={t("place")}
        value={draft.place_name}
        maxLength={120}
        onChange={(event) => change({ place_name: event.currentTarget.value })}
      />
    </fieldset>
  );
}
