/** A case that keeps to named people: why, who they are, who has opened it; closing off and opening are acts with a reason. */
import { Button, NativeSelect, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { get } from "../../../api/client";
import type { IncidentDetail } from "../../../api/types";
import { useSay } from "../../../language/store";
import { useDesk } from "../desk";
import { useCity } from "../queries";
import { Asking } from "./Asking";
import { deed } from "./joining";

export function Compartment({ item }: { item: IncidentDetail }) {
  const leads = useDesk((desk) => desk.may("see_restricted"));
  return item.restricted ? <Closed item={item} leads={leads} /> : <CloseOff item={item} />;
}

function CloseOff({ item }: { item: IncidentDetail }) {
  const { t, w } = useSay();
  const reasons = useCity()?.sensitivities ?? [];
  const [sensitivity, setSensitivity] = useState("");
  const why = sensitivity || reasons[0]?.code || "";
  return (
    <details data-testid="restrict-box">
      <summary>{t("casesRestrict")}</summary>
      <NativeSelect
        aria-label={t("casesRestrict")}
        value={why}
        onChange={(event) => setSensitivity(event.currentTarget.value)}
        data={reasons.map((one) => ({ value: one.code, label: w(one) }))}
      />
      <Asking
        words={t("casesRestrict")}
        act={(reason) => deed(item.id, "restrict", { reason, sensitivity: why })}
        done={() => undefined}
      />
    </details>
  );
}

function Closed({ item, leads }: { item: IncidentDetail; leads: boolean }) {
  const { t, w } = useSay();
  const why = useCity()?.sensitivities?.find((one) => one.code === item.sensitivity);
  const [off, setOff] = useState("");
  const [opening, setOpening] = useState(false);
  return (
    <section data-testid="compartment" className="compartment">
      <h3>
        🔒 {t("casesRestricted")} {w(why)}
      </h3>
      <div>{t("casesCompartment")}:</div>
      {item.people?.map((one) => (
        <div key={one.username} className="entry">
          <b>{one.name}</b> <span className="muted">{one.because}</span>{" "}
          {leads && off !== one.username ? (
            <Button
              size="compact-xs"
              variant="default"
              aria-label={`${t("casesDismiss")}: ${one.name}`}
              onClick={() => setOff(one.username)}
            >
              {t("casesDismiss")}
            </Button>
          ) : null}
          {off === one.username ? (
            <Asking
              words={t("casesDismiss")}
              act={(reason) => deed(item.id, "dismiss", { person: one.username, reason })}
              done={() => setOff("")}
            />
          ) : null}
        </div>
      ))}
      {leads ? <Admit item={item} /> : null}
      {leads && !opening ? (
        <Button size="compact-sm" variant="default" data-testid="unrestrict" onClick={() => setOpening(true)}>
          {t("casesUnrestrict")}
        </Button>
      ) : null}
      {opening ? (
        <Asking
          words={t("casesUnrestrict")}
          act={(reason) => deed(item.id, "unrestrict", { reason })}
          done={() => setOpening(false)}
        />
      ) : null}
      {leads ? <Reveals item={item} /> : null}
    </section>
  );
}

function Admit({ item }: { item: IncidentDetail }) {
  const { t } = useSay();
  const [person, setPerson] = useState("");
  return (
    <details data-testid="admit-box">
      <summary>{t("casesAdmit")}</summary>
      <TextInput
        label={t("casesPerson")}
        data-testid="admit-person"
        value={person}
        maxLength={150}
        onChange={(event) => setPerson(event.currentTarget.value)}
      />
      <Asking
        words={t("casesAdmit")}
        act={(reason) => deed(item.id, "admit", { person: person.trim(), reason })}
        done={() => setPerson("")}
      />
    </details>
  );
}

function Reveals({ item }: { item: IncidentDetail }) {
  const { t, language } = useSay();
  const found = useQuery({
    queryKey: ["case", item.id, "reveals", item.version],
    queryFn: () => get<{ items: { who: string; at: string; door: string }[] }>(`/api/incidents/${item.id}/reveals`),
    retry: false,
  }).data;
  return (
    <details data-testid="reveals">
      <summary>
        {t("casesReveals")} ({found?.items.length ?? "…"})
      </summary>
      {found?.items.map((one) => (
        <div key={`${one.who}${one.at}${one.door}`} className="entry">
          <span className="muted">{new Date(one.at).toLocaleString(language === "en" ? "en-GB" : "vi-VN")}</span>{" "}
          {one.who} <span className="muted">{one.door}</span>
        </div>
      ))}
    </details>
  );
}
