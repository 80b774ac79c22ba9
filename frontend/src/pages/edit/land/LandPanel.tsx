/** What the land tools ask by numbers: subdivide by area or into parts along a bearing, and a survey by bearing and distance (COGO) in VN-2000. */
import { useState } from "react";
import { readCourses, readNumber } from "../../../geometry/courses";
import { useSay } from "../../../language/store";
import { useDesk, useLayer } from "../desk";
import { adjust, merge, parcelsInHand, split, subdivide, traverse } from "./land";

export function LandPanel() {
  const { t } = useSay();
  useDesk();
  const parcels = parcelsInHand();
  return (
    <section data-testid="land" aria-labelledby="land-title">
      <h2 id="land-title">{t("landTitle")}</h2>
      <p className="mirror" data-testid="land-mirror">
        {t("landMirror")}
      </p>
      <p className="muted">
        {parcels.length
          ? `${t("inHand")}: ${parcels.map((one) => one.properties?.number ?? one.id).join(", ")}`
          : t("landHow")}
      </p>
      <div className="buttons">
        <button type="button" data-testid="land-split" disabled={parcels.length !== 1} onClick={split}>
          {t("deedSplit")} <kbd>X</kbd>
        </button>
        <button type="button" data-testid="land-merge" disabled={parcels.length < 2} onClick={() => merge()}>
          {t("deedMerge")} <kbd>M</kbd>
        </button>
        <button type="button" data-testid="land-adjust" disabled={parcels.length !== 2} onClick={adjust}>
          {t("deedAdjust")}
        </button>
      </div>
      <Subdivide able={parcels.length === 1} />
      <Traverse into={parcels.length === 1} />
    </section>
  );
}

function Subdivide({ able }: { able: boolean }) {
  const { t } = useSay();
  const [by, setBy] = useState<"area_m2" | "parts">("parts");
  const [amount, setAmount] = useState("2");
  const [bearing, setBearing] = useState("0");
  const [wanted, bearing_deg] = [readNumber(amount), readNumber(bearing)];
  const good = wanted !== null && bearing_deg !== null && wanted > 0 && (by === "area_m2" || wanted >= 2);
  return (
    <form
      className="land-form"
      onSubmit={(event) => {
        event.preventDefault();
        if (good) subdivide(by === "parts" ? { parts: Math.round(wanted) } : { area_m2: wanted }, bearing_deg);
      }}
    >
      <h3>{t("deedSubdivide")}</h3>
      <div className="attribute">
        <label htmlFor="subdivide-by">{t("subdivideBy")}</label>
        <select
          id="subdivide-by"
          value={by}
          data-testid="subdivide-by"
          onChange={(event) => setBy(event.currentTarget.value as "area_m2" | "parts")}
        >
          <option value="parts">{t("byParts")}</option>
          <option value="area_m2">{t("byArea")}</option>
        </select>
      </div>
      <div className="attribute">
        <label htmlFor="subdivide-amount">{t(by === "parts" ? "partsCount" : "areaOfPart")}</label>
        <input
          id="subdivide-amount"
          inputMode="decimal"
          data-testid="subdivide-amount"
          value={amount}
          onChange={(event) => setAmount(event.currentTarget.value)}
        />
      </div>
      <div className="attribute">
        <label htmlFor="subdivide-bearing">{t("bearingOfCut")}</label>
        <input
          id="subdivide-bearing"
          inputMode="decimal"
          data-testid="subdivide-bearing"
          value={bearing}
          onChange={(event) => setBearing(event.currentTarget.value)}
        />
      </div>
      <button type="submit" data-testid="subdivide" disabled={!able || !good}>
        {t("showParts")}
      </button>
    </form>
  );
}

function Traverse({ into }: { into: boolean }) {
  const { t, w } = useSay();
  const [north, setNorth] = useState("");
  const [east, setEast] = useState("");
  const [text, setText] = useState("");
  const [x_north, y_east, courses] = [readNumber(north), readNumber(east), readCourses(text)];
  const use = useLayer()?.fields.find((one) => one.name === "land_use");
  const [landUse, setLandUse] = useState("");
  const good =
    x_north !== null &&
    y_east !== null &&
    courses !== null &&
    courses.length > (into ? 0 : 1) &&
    (into || !use?.required || landUse !== "");
  return (
    <form
      className="land-form"
      onSubmit={(event) => {
        event.preventDefault();
        if (good) traverse({ x_north, y_east }, courses, landUse && !into ? { land_use: landUse } : {});
      }}
    >
      <h3>{t("deedTraverse")}</h3>
      <p className="muted">{t(into ? "traverseInto" : "traverseNew")}</p>
      <div className="attribute">
        <label htmlFor="traverse-x">{t("xNorth")} (m)</label>
        <input
          id="traverse-x"
          inputMode="decimal"
          data-testid="traverse-x"
          value={north}
          onChange={(event) => setNorth(event.currentTarget.value)}
        />
      </div>
      <div className="attribute">
        <label htmlFor="traverse-y">{t("yEast")} (m)</label>
        <input
          id="traverse-y"
          inputMode="decimal"
          data-testid="traverse-y"
          value={east}
          onChange={(event) => setEast(event.currentTarget.value)}
        />
      </div>
      <div className="attribute">
        <label htmlFor="traverse-courses">{t("courses")}</label>
        <textarea
          id="traverse-courses"
          rows={5}
          data-testid="traverse-courses"
          placeholder={"90 20,00\n180°30'15\" 12,5"}
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
        />
      </div>
      {into || !use?.choices ? null : (
        <div className="attribute">
          <label htmlFor="traverse-use">{w(use.title)}</label>
          <select
            id="traverse-use"
            data-testid="traverse-use"
            value={landUse}
            onChange={(event) => setLandUse(event.currentTarget.value)}
          >
            <option value="">— {t("choose")}</option>
            {use.choices.map((one) => (
              <option key={String(one.value)} value={String(one.value)}>
                {w(one)}
              </option>
            ))}
          </select>
        </div>
      )}
      {text.trim() && !courses ? <p role="alert">⚠ {t("coursesWrong")}</p> : null}
      <button type="submit" data-testid="traverse" disabled={!good}>
        {t("showTraverse")}
      </button>
    </form>
  );
}
