/** For the agency that is asked: which of its units the centre wants, where to, and how long it may still think. */
import { Button, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { get, post } from "../../../api/client";
import { useSay } from "../../../language/store";
import { age } from "../../../panels/age";
import { client, useDesk } from "../desk";
import { useCity } from "../queries";

interface Asked {
  id: number;
  unit: { id: number; code: string; name: string };
  incident: {
    code: string;
    category: string;
    severity: number;
    place_name: string;
    road_name: string;
    ward_name: string;
    description: string;
    lon: number | null;
    lat: number | null;
  };
  due_at: string | null;
  overdue: boolean;
}
type Answer = { items: Asked[] };

export function Requests() {
  const { t } = useSay();
  const found = useQuery({
    queryKey: ["requests"],
    queryFn: () => get<Answer>("/api/my/requests"),
  }).data;
  return (
    <div data-testid="requests" aria-live="polite">
      {found && !found.items.length ? <div className="muted">{t("dispNoRequests")}</div> : null}
      {found?.items.map((one) => (
        <One key={one.id} one={one} />
      ))}
    </div>
  );
}

function One({ one }: { one: Asked }) {
  const { t, w } = useSay();
  const city = useCity();
  const now_ms = useDesk((desk) => desk.now_ms);
  const map = useDesk((desk) => desk.map);
  const tell = useDesk((desk) => desk.tell);
  const [refusing, setRefusing] = useState(false);
  const [reason, setReason] = useState("");
  const left_s = one.due_at ? (Date.parse(one.due_at) - now_ms) / 1000 : null;
  const { lon, lat } = one.incident;
  const answer = (what: "accept" | "decline"): void =>
    void post<Answer>(`/api/my/requests/${one.id}/${what}`, { reason: reason.trim() }).then(
      (next) => client.hold(["requests"], next),
      tell,
    );
  return (
    <div className="assignment" data-testid={`request-${one.unit.code}`}>
      <div className="choice-head">
        <b>
          {one.unit.code} {one.unit.name}
        </b>
        <span className={left_s !== null && left_s <= 0 ? "warn" : ""}>
          {left_s === null ? "" : left_s > 0 ? `${t("dispAnswerIn")} ${age(left_s)}` : `⚠ ${t("dispOverdue")}`}
        </span>
      </div>
      <div>
        <span className={`chip s${one.incident.severity}`}>{one.incident.severity}</span>{" "}
        {w(city?.categories.find((kind) => kind.code === one.incident.category))} · {one.incident.code}
      </div>
      <div>
        {one.incident.place_name || one.incident.road_name} <span className="muted">{one.incident.ward_name}</span>
      </div>
      <p className="words">{one.incident.description}</p>
      <div className="verbs">
        <Button size="compact-md" data-testid="request-accept" onClick={() => answer("accept")}>
          {t("dispAccept")}
        </Button>
        <Button size="compact-md" variant="default" data-testid="request-decline" onClick={() => setRefusing(true)}>
          {t("dispDecline")}
        </Button>
        {map && lon !== null && lat !== null ? (
          <Button size="compact-md" variant="default" onClick={() => map.easeTo({ center: [lon, lat], zoom: 16 })}>
            {t("dispShow")}
          </Button>
        ) : null}
      </div>
      {refusing ? (
        <form
          className="verbs"
          onSubmit={(event) => {
            event.preventDefault();
            answer("decline");
          }}
        >
          <TextInput
            autoFocus
            required
            flex={1}
            maxLength={300}
            aria-label={t("reason")}
            placeholder={t("reason")}
            value={reason}
            onChange={(event) => setReason(event.currentTarget.value)}
          />
          <Button type="submit">{t("dispDecline")}</Button>
        </form>
      ) : null}
    </div>
  );
}
