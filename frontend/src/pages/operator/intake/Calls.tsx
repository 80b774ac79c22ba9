/** Who is calling: the number, its earlier cases, one key into a report. It stands over the map until somebody takes it. */
import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { post } from "../../../api/client";
import { useSay } from "../../../language/store";
import { age, secondsSince } from "../../../panels/age";
import { client, desk, useDesk } from "../desk";
import { useCity } from "../queries";
import { type Call, type EarlierCase, nextOf, readCalls, takeCall } from "./intake";
import "./intake.css";

const ENDED = new Set(["closed", "cancelled", "unfounded", "duplicate", "transferred"]);
// The stream says when a call comes; this is for a call that ends by nobody's word.
const AGAIN_MS = 30_000;

export function Calls() {
  const { t } = useSay();
  const may = useDesk((one) => one.may);
  const takes = may("handle_cases");
  const items = useQuery({ queryKey: ["calls"], queryFn: readCalls, enabled: takes, refetchInterval: AGAIN_MS }).data
    ?.items;
  if (!takes || !items?.length) return null;
  const next = nextOf(items);
  return (
    <div className="calls" data-testid="calls" aria-label={t("calls")} role="status">
      {items.map((one) => (
        <OneCall key={one.id} call={one} next={one === next} />
      ))}
    </div>
  );
}

/** `next`: whether its key takes this one. */
function OneCall({ call, next }: { call: Call; next: boolean }) {
  const { t } = useSay();
  const now_ms = useDesk((one) => one.now_ms);
  const words = {
    ringing: t("callRings"),
    answered: t("callAnswered"),
    missed: t("callMissed"),
    ended: t("callEnded"),
  };
  return (
    <div className="call" data-testid={`call-${call.id}`} data-state={call.state}>
      <b>☎ {call.number === null ? t("numberHidden") : call.number || t("numberWithheld")}</b>{" "}
      <span className="muted">
        {words[call.state]} {age(secondsSince(call.rang_at, now_ms))}
        {call.line ? ` → ${call.line}` : ""}
        {call.taken_by ? ` · ${call.taken_by}` : ""}
      </span>
      <div>
        {call.incident_id ? (
          <Button
            size="compact-sm"
            variant="default"
            data-testid={`call-case-${call.id}`}
            onClick={() => desk().select(call.incident_id)}
          >
            {t("openItsCase")}
          </Button>
        ) : (
          <Button size="compact-sm" data-testid={`take-call-${call.id}`} onClick={() => takeCall(call)}>
            {t("takeCall")}
            {next ? " (E)" : ""}
          </Button>
        )}
      </div>
      {call.earlier.map((one) => (
        <Earlier key={one.id} call={call} one={one} />
      ))}
    </div>
  );
}

/** An earlier case of the number: looked at, or, while it is open, what this call is about. */
function Earlier({ call, one }: { call: Call; one: EarlierCase }) {
  const { t, w } = useSay();
  const city = useCity();
  const now_ms = useDesk((each) => each.now_ms);
  const link = (): void =>
    void post(`/api/calls/${call.id}/link`, { incident: one.id }).then(() => {
      desk().select(one.id);
      void client.invalidateQueries({ queryKey: ["calls"] });
    }, desk().tell);
  return (
    <div className="entry" data-testid={`earlier-${one.id}`}>
      <button type="button" className="plain" onClick={() => desk().select(one.id)}>
        <span className={`chip small s${one.severity}`}>{one.severity}</span> {one.code} ·{" "}
        {w(city?.categories.find((each) => each.code === one.category))} · {one.place_name}
      </button>{" "}
      <span className="muted">
        {w(city?.statuses.find((each) => each.code === one.status))}, {age(secondsSince(one.reported_at, now_ms))}
      </span>{" "}
      {call.incident_id || ENDED.has(one.status) ? null : (
        <button type="button" className="plain" data-testid={`about-${one.id}`} onClick={link}>
          {t("callIsAbout")}
        </button>
      )}
    </div>
  );
}
