/** One made layer: its names, its fields, who sees and edits it, how it is drawn; everything is tried on the map before it is stored. */
import { useEffect, useMemo, useState } from "react";
import { get, send, wordsOf } from "../../../api/client";
import type { Words } from "../../../api/types";
import type { Key } from "../../../language/messages";
import { useSay } from "../../../language/store";
import { restyle } from "../../../map/restyle";
import { useNewest } from "../../../panels/useNewest";
import { desk } from "../desk";
import { goTo, reload, useShared } from "../panel";
import { choose } from "../picking";
import { asked as askedStyle, lacking, PLAIN, type Styling } from "./drawn";
import { FieldRows } from "./FieldRows";
import { asked, type Draft, faultOf, NEW_FIELD, plainName, TYPES } from "./field-list";
import { Kind } from "./Kind";
import { PermissionBox } from "./PermissionBox";
import { Remove } from "./Remove";
import { Styler } from "./Styler";
import { usePreview } from "./usePreview";

export interface Declared {
  slug: string;
  revision: number;
  title: Words;
  geometry: string;
  fields: {
    name: string;
    vi: string;
    en: string;
    type: Draft["type"];
    unit: string;
    required: boolean;
    choices?: ({ value: string | number } & Words)[] | null;
    see: string | null;
    edit: string | null;
  }[];
  label: string | null;
  see: string | null;
  edit: string;
  review: boolean;
  style: Partial<Omit<Styling, "breaks">> & { breaks?: number[] };
}
const GEOMETRIES: [string, Key][] = [
  ["Point", "kindPoint"],
  ["MultiLineString", "kindLine"],
  ["MultiPolygon", "kindArea"],
  ["Geometry", "kindMixed"],
];
const LACKS: Record<NonNullable<ReturnType<typeof lacking>>, Key> = {
  field: "styleNeedsField",
  classes: "styleNeedsClasses",
  rising: "styleMustRise",
};

const draftOf = (field: Declared["fields"][number]): Draft => ({
  name: field.name,
  vi: field.vi,
  en: field.en,
  type: field.type,
  unit: field.unit ?? "",
  required: field.required,
  choices: (field.choices ?? [])
    .map((one) => (one.vi === String(one.value) ? one.vi : `${one.value} = ${one.vi}`))
    .join("\n"),
  see: field.see ?? "",
  edit: field.edit ?? "",
  standing: true,
});

export function LayerForm({
  slug,
  close,
  made,
}: {
  slug: string | null;
  close: () => void;
  made: (slug: string) => void;
}) {
  const { t, language } = useSay();
  const { map, session } = useShared();
  const [standing, setStanding] = useState<Declared | null>(null);
  const [vi, setVi] = useState("");
  const [en, setEn] = useState("");
  const [name, setName] = useState<string | null>(null);
  const [geometry, setGeometry] = useState("Point");
  const [fields, setFields] = useState<Draft[]>([{ ...NEW_FIELD, vi: "Tên", en: "Name" }]);
  const [label, setLabel] = useState<string | null>(null);
  const [see, setSee] = useState("see_assets");
  const [edit, setEdit] = useState("edit_assets");
  const [review, setReview] = useState(false);
  const [style, setStyle] = useState<Styling>(PLAIN);
  const [words, setWords] = useState<{ text: string; bad: boolean } | null>(null);
  const [busy, setBusy] = useState(false);
  const permissions = session?.permissions ?? [];

  const take = (found: Declared): void => {
    setStanding(found);
    setVi(found.title.vi);
    setEn(found.title.en);
    setName(found.slug);
    setGeometry(found.geometry);
    setFields(found.fields.map(draftOf));
    setLabel(found.label);
    setSee(found.see ?? "");
    setEdit(found.edit);
    setReview(found.review);
    setStyle({ ...PLAIN, ...found.style });
  };
  const fail = (error: unknown): void => setWords({ text: wordsOf(error, language), bad: true });
  const read = useNewest();
  useEffect(() => {
    if (slug !== null) void read.ask(get<Declared>(`/api/layers/${slug}`), take, fail);
  }, [read, slug]);
  usePreview(
    map,
    standing ? slug : null,
    useMemo(() => ({ style, geometry }), [style, geometry]),
  );

  const faults = fields.map((field) => faultOf(field, fields));
  const lacks = lacking(style);
  const ready = vi.trim() !== "" && !faults.some(Boolean) && lacks === null && (slug === null || standing !== null);
  const wanted = {
    title: { vi: vi.trim(), en: en.trim() || vi.trim() },
    fields: fields.map(asked),
    label,
    see: see || null,
    edit,
    review,
    style: askedStyle(style),
  };
  const save = async (): Promise<void> => {
    if (!ready || busy) return;
    setBusy(true);
    setWords(null);
    try {
      const { body } =
        slug === null
          ? await send<Declared>("POST", "/api/layers", { ...wanted, slug: name ?? undefined, geometry })
          : await send<Declared>("PATCH", `/api/layers/${slug}`, wanted, { "If-Match": `"v${standing?.revision}"` });
      await reload();
      if (map) await restyle(map, body.slug);
      if (slug === null) made(body.slug);
      else {
        take(body);
        setWords({ text: t("layerStored"), bad: false });
      }
    } catch (error) {
      fail(error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <section className="wide make" data-testid="layer-form" data-slug={slug ?? ""} aria-labelledby="layer-form-title">
      <button type="button" data-testid="make-close" onClick={close}>
        ← {t("makeTitle")}
      </button>
      <h2 id="layer-form-title">{slug === null ? t("makeFromFields") : vi || slug}</h2>
      {words ? (
        <p role="alert" className={words.bad ? "words bad" : "words good"} data-testid="make-words">
          {words.bad ? "⚠" : "✓"} {words.text}
        </p>
      ) : null}
      {slug !== null && !standing ? (
        words ? null : (
          <progress aria-label={t("loadingWords")} />
        )
      ) : (
        <form
          noValidate
          onSubmit={(event) => {
            event.preventDefault();
            void save();
          }}
        >
          <div className="pair">
            <label className="line">
              {t("titleVi")}
              <input
                data-testid="make-title"
                maxLength={120}
                required
                value={vi}
                onChange={(event) => setVi(event.currentTarget.value)}
              />
            </label>
            <label className="line">
              {t("titleEn")}
              <input
                maxLength={120}
                value={en}
                placeholder={vi}
                onChange={(event) => setEn(event.currentTarget.value)}
              />
            </label>
          </div>
          {slug === null ? (
            <>
              <label className="line">
                {t("slugWord")}
                <input
                  data-testid="make-slug"
                  value={name ?? plainName(vi, "layer")}
                  maxLength={60}
                  spellCheck={false}
                  onChange={(event) => setName(event.currentTarget.value || null)}
                />
              </label>
              <fieldset>
                <legend>{t("whatIsDrawn")}</legend>
                <div className="cards">
                  {GEOMETRIES.map(([one, key]) => (
                    <label key={one} className={one === geometry ? "card on" : "card"}>
                      <input
                        type="radio"
                        name="geometry"
                        data-testid={`make-${one}`}
                        checked={one === geometry}
                        onChange={() => setGeometry(one)}
                      />
                      <Kind geometry={one} color={style.color} />
                      {t(key)}
                    </label>
                  ))}
                </div>
              </fieldset>
            </>
          ) : (
            <div className="buttons">
              <button
                type="button"
                data-testid="make-edit-rows"
                onClick={() => {
                  choose(slug);
                  if (desk().slug === slug) goTo("layers", { make: null });
                }}
              >
                ✎ {t("editItsFeatures")}
              </button>
              <button type="button" onClick={() => goTo("import", { import: null, layer: slug })}>
                ⇪ {t("fileIntoIt")}
              </button>
            </div>
          )}
          <FieldRows fields={fields} faults={faults} set={setFields} types={TYPES} permissions={permissions} />
          <label className="line">
            {t("labelField")}
            <select
              value={label ?? ""}
              onChange={(event) => setLabel(event.currentTarget.value || null)}
              data-testid="make-label"
            >
              <option value="">— {t("none")}</option>
              {fields.map((field) => {
                const is = asked(field).name as string;
                return (
                  <option key={is} value={is}>
                    {field.vi || is}
                  </option>
                );
              })}
            </select>
          </label>
          <div className="pair">
            <PermissionBox title="whoSees" verb="see" value={see} set={setSee} permissions={permissions} everybody />
            <PermissionBox title="whoEdits" verb="edit" value={edit} set={setEdit} permissions={permissions} />
          </div>
          <label className="tick-line">
            <input type="checkbox" checked={review} onChange={(event) => setReview(event.currentTarget.checked)} />
            {t("needsReview")}
          </label>
          <Styler slug={standing ? slug : null} fields={fields} geometry={geometry} style={style} set={setStyle} />
          {lacks ? <p className="warn">{t(LACKS[lacks])}</p> : null}
          <div className="buttons">
            <button type="submit" className="primary" data-testid="make-save" disabled={!ready || busy}>
              {slug === null ? t("makeIt") : t("storeLayer")}
            </button>
          </div>
          {busy ? <progress aria-label={t("workingWords")} /> : null}
        </form>
      )}
      {standing && slug ? (
        <Remove
          slug={slug}
          revision={standing.revision}
          gone={async () => {
            await reload();
            if (map) await restyle(map, slug);
            close();
          }}
        />
      ) : null}
    </section>
  );
}
