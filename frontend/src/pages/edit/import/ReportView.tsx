/** What an import would do: its counts, the map of the differences, the rows with problems; and the button that does it. */
import type { Feature, FeatureCollection, Geometry } from "geojson";
import { useEffect, useRef, useState } from "react";
import { get, wordsOf } from "../../../api/client";
import type { Change } from "../../../api/edits";
import type { Key } from "../../../language/messages";
import { useSay } from "../../../language/store";
import { addDifferences, type Differences } from "../../../map/differences";
import { CHANGES } from "../../../map/patterns";
import { Patch } from "../../../panels/Patch";
import { save } from "../../../panels/save";
import { still, useShared } from "../panel";
import { type Import, problemsCsv, whyOut } from "./imports";

const CHANGE_WORDS: Record<Change, Key> = {
  new: "changeNew",
  changed: "changeChanged",
  gone: "changeGone",
  unchanged: "changeUnchanged",
};
const LISTED = 200;
const CLOSEST_ZOOM = 18;

export function ReportView({
  job,
  looking,
  busy = false,
  apply,
}: {
  job: Import;
  /** Whether what would change is on the map: it is not true yet. */
  looking: boolean;
  busy?: boolean;
  /** Absent where it is for somebody else to decide. */
  apply?: (because: string, document: string, accepted: Readonly<Record<string, string>>) => void;
}) {
  const { t, language } = useSay();
  const { map, catalogue } = useShared();
  const [shown, setShown] = useState<ReadonlySet<Change>>(new Set(["new", "changed", "gone"]));
  const [because, setBecause] = useState("");
  const [document_, setDocument] = useState("");
  const [reason, setReason] = useState("");
  const [truncated, setTruncated] = useState(false);
  const [problem, setProblem] = useState("");
  const drawn = useRef<Differences | null>(null);
  const report = job.report;
  const locale = language === "en" ? "en-GB" : "vi-VN";
  const reviewed = catalogue?.layers.find((one) => one.slug === job.layer)?.review ?? false;

  useEffect(() => {
    if (!map || !looking) return;
    const differences = addDifferences(map, "import-differences");
    drawn.current = differences;
    return () => {
      drawn.current = null;
      differences.remove();
    };
  }, [map, looking]);
  const wanted = CHANGES.filter((one) => shown.has(one)).join();
  useEffect(() => {
    if (!map || !looking) return;
    let over = false;
    const ask = (): void => {
      const [[w, s], [e, n]] = map.getBounds().toArray();
      const query = new URLSearchParams({ bbox: [w, s, e, n].join(","), ...(wanted ? { change: wanted } : {}) });
      (wanted
        ? get<FeatureCollection<Geometry> & { truncated?: boolean }>(`/api/imports/${job.id}/differences?${query}`)
        : Promise.resolve({ type: "FeatureCollection" as const, features: [] as Feature<Geometry>[], truncated: false })
      ).then(
        (found) => {
          if (over) return;
          drawn.current?.show(found);
          setTruncated(found.truncated ?? false);
          setProblem("");
        },
        (error: unknown) => !over && setProblem(wordsOf(error, language)),
      );
    };
    ask();
    map.on("moveend", ask);
    return () => {
      over = true;
      map.off("moveend", ask);
    };
  }, [map, looking, wanted, job.id, language]);
  const where = looking ? report?.bounds : null;
  useEffect(() => {
    if (map && where) map.fitBounds(where, { padding: 80, maxZoom: CLOSEST_ZOOM, animate: !still() });
  }, [map, where?.join()]);
  if (!report) return null;
  const total = CHANGES.reduce((sum, one) => sum + (report.counts[one] ?? 0), 0);
  const issues = report.issues ?? [];
  const errors = issues.filter((one) => one.severity === "error");
  const warnings = issues.filter((one) => one.severity === "warning");
  const toggle = (one: Change): void =>
    setShown((was) => new Set(was.has(one) ? [...was].filter((each) => each !== one) : [...was, one]));
  const nothing = !["new", "changed", "gone"].some((one) => report.counts[one as Change]);
  return (
    <div data-testid="import-report">
      <table className="differences">
        <tbody>
          {CHANGES.map((one) => (
            <tr key={one}>
              <th scope="row">
                <label className="tick-line">
                  <input
                    type="checkbox"
                    data-testid={`show-${one}`}
                    disabled={!looking}
                    checked={shown.has(one)}
                    onChange={() => toggle(one)}
                  />
                  <Patch change={one} /> {t(CHANGE_WORDS[one])}
                </label>
              </th>
              <td data-testid={`count-${one}`}>{(report.counts[one] ?? 0).toLocaleString(locale)}</td>
              <td className="share" aria-hidden="true">
                <i className={one} style={{ width: `${total ? (100 * (report.counts[one] ?? 0)) / total : 0}%` }} />
              </td>
            </tr>
          ))}
          <tr>
            <th scope="row">⚠ {t("leftOut")}</th>
            <td data-testid="count-left_out">{(report.counts.left_out ?? 0).toLocaleString(locale)}</td>
            <td />
          </tr>
        </tbody>
      </table>
      <p className="muted">
        {report.crs ? `${report.crs_name ?? ""} EPSG:${report.crs} · ` : ""}
        {report.encoding ?? ""}
      </p>
      {truncated ? <p className="warn">{t("truncatedMap")}</p> : null}
      {problem ? <p role="alert">{problem}</p> : null}
      {report.unmatched?.length ? (
        <p className="muted">
          {t("notTaken")}: {report.unmatched.join(", ")}
        </p>
      ) : null}
      {report.problems.length ? (
        <>
          <h3>{t("problemsWord")}</h3>
          <div className="buttons">
            <button
              type="button"
              data-testid="problems-csv"
              onClick={() =>
                save(
                  new Blob(
                    [
                      problemsCsv(
                        report.problems,
                        [t("rowWord"), t("codeWord"), t("becauseWord"), t("lonWord"), t("latWord")],
                        (one) => whyOut(one, t),
                      ),
                    ],
                    { type: "text/csv" },
                  ),
                  `${job.file}.problems.csv`,
                )
              }
            >
              ⇩ CSV
            </button>
          </div>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
          <section className="scroll" tabIndex={0} aria-label={t("problemsWord")}>
            <table>
              <thead>
                <tr>
                  <th scope="col">{t("rowWord")}</th>
                  <th scope="col">{t("becauseWord")}</th>
                  <th />
                </tr>
              </thead>
              <tbody>
                {report.problems.slice(0, LISTED).map((one) => (
                  <tr key={`${one.feature} ${one.code}`}>
                    <td>{one.feature}</td>
                    <td>{whyOut(one, t)}</td>
                    <td>
                      {one.lonlat ? (
                        <button
                          type="button"
                          aria-label={`${t("showPlace")}: ${one.feature}`}
                          onClick={() =>
                            map?.easeTo({ center: one.lonlat as [number, number], zoom: 18, animate: !still() })
                          }
                        >
                          ◎
                        </button>
                      ) : null}
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </section>
        </>
      ) : null}
      {issues.length ? (
        <>
          <h3>
            {t("issuesWord")} ({(report.issues_count ?? issues.length).toLocaleString(locale)})
          </h3>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
          <section className="scroll" tabIndex={0} aria-label={t("issuesWord")} data-testid="import-issues">
            {issues.map((one) => (
              <p key={one.key}>
                {one.severity === "error" ? "⛔" : "⚠"} {one[language]}{" "}
                {one.place ? (
                  <button
                    type="button"
                    aria-label={`${t("showPlace")}: ${one[language]}`}
                    onClick={() => map?.easeTo({ center: one.place as [number, number], zoom: 19, animate: !still() })}
                  >
                    ◎
                  </button>
                ) : null}
              </p>
            ))}
          </section>
        </>
      ) : null}
      {looking && apply ? (
        <form
          onSubmit={(event) => {
            event.preventDefault();
            apply(
              because.trim(),
              document_.trim(),
              Object.fromEntries(warnings.map((one) => [one.key, reason.trim()])),
            );
          }}
        >
          {nothing ? <p className="muted">{t("nothingChanges")}</p> : null}
          <label className="line">
            {t("becauseWord")}
            <input
              data-testid="import-because"
              maxLength={300}
              required
              value={because}
              onChange={(event) => setBecause(event.currentTarget.value)}
            />
          </label>
          <label className="line">
            {t("documentNo")}
            <input maxLength={100} value={document_} onChange={(event) => setDocument(event.currentTarget.value)} />
          </label>
          {warnings.length ? (
            <label className="line">
              {t("reasonForAll")}
              <input
                data-testid="import-reason"
                maxLength={300}
                value={reason}
                onChange={(event) => setReason(event.currentTarget.value)}
              />
            </label>
          ) : null}
          {errors.length && !reviewed ? <p className="warn">⛔ {t("errorsBlock")}</p> : null}
          <button
            type="submit"
            className="primary"
            data-testid="import-apply"
            disabled={
              busy ||
              nothing ||
              !because.trim() ||
              (warnings.length > 0 && !reason.trim()) ||
              (errors.length > 0 && !reviewed)
            }
          >
            {reviewed ? t("applyToSet") : t("applyNow")}
          </button>
          {busy ? <progress aria-label={t("workingWords")} /> : null}
        </form>
      ) : null}
    </div>
  );
}
