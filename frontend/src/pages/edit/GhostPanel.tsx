/** What a deed would make: its areas against the legal ones and what the rules say, before anything is stored. */
import type { Edit } from "../../api/edits";
import { useSay } from "../../language/store";
import { type Ghosts, put, useDesk, type Walk } from "./desk";
import { acceptGhosts, isBlocked } from "./ghosts";
import { letGo } from "./hands";
import { IssueList } from "./IssuesPanel";

export function GhostPanel() {
  const { t, w } = useSay();
  const { ghosts, busy } = useDesk();
  if (!ghosts) return null;
  // Of a split or a merger, what is only changed are the neighbours.
  const changed = ghosts.edits.some((one) => one.op === "create")
    ? ghosts.edits.filter((one) => one.op === "update")
    : [];
  const blocked = isBlocked(ghosts);
  return (
    <section className="ghosts" data-testid="ghosts" aria-labelledby="ghosts-title">
      <h2 id="ghosts-title">
        {t(ghosts.title)} <span className="muted">{t("notStored")}</span>
      </h2>
      {ghosts.survivors ? (
        <div className="attribute">
          <label htmlFor="survivor">{t("survivor")}</label>
          <select
            id="survivor"
            data-testid="survivor"
            value={ghosts.survivors.keep}
            onChange={(event) => ghosts.survivors?.choose(event.currentTarget.value)}
          >
            {ghosts.survivors.choices.map((one) => (
              <option key={one.key} value={one.key}>
                {one.number}
              </option>
            ))}
          </select>
        </div>
      ) : null}
      {ghosts.areas.length ? <Areas ghosts={ghosts} /> : null}
      {ghosts.walk ? <WalkLine walk={ghosts.walk} /> : null}
      {changed.length ? (
        <p className="muted">
          {t("neighboursToo")} {changed.length}
        </p>
      ) : null}
      {ghosts.note ? <p className="muted">{w(ghosts.note)}</p> : null}
      <IssueList issues={ghosts.issues} reasons={false} />
      <div className="buttons">
        <button
          type="button"
          className="primary"
          data-testid="ghosts-accept"
          disabled={busy || blocked}
          onClick={acceptGhosts}
        >
          {t(ghosts.fix ? "takeFix" : "intoDraft")} <kbd>Enter</kbd>
        </button>
        <button type="button" data-testid="ghosts-drop" onClick={letGo}>
          {t("cancel")} <kbd>Esc</kbd>
        </button>
      </div>
    </section>
  );
}

function Areas({ ghosts }: { ghosts: Ghosts }) {
  const { t, language } = useSay();
  const locale = language === "en" ? "en-GB" : "vi-VN";
  const number = (value: number | null, digits: number): string =>
    value === null
      ? "—"
      : value.toLocaleString(locale, { minimumFractionDigits: digits, maximumFractionDigits: digits });
  return (
    <table className="areas">
      <thead>
        <tr>
          <th scope="col">{t("sheetAndParcel")}</th>
          <th scope="col">{t("measuredArea")}</th>
          <th scope="col">{t("legalArea")}</th>
          <th scope="col">{t("areaDifference")}</th>
        </tr>
      </thead>
      <tbody>
        {ghosts.before?.map((one) => (
          <tr key={`before ${one.number}`} className="muted" data-testid="ghost-before">
            <th scope="row">
              {one.number} {t("standsNow")}
            </th>
            <td>{number(one.measured_m2, 2)} m²</td>
            <td>{number(one.legal_m2, 2)} m²</td>
            <td>{one.difference_percent === null ? "—" : `${number(one.difference_percent, 2)} %`}</td>
          </tr>
        ))}
        {ghosts.areas.map((one, i) => (
          <tr key={one.number || i} data-testid="ghost-area">
            <th scope="row">
              <ParcelNumber ghosts={ghosts} at={i} number={one.number} />
            </th>
            <td>{number(one.measured_m2, 2)} m²</td>
            <td>{number(one.legal_m2, 2)} m²</td>
            <td>{one.difference_percent === null ? "—" : `${number(one.difference_percent, 2)} %`}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function WalkLine({ walk }: { walk: Walk }) {
  const { t, language } = useSay();
  const shown = (value: number, digits: number): string =>
    value.toLocaleString(language === "en" ? "en-GB" : "vi-VN", { maximumFractionDigits: digits });
  return (
    <p data-testid="walk">
      {t("walked")} {shown(walk.length_m, 2)} m
      {walk.misclosure_m === null
        ? ""
        : ` · ${t("misclosure")} ${shown(walk.misclosure_m, 3)} m${walk.one_in ? ` (1/${shown(walk.one_in, 0)})` : ""}`}
    </p>
  );
}

/** The parcel number that a new part gets may be changed before it is accepted. */
function ParcelNumber({ ghosts, at, number }: { ghosts: Ghosts; at: number; number: string }) {
  const { t } = useSay();
  const place = numbered(ghosts.edits, number);
  const edit = place < 0 ? undefined : ghosts.edits[place];
  if (edit?.op !== "create" || edit.properties?.parcel_no === undefined) return number;
  const [sheet] = number.split("/");
  return (
    <span className="parcel-number">
      {sheet}/
      <input
        aria-label={`${t("parcelNumber")} ${at + 1}`}
        inputMode="numeric"
        data-testid={`ghost-number-${at}`}
        value={String(edit.properties.parcel_no)}
        onChange={(event) => {
          const parcel_no = Number(event.currentTarget.value.replace(/\D/g, ""));
          const edits = ghosts.edits.map((one, i) =>
            i === place ? { ...one, properties: { ...one.properties, parcel_no } } : one,
          );
          const areas = ghosts.areas.map((one, i) => (i === at ? { ...one, number: `${sheet}/${parcel_no}` } : one));
          put({ ghosts: { ...ghosts, edits, areas } });
        }}
      />
    </span>
  );
}

const numbered = (edits: readonly Edit[], number: string): number =>
  edits.findIndex((one) => `${one.properties?.sheet_no}/${one.properties?.parcel_no}` === number);
