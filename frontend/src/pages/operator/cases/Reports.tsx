/** Everybody who reported the case, each by its channel and telephone; one that does not belong is split off with a reason. */
import { Button } from "@mantine/core";
import { useState } from "react";
import type { CaseReport, IncidentDetail } from "../../../api/types";
import { useSay } from "../../../language/store";
import { useCity } from "../queries";
import { Asking } from "./Asking";
import { deed } from "./joining";

export function Reports({ item }: { item: IncidentDetail }) {
  const { t } = useSay();
  return (
    <section data-testid="reports">
      <h3>
        {t("casesReports")} ({item.reports?.length})
      </h3>
      {item.reports?.map((one) => (
        <Report key={one.id} one={one} own={one.id === item.id} />
      ))}
    </section>
  );
}

function Report({ one, own }: { one: CaseReport; own: boolean }) {
  const { t, w, language } = useSay();
  const city = useCity();
  const [asking, setAsking] = useState(false);
  return (
    <div className="assignment" data-testid={`report-${one.id}`}>
      <div>
        <b>{one.code}</b> {w(city?.channels.find((channel) => channel.code === one.channel))}{" "}
        <span className="muted">
          {new Date(one.reported_at).toLocaleTimeString(language === "en" ? "en-GB" : "vi-VN")}
        </span>
      </div>
      {one.reporter_phone || one.reporter_name ? (
        <div>
          ☎ {one.reporter_phone} {one.reporter_name}
        </div>
      ) : null}
      {own ? null : <div className="muted">{one.description}</div>}
      {own || asking ? null : (
        <Button
          size="compact-sm"
          variant="default"
          data-testid={`split-${one.id}`}
          aria-label={`${t("casesSplit")}: ${one.code}`}
          onClick={() => setAsking(true)}
        >
          {t("casesSplit")}
        </Button>
      )}
      {asking ? (
        <Asking
          words={t("casesSplit")}
          done={() => setAsking(false)}
          act={(reason) => deed(one.id, "split", { reason })}
        />
      ) : null}
    </div>
  );
}
