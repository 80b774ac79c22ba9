/** The upkeep of a feature: what was done to it and in which condition it was left, its pictures, and the cases that concern it. */
import { type FormEvent, useCallback, useEffect, useState } from "react";
import { get, send, upload } from "../../api/client";
import type { Layer, Words } from "../../api/types";
import { useSay } from "../../language/store";
import { useNewest } from "../../panels/useNewest";
import { desk, fail, tell, useDesk, useLayer, type Versioned } from "./desk";
import { free, open } from "./picking";

interface Operation {
  id: number;
  title: Words;
  done_at: string;
  note: string;
  by: string;
  agency: string | null;
}
interface Picture {
  id: number;
  url: string;
  caption: string;
  by: string;
  added_at: string;
}
interface Case {
  id: number;
  code: string;
  status: string;
  description?: string;
}

const CASE_READERS = ["see_cases", "answer_cases", "use_field"];

export function Upkeep() {
  const layer = useLayer();
  const target = useDesk((now) => now.target);
  if (!layer || target?.fid == null) return null;
  return <Of layer={layer} fid={target.fid} version={target.version} key={target.fid} />;
}

function Of({ layer, fid, version }: { layer: Layer; fid: number; version: number }) {
  const { t, w, language } = useSay();
  const [log, setLog] = useState<Operation[] | null>(null);
  const [pictures, setPictures] = useState<Picture[]>([]);
  const [cases, setCases] = useState<Case[]>([]);
  const address = `/api/layers/${layer.slug}/features/${fid}`;
  const mayCases = useDesk((now) => CASE_READERS.some((one) => now.session?.permissions.includes(one)));
  const [logAsked, picturesAsked, casesAsked] = [useNewest(), useNewest(), useNewest()];
  const load = useCallback(() => {
    void logAsked.ask(get<{ items: Operation[] }>(`${address}/operations`), (found) => setLog(found.items), fail);
    void picturesAsked.ask(get<{ items: Picture[] }>(`${address}/photos`), (found) => setPictures(found.items), fail);
    // Whoever may not see cases does not ask for them.
    if (mayCases)
      void casesAsked.ask(
        get<{ items: Case[] }>(`${address}/cases`),
        (found) => setCases(found.items),
        () => setCases([]),
      );
  }, [address, mayCases, logAsked, picturesAsked, casesAsked]);
  useEffect(load, [load]);
  const locale = language === "en" ? "en-GB" : "vi-VN";
  const day = (at: string): string => new Date(at).toLocaleString(locale, { dateStyle: "short", timeStyle: "short" });
  return (
    <section data-testid="upkeep">
      <OperationForm layer={layer} address={address} fid={fid} version={version} done={load} />
      {log && !log.length ? <p className="muted">{t("noOperations")}</p> : null}
      {log?.map((one) => (
        <article key={one.id} className="version" data-testid="operation">
          <h3>{w(one.title)}</h3>
          <p className="muted">
            {day(one.done_at)} · {one.by}
            {one.agency ? ` · ${one.agency}` : ""}
          </p>
          {one.note ? <p>{one.note}</p> : null}
        </article>
      ))}
      <PictureForm address={address} done={load} />
      <div className="pictures">
        {pictures.map((one) => (
          <figure key={one.id} data-testid="photo">
            <img src={one.url} alt={one.caption || t("picture")} loading="lazy" />
            <figcaption>
              {one.caption} <span className="muted">{`${day(one.added_at)} · ${one.by}`}</span>
            </figcaption>
          </figure>
        ))}
      </div>
      {cases.length ? (
        <>
          <h3>{t("casesHere")}</h3>
          <ul>
            {cases.map((one) => (
              <li key={one.id} data-testid="case">
                {one.code} {one.description ?? ""}
              </li>
            ))}
          </ul>
        </>
      ) : null}
    </section>
  );
}

interface FormProps {
  address: string;
  done: () => void;
}

function OperationForm({
  layer,
  address,
  fid,
  version,
  done,
}: FormProps & { layer: Layer; fid: number; version: number }) {
  const { t, w } = useSay();
  const [kinds, setKinds] = useState<({ value: string } & Words)[]>([]);
  const [busy, setBusy] = useState(false);
  useEffect(() => {
    get<{ kinds: ({ value: string } & Words)[] }>("/api/operations").then((found) => setKinds(found.kinds), fail);
  }, []);
  const condition = layer.review ? undefined : layer.fields.find((one) => one.name === "condition" && one.editable);
  const record = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const form = event.currentTarget;
    const given = new FormData(form);
    const left = String(given.get("condition") ?? "");
    // A new condition changes the feature: what is unsaved of it would be lost.
    if (left && !free()) return;
    setBusy(true);
    send(
      "POST",
      `${address}/operations`,
      {
        kind: given.get("kind"),
        note: String(given.get("note") ?? "").trim(),
        ...(left ? { condition: Number(left) } : {}),
      },
      left ? { "If-Match": `"v${version}"` } : {},
    )
      .then(async () => {
        form.reset();
        done();
        // Another feature may have been taken in hand meanwhile.
        const isInHand = (): boolean => desk().slug === layer.slug && desk().target?.fid === fid;
        if (left && isInHand()) {
          const found = await get<Versioned>(address);
          if (isInHand() && free()) open(layer, found);
        }
        tell("operationKept", false);
      }, fail)
      .finally(() => setBusy(false));
  };
  return (
    <form onSubmit={record} data-testid="operation-form">
      <div className="attribute">
        <label htmlFor="operation-kind">{t("whatWasDone")}</label>
        <select id="operation-kind" name="kind" data-testid="operation-kind" required>
          {kinds.map((one) => (
            <option key={one.value} value={one.value}>
              {w(one)}
            </option>
          ))}
        </select>
      </div>
      {condition?.choices ? (
        <div className="attribute">
          <label htmlFor="operation-condition">{t("leftIn")}</label>
          <select id="operation-condition" name="condition" data-testid="operation-condition">
            <option value="">— {t("unchangedCondition")}</option>
            {condition.choices.map((one) => (
              <option key={String(one.value)} value={String(one.value)}>
                {w(one)}
              </option>
            ))}
          </select>
        </div>
      ) : null}
      <div className="attribute">
        <label htmlFor="operation-note">{t("note")}</label>
        <input id="operation-note" name="note" maxLength={1000} data-testid="operation-note" />
      </div>
      <button type="submit" data-testid="operation-save" disabled={busy || !kinds.length}>
        {t("writeLog")}
      </button>
    </form>
  );
}

function PictureForm({ address, done }: FormProps) {
  const { t } = useSay();
  const [share, setShare] = useState<number | null>(null);
  const add = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const form = event.currentTarget;
    setShare(0);
    upload(`${address}/photos`, new FormData(form), setShare)
      .then(() => {
        form.reset();
        done();
        tell("pictureKept", false);
      }, fail)
      .finally(() => setShare(null));
  };
  return (
    <form onSubmit={add} data-testid="photo-form">
      <h3>{t("pictures")}</h3>
      <div className="attribute">
        <label htmlFor="photo-file">{t("pictureFile")}</label>
        <input
          id="photo-file"
          name="file"
          type="file"
          accept="image/jpeg,image/png,image/webp"
          required
          data-testid="photo-file"
        />
      </div>
      <div className="attribute">
        <label htmlFor="photo-caption">{t("caption")}</label>
        <input id="photo-caption" name="caption" maxLength={200} data-testid="photo-caption" />
      </div>
      <button type="submit" data-testid="photo-save" disabled={share !== null}>
        {t("addPicture")}
        {share === null ? "" : ` ${Math.round(share * 100)} %`}
      </button>
    </form>
  );
}
