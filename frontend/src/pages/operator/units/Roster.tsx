/** The duty roster: who is on call now, where nobody is or somebody is twice, the next two days, a change of hands, and a table pasted in. */
import { Button, NativeSelect, Textarea, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { get, post } from "../../../api/client";
import type { Member, RosterAnswer, Turn } from "../../../api/types";
import { useSay } from "../../../language/store";
import { client, desk } from "../desk";

const AHEAD_MS = 48 * 3_600_000;
const clock = (at: string): string =>
  new Date(at).toLocaleString("vi-VN", { hour: "2-digit", minute: "2-digit", day: "2-digit", month: "2-digit" });

function useRoster(): RosterAnswer | undefined {
  return useQuery({
    queryKey: ["roster"],
    queryFn: () => {
      const from = new Date();
      const until = new Date(from.getTime() + AHEAD_MS);
      return get<RosterAnswer>(`/api/roster?from=${from.toISOString()}&until=${until.toISOString()}`);
    },
    refetchInterval: 60_000,
  }).data;
}

export function Roster() {
  const { t } = useSay();
  const found = useRoster();
  const [changing, setChanging] = useState<number | null>(null);
  if (!found) return null;
  const agencies = new Map(found.items.map((one) => [one.agency, one.agency_name]));
  return (
    <div className="roster" data-testid="roster">
      <h3>{t("rosterNow")}</h3>
      {found.on_call.length ? null : <p className="muted">{t("rosterNobody")}</p>}
      <ul data-testid="on-call">
        {found.on_call.map((one) => (
          <li key={one.turn}>
            <b>{one.agency_name}</b> · {one.post}: <Who one={one} /> → {clock(one.until)}
          </li>
        ))}
      </ul>
      {found.faults.length ? (
        <>
          <h3>⚠ {t("rosterFaults")}</h3>
          <ul data-testid="roster-faults">
            {found.faults.map((one) => (
              <li key={`${one.kind} ${one.agency} ${one.post} ${one.from} ${one.name}`}>
                {agencies.get(one.agency) ?? one.agency} · {one.post}:{" "}
                {one.kind === "gap" ? t("rosterGap") : `${one.name} ${t("rosterOverlap")} ${one.other_post}`}{" "}
                <span className="muted">
                  {clock(one.from)} → {clock(one.until)}
                </span>
              </li>
            ))}
          </ul>
        </>
      ) : null}
      <h3>{t("rosterComing")}</h3>
      <ul data-testid="turns">
        {found.items.map((one) => (
          <li key={one.turn}>
            <span className="muted">
              {clock(one.starts_at)} → {clock(one.until)}
            </span>{" "}
            {one.agency_name} · {one.post}: <Who one={one} />{" "}
            {found.may_change ? (
              <button
                type="button"
                className="plain"
                aria-expanded={changing === one.turn}
                aria-label={`${t("rosterChange")} ${one.name} ${clock(one.starts_at)}`}
                onClick={() => setChanging(changing === one.turn ? null : one.turn)}
              >
                ⇄
              </button>
            ) : null}
            {changing === one.turn ? <Change turn={one} done={() => setChanging(null)} /> : null}
          </li>
        ))}
      </ul>
      {found.may_change ? <Table /> : null}
    </div>
  );
}

function Who({ one }: { one: Turn }) {
  const { t } = useSay();
  return (
    <>
      {one.name} {one.phone ? <a href={`tel:${one.phone}`}>{one.phone}</a> : null}
      {one.instead_of ? (
        <span className="muted">
          {" "}
          ({t("rosterInstead")} {one.instead_of})
        </span>
      ) : null}
    </>
  );
}

function Change({ turn, done }: { turn: Turn; done: () => void }) {
  const { t } = useSay();
  const [member, setMember] = useState("");
  const [because, setBecause] = useState("");
  const found = useQuery({
    queryKey: ["members", turn.agency],
    queryFn: () => get<{ items: Member[] }>(`/api/members?agency=${encodeURIComponent(turn.agency)}`),
  }).data;
  const others = found?.items.filter((one) => one.id !== turn.member) ?? [];
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    post(`/api/roster/${turn.turn}/substitute`, { member: Number(member), because })
      .then(() => client.invalidateQueries({ queryKey: ["roster"] }))
      .then(done, desk().tell);
  };
  return (
    <form className="unit-form" onSubmit={submit}>
      <NativeSelect
        label={t("rosterWho")}
        required
        value={member}
        data={[{ value: "", label: "—" }, ...others.map((one) => ({ value: String(one.id), label: one.name }))]}
        onChange={(event) => setMember(event.currentTarget.value)}
      />
      <TextInput
        label={t("rosterBecause")}
        required
        value={because}
        onChange={(event) => setBecause(event.currentTarget.value)}
      />
      <Button type="submit" size="compact-sm" disabled={!member || !because.trim()}>
        {t("rosterChange")}
      </Button>
    </form>
  );
}

interface Taken {
  lines: number;
  added: number;
  wrong: { line: number; what: string }[];
}

function Table() {
  const { t } = useSay();
  const [text, setText] = useState("");
  const [told, setTold] = useState<(Taken & { dry: boolean }) | null>(null);
  const send = (dry: boolean): void => {
    post<Taken>("/api/roster/table", { text, dry_run: dry }).then((answer) => {
      setTold({ ...answer, dry });
      if (!dry) {
        setText("");
        void client.invalidateQueries({ queryKey: ["roster"] });
      }
    }, desk().tell);
  };
  return (
    <details>
      <summary>{t("rosterTable")}</summary>
      <Textarea
        label={t("rosterTableHow")}
        autosize
        minRows={3}
        maxRows={8}
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
      />
      <div className="unit-form">
        <Button size="compact-sm" variant="default" disabled={!text.trim()} onClick={() => send(true)}>
          {t("rosterLook")}
        </Button>
        <Button size="compact-sm" disabled={!text.trim()} data-testid="roster-take" onClick={() => send(false)}>
          {t("rosterTake")}
        </Button>
      </div>
      {told ? (
        <div role="status" data-testid="roster-told">
          {told.lines} {t("rosterLines")}
          {told.dry ? "" : `, ${told.added} ${t("rosterAdded")}`}
          <ul>
            {told.wrong.map((one) => (
              <li key={one.line} className="warn">
                ⚠ {t("rosterLine")} {one.line}: {one.what}
              </li>
            ))}
          </ul>
        </div>
      ) : null}
    </details>
  );
}
