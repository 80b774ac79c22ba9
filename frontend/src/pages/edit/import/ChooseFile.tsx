/** The beginning: a file is dropped or chosen, and where it should go is said. */
import { useRef, useState } from "react";
import type { Catalogue } from "../../../api/types";
import { useSay } from "../../../language/store";

export function ChooseFile({
  catalogue,
  layer,
  setLayer,
  sending,
  begin,
  stop,
}: {
  catalogue: Catalogue | null;
  layer: string;
  setLayer: (slug: string) => void;
  sending: number | null;
  begin: (file: File, asked: Readonly<Record<string, string>>) => void;
  stop: () => void;
}) {
  const { t, w } = useSay();
  const [over, setOver] = useState(false);
  const [title, setTitle] = useState("");
  const input = useRef<HTMLInputElement>(null);
  const takers = catalogue?.layers.filter((one) => one.may?.includes("import") ?? one.editable) ?? [];
  const known = takers.some((one) => one.slug === layer) ? layer : "";
  const take = (file: File | undefined): void => {
    if (!file) return;
    begin(file, known ? { layer: known } : title.trim() ? { title: title.trim() } : {});
  };
  if (sending !== null)
    return (
      <div role="status" data-testid="import-sending">
        <p>
          {t("sendingFile")} {Math.round(sending * 100)} %
        </p>
        <progress value={sending} max={1} aria-label={t("sendingFile")} />
        <div className="buttons">
          <button type="button" onClick={stop}>
            ✕ {t("cancelImport")}
          </button>
        </div>
      </div>
    );
  return (
    <>
      <label className="line">
        {t("intoLayer")}
        <select data-testid="import-layer" value={known} onChange={(event) => setLayer(event.currentTarget.value)}>
          <option value="">+ {t("aNewLayer")}</option>
          {takers.map((one) => (
            <option key={one.slug} value={one.slug}>
              {w(one.title)}
            </option>
          ))}
        </select>
      </label>
      {known ? null : (
        <label className="line">
          {t("newLayerTitle")}
          <input
            data-testid="import-title-box"
            maxLength={120}
            value={title}
            onChange={(event) => setTitle(event.currentTarget.value)}
          />
        </label>
      )}
      <button
        type="button"
        className={over ? "drop over" : "drop"}
        data-testid="import-drop"
        onClick={() => input.current?.click()}
        onDragOver={(event) => {
          event.preventDefault();
          setOver(true);
        }}
        onDragLeave={() => setOver(false)}
        onDrop={(event) => {
          event.preventDefault();
          setOver(false);
          take(event.dataTransfer.files[0]);
        }}
      >
        <span aria-hidden="true">⇪</span>
        <b>{t("dropFile")}</b>
        <span className="muted">
          GeoJSON · GeoPackage · Shapefile (.zip) · KML/KMZ · GPX · DXF · GML · CSV · XLSX · FlatGeobuf · GeoParquet ·
          TAB · DGN V7
        </span>
      </button>
      <input
        ref={input}
        type="file"
        className="unseen"
        data-testid="import-file"
        aria-label={t("dropFile")}
        tabIndex={-1}
        onChange={(event) => {
          take(event.currentTarget.files?.[0]);
          event.currentTarget.value = "";
        }}
      />
      <p className="muted">{t("nothingYet")}</p>
    </>
  );
}
