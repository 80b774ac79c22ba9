/** One feature's past: its versions with the way back to each, and where a parcel comes from. */
import { useEffect, useState } from "react";
import { ApiProblem, get, post, send, wordsOf } from "../../../api/client";
import type { ChangeSet, Lineage, Version } from "../../../api/edits";
import type { Layer } from "../../../api/types";
import { useSay } from "../../../language/store";
import { useNewest } from "../../../panels/useNewest";
import { put } from "../desk";
import { openSet } from "../panel";
import { LineageGraph } from "./LineageGraph";
import { withFirst } from "./moments";
import { VersionCard } from "./VersionCard";

export function FeaturePast({
  layer,
  fid,
  goAt,
  open,
  restored,
}: {
  layer: Layer;
  fid: number;
  goAt: (at: string) => void;
  open: (fid: number) => void;
  restored: () => void;
}) {
  const { t, w, language } = useSay();
  const [versions, setVersions] = useState<Version[] | null>(null);
  const [lineage, setLineage] = useState<Lineage | null>(null);
  const [chosen, setChosen] = useState<Version | null>(null);
  const [because, setBecause] = useState("");
  const [words, setWords] = useState<{ text: string; bad: boolean } | null>(null);
  const [busy, setBusy] = useState(false);
  const [round, setRound] = useState(0);
  const fail = (error: unknown): void => setWords({ text: wordsOf(error, language), bad: true });

  const [versionsAsked, lineageAsked] = [useNewest(), useNewest()];
  useEffect(() => {
    const history = get<{ items: Version[] }>(`/api/layers/${layer.slug}/features/${fid}/history`);
    void versionsAsked.ask(history, ({ items }) => setVersions(withFirst(items)), fail);
    if (layer.lineage)
      void lineageAsked.ask(
        get<Lineage>(`/api/land/lineage/${fid}`),
        setLineage,
        // A parcel that never was split or merged has no lineage to show.
        (error) => !(error instanceof ApiProblem && error.body.status === 404) && fail(error),
      );
  }, [versionsAsked, lineageAsked, layer.slug, layer.lineage, fid, round]);

  const newest = versions?.[0];
  const mayRestore = layer.may?.includes("edit") ?? layer.editable;
  const restore = async (): Promise<void> => {
    if (!chosen || !newest) return;
    if (!because.trim()) {
      setWords({ text: t("sayWhy"), bad: true });
      return;
    }
    setBusy(true);
    setWords(null);
    try {
      if (layer.review) {
        const title = `${t("restoreWord")} ${w(layer.title)} #${fid} v${chosen.version}`;
        const set = await post<ChangeSet>("/api/changesets", { title });
        await post(`/api/changesets/${set.id}/edits`, {
          edits: [{ layer: layer.slug, op: "restore", fid, version: newest.version, to_version: chosen.version }],
        });
        // The reason goes with it: nobody writes it twice.
        put({ submission: { because: because.trim(), document: "" } });
        openSet(set.id);
        return;
      }
      await send(
        "POST",
        `/api/layers/${layer.slug}/features/${fid}/restore`,
        { version: chosen.version, because: because.trim() },
        { "If-Match": `"v${newest.version}"` },
      );
      setWords({ text: t("restoredWords"), bad: false });
      setChosen(null);
      setBecause("");
      setRound((was) => was + 1);
      restored();
    } catch (error) {
      fail(error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <section className="feature-past" data-testid="feature-past" data-fid={fid}>
      <h3>
        {w(layer.title)} #{fid}
      </h3>
      {words ? (
        <p role="alert" className={words.bad ? "words bad" : "words good"} data-testid="past-words">
          {words.bad ? "⚠" : "✓"} {words.text}
        </p>
      ) : null}
      {lineage && lineage.nodes.length > 1 ? (
        <LineageGraph
          lineage={lineage}
          here={fid}
          pick={(node) => {
            open(node.fid);
            const moment = node.until ? new Date(Date.parse(node.until) - 1).toISOString() : node.from;
            if (moment) goAt(moment);
          }}
        />
      ) : null}
      {versions?.map((one) => (
        <VersionCard key={`${one.version}${one.at}`} layer={layer} one={one}>
          <div className="buttons">
            <button type="button" onClick={() => goAt(one.at)}>
              ◀◀ {t("seeThen")}
            </button>
            {mayRestore && one !== newest && one.op !== "delete" ? (
              <button
                type="button"
                data-testid={`restore-${one.version}`}
                aria-expanded={chosen === one}
                onClick={() => setChosen(chosen === one ? null : one)}
              >
                ↶ {t("restoreWord")}
              </button>
            ) : null}
          </div>
          {chosen === one ? (
            <form
              className="restore"
              onSubmit={(event) => {
                event.preventDefault();
                void restore();
              }}
            >
              <label>
                {t("becauseWord")}
                <input
                  data-testid="restore-because"
                  maxLength={300}
                  required
                  value={because}
                  onChange={(event) => setBecause(event.currentTarget.value)}
                />
              </label>
              <button type="submit" className="primary" data-testid="restore-really" disabled={busy}>
                ↶ {layer.review ? t("restoreInSet") : t("restoreNow")}
              </button>
            </form>
          ) : null}
        </VersionCard>
      ))}
    </section>
  );
}
