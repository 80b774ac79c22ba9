/** How the case was found to be true or not, act by act; and the next act: how, what shows it, what it said. */
import { Button, NativeSelect, Textarea } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { get } from "../../../api/client";
import type { IncidentDetail, SeeingCamera } from "../../../api/types";
import { useSay } from "../../../language/store";
import { useCity } from "../queries";
import { deed } from "./joining";

export function Verification({ item }: { item: IncidentDetail }) {
  const { t, w, language } = useSay();
  return (
    <section data-testid="verification">
      <h3>{t("casesVerifying")}</h3>
      {item.verifications?.map((one) => (
        <div key={`${one.incident_id}${one.at}`} className="entry">
          <span className="muted">{new Date(one.at).toLocaleTimeString(language === "en" ? "en-GB" : "vi-VN")}</span>{" "}
          {one.holds ? "✓" : "✕"} {w(one.way)} {one.note}{" "}
          <span className="muted">
            {one.by}
            {one.evidence ? ` · ${one.evidence.layer} ${one.evidence.fid}` : ""}
          </span>
        </div>
      ))}
      {item.allowed.includes("verify") ? <Act key={item.id} item={item} /> : null}
    </section>
  );
}

function Act({ item }: { item: IncidentDetail }) {
  const { t, w } = useSay();
  const ways = useCity()?.verification_ways ?? [];
  const [way, setWay] = useState("call_back");
  const [fid, setFid] = useState("");
  const [note, setNote] = useState("");
  const shown = useShown(item, ways.find((one) => one.code === way)?.layer ?? null);
  const body = { way, ...(fid ? { evidence: Number(fid) } : {}) };
  return (
    <details className="verify-act">
      <summary data-testid="verify-ways">{t("casesWay")}</summary>
      <NativeSelect
        label={t("casesWay")}
        data-testid="verify-way"
        value={way}
        onChange={(event) => {
          setWay(event.currentTarget.value);
          setFid("");
        }}
        data={ways.map((one) => ({ value: one.code, label: w(one) }))}
      />
      {shown.length ? (
        <NativeSelect
          label={t("casesEvidence")}
          data-testid="verify-evidence"
          value={fid}
          onChange={(event) => setFid(event.currentTarget.value)}
          data={[{ value: "", label: t("casesNoEvidence") }, ...shown]}
        />
      ) : null}
      <Textarea
        label={t("noteText")}
        data-testid="verify-note"
        value={note}
        maxLength={2000}
        autosize
        onChange={(event) => setNote(event.currentTarget.value)}
      />
      <div className="verbs">
        <Button
          size="compact-md"
          data-testid="verify-true"
          onClick={() => void deed(item.id, "verify", { ...body, note: note.trim() })}
        >
          {t("casesTrue")}
        </Button>
        {item.allowed.includes("reject") ? (
          <Button
            size="compact-md"
            variant="default"
            data-testid="verify-false"
            onClick={() => void deed(item.id, "reject", { ...body, reason: note.trim() })}
          >
            {t("casesFalse")}
          </Button>
        ) : null}
      </div>
    </details>
  );
}

/** What a way can point at: the cameras that see the place, the units that were sent, the cases that tell the same. */
function useShown(item: IncidentDetail, layer: string | null): { value: string; label: string }[] {
  const seeing = useQuery({
    queryKey: ["seeing", item.lon, item.lat],
    queryFn: () => get<{ cameras: SeeingCamera[] }>(`/api/cameras/seeing?lon=${item.lon}&lat=${item.lat}`),
    enabled: layer === "cameras" && item.lon !== null,
    staleTime: 30_000,
    retry: false,
  }).data;
  const option = (value: number, label: string): { value: string; label: string } => ({ value: String(value), label });
  if (layer === "cameras") return (seeing?.cameras ?? []).map((one) => option(one.id, `${one.code} ${one.name}`));
  if (layer === "responders") return item.assignments.map(({ responder }) => option(responder.id, responder.code));
  if (layer === "incidents") return item.nearby.map((one) => option(one.id, `${one.code} ${one.place_name}`));
  return [];
}
