/** The layer editor: pick or draw, change, save against the version that was opened; nobody's work is overwritten unseen. */
import type { Feature, Geometry } from "geojson";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { ApiProblem, get, session as readSession, send, signOut, wordsOf } from "../../api/client";
import type { Catalogue, City, Layer, Session } from "../../api/types";
import { setLanguage, useSay } from "../../language/store";
import { closeStream, openStream, useLive } from "../../live/stream";
import { actsOn } from "../../panels/keys";
import { SignIn } from "../../panels/SignIn";
import { AttributeForm, type Boxes } from "./AttributeForm";
import { Conflict, SHAPE } from "./Conflict";
import { simpleOf } from "./draw";
import { History } from "./History";
import { useEditMap } from "./useEditMap";
import { changedOnly, clashes, faultsOf, fillable, fromBox, type Problems, toBox, type Values } from "./values";

type Versioned = Feature & { version?: number };
interface Target {
  fid: number | null;
  version: number;
  base: Values;
  geometry: Geometry | null;
}
const SAME_CLICK_MS = 500;
type Hand = "pick" | "draw" | "reshape";

/** The zoom from which anything of the layer is drawn. */
const seenFrom = (layer: Layer): number =>
  Math.max(layer.minzoom, Math.min(...layer.style.map((part) => Number(part.minzoom ?? 0))));

const boxesOf = (layer: Layer, values: Values): Boxes =>
  Object.fromEntries(layer.fields.map((field) => [field.name, toBox(values[field.name], field)]));

export function EditPage() {
  const { t, w, language } = useSay();
  const live = useLive();
  const [session, setSession] = useState<Session | null>(null);
  const [city, setCity] = useState<City | null>(null);
  const [catalogue, setCatalogue] = useState<Catalogue | null>(null);
  const [slug, setSlug] = useState<string | null>(new URLSearchParams(location.search).get("layer"));
  const [target, setTarget] = useState<Target | null>(null);
  const [boxes, setBoxes] = useState<Boxes>({});
  const [geometry, setGeometry] = useState<Geometry | null>(null);
  const [because, setBecause] = useState("");
  const [hand, setHand] = useState<Hand>("pick");
  const [tab, setTab] = useState<"form" | "history">("form");
  const [problems, setProblems] = useState<Problems>({});
  const [words, setWords] = useState<{ text: string; bad: boolean } | null>(null);
  const [quarrel, setQuarrel] = useState<Versioned | null>(null);
  const [removing, setRemoving] = useState(false);
  const [busy, setBusy] = useState(false);
  const layer = catalogue?.layers.find((one) => one.slug === slug && one.editable) ?? null;
  const editable = useMemo(() => catalogue?.layers.filter((one) => one.editable) ?? [], [catalogue]);
  const dirty =
    target !== null &&
    layer !== null &&
    (geometry !== null || JSON.stringify(boxes) !== JSON.stringify(boxesOf(layer, target.base)));
  const fail = (error: unknown): void => setWords({ text: wordsOf(error, language), bad: true });

  const load = useCallback(async () => {
    const now = await readSession();
    setSession(now);
    setCity(await get<City>("/api/city"));
    setCatalogue(await get<Catalogue>("/api/layers"));
  }, []);
  useEffect(() => {
    load().catch(fail);
  }, [load]);
  const user = session?.user?.id;
  useEffect(() => {
    if (user !== undefined) openStream();
    return closeStream;
  }, [user]);
  useEffect(() => {
    if (!slug && editable[0]) setSlug(editable[0].slug);
  }, [editable, slug]);
  useEffect(() => {
    const guard = (event: BeforeUnloadEvent) => {
      if (dirty) event.preventDefault();
    };
    addEventListener("beforeunload", guard);
    return () => removeEventListener("beforeunload", guard);
  }, [dirty]);

  const drawnAt_ms = useRef(0);
  const pick = (fid: number | null): void => {
    // The click that finished a drawing is not also a pick.
    if (!layer || Date.now() - drawnAt_ms.current < SAME_CLICK_MS) return;
    if (dirty) {
      setWords({ text: t("unsaved"), bad: true });
      return;
    }
    if (fid === null) {
      drop();
      return;
    }
    send<Versioned>("GET", `/api/layers/${layer.slug}/features/${fid}`).then(({ body }) => open(layer, body), fail);
  };
  const { box, pen, zoom } = useEditMap({
    city,
    user,
    catalogue,
    slug: layer?.slug ?? null,
    hidden: hand === "reshape" ? (target?.fid ?? null) : null,
    shown: {
      mine: hand === "reshape" ? null : (geometry ?? target?.geometry ?? null),
      theirs: quarrel?.geometry ?? null,
    },
    picking: hand === "pick" && quarrel === null,
    onPick: pick,
    onFail: fail,
  });

  const open = (of: Layer, feature: Versioned): void => {
    const base = (feature.properties ?? {}) as Values;
    setTarget({ fid: Number(feature.id), version: feature.version ?? 0, base, geometry: feature.geometry ?? null });
    setBoxes(boxesOf(of, base));
    setGeometry(null);
    setProblems({});
    setWords(null);
    setQuarrel(null);
    setRemoving(false);
    setHand("pick");
    setBecause("");
    pen?.clear();
  };
  const drop = (): void => {
    pen?.clear();
    setTarget(null);
    setGeometry(null);
    setQuarrel(null);
    setRemoving(false);
    setProblems({});
    setWords(null);
    setHand("pick");
  };
  const choose = (next: string): void => {
    if (dirty) {
      setWords({ text: t("unsaved"), bad: true });
      return;
    }
    drop();
    setSlug(next);
    const query = new URLSearchParams(location.search);
    query.set("layer", next);
    history.replaceState(null, "", `?${query}`);
  };
  const begin = (): void => {
    if (dirty) {
      setWords({ text: t("unsaved"), bad: true });
      return;
    }
    if (!layer || !pen) return;
    drop();
    setHand("draw");
    pen.begin(layer.geometry, (made) => {
      drawnAt_ms.current = Date.now();
      setTarget({ fid: null, version: 0, base: {}, geometry: null });
      setBoxes(boxesOf(layer, {}));
      setGeometry(made);
      setHand("pick");
      setTab("form");
    });
  };
  const reshape = (): void => {
    const shape = geometry ?? target?.geometry;
    if (!layer || !pen || !target || !shape) return;
    if (pen.open(layer.geometry, shape, setGeometry)) setHand("reshape");
    else setWords({ text: t("cannotDraw"), bad: true });
  };
  const settle = (keep: boolean): void => {
    pen?.clear();
    setHand("pick");
    if (!keep) setGeometry(null);
  };

  /** The form's values, or null with every fault beside its box. */
  const read = (of: Layer): Values | null => {
    const found: Values = {};
    const faults: Problems = {};
    const isNew = target?.fid === null;
    for (const field of of.fields.filter((one) => fillable(one, isNew))) {
      const meant = fromBox(boxes[field.name] ?? "", field);
      if ("problem" in meant) faults[field.name] = meant.problem;
      else if (!isNew || (meant.value !== null && meant.value !== "")) found[field.name] = meant.value;
    }
    setProblems(faults);
    return Object.keys(faults).length ? null : found;
  };
  const refused = (error: unknown): void => {
    if (!(error instanceof ApiProblem)) {
      fail(error);
      return;
    }
    if (error.body.status === 412 && error.body.theirs) {
      setQuarrel(error.body.theirs as Versioned);
      return;
    }
    setProblems(faultsOf(error.body));
    fail(error);
  };
  const save = (): void => {
    if (!layer || !target || !dirty || busy || quarrel) return;
    pen?.clear();
    setHand("pick");
    const values = read(layer);
    if (!values) return;
    if (target.fid === null && !geometry) {
      setWords({ text: t("drawFirst"), bad: true });
      return;
    }
    const properties = changedOnly(target.base, values);
    write(layer, target.fid, target.version, {
      ...(target.fid === null || Object.keys(properties).length ? { properties } : {}),
      ...(geometry ? { geometry } : {}),
    });
  };
  const write = (of: Layer, fid: number | null, version: number, change: object): void => {
    setBusy(true);
    setWords(null);
    const body = { ...change, ...(because.trim() ? { because: because.trim() } : {}) };
    const path = `/api/layers/${of.slug}/features`;
    (fid === null
      ? send<Versioned>("POST", path, body)
      : send<Versioned>("PATCH", `${path}/${fid}`, body, { "If-Match": `"v${version}"` })
    )
      .then(({ body: saved }) => {
        open(of, saved);
        setWords({ text: `${t("saved")} ${saved.version ?? ""}`, bad: false });
      }, refused)
      .finally(() => setBusy(false));
  };
  const resolve = (chosen: Record<string, "mine" | "theirs">): void => {
    if (!layer || !target?.fid || !quarrel) return;
    const theirs = (quarrel.properties ?? {}) as Values;
    const mine = read(layer) ?? {};
    const properties = changedOnly(
      theirs,
      Object.fromEntries(
        Object.entries(mine).map(([name, value]) => [name, chosen[name] === "mine" ? value : theirs[name]]),
      ),
    );
    const shape = chosen[SHAPE] === "mine" ? geometry : null;
    const standing = quarrel;
    if (!shape && !Object.keys(properties).length) {
      open(layer, standing);
      return;
    }
    setQuarrel(null);
    write(layer, target.fid, standing.version ?? 0, {
      ...(Object.keys(properties).length ? { properties } : {}),
      ...(shape ? { geometry: shape } : {}),
    });
  };
  const remove = (): void => {
    if (!layer || !target?.fid || busy) return;
    setBusy(true);
    send(
      "DELETE",
      `/api/layers/${layer.slug}/features/${target.fid}`,
      because.trim() ? { because: because.trim() } : {},
      {
        "If-Match": `"v${target.version}"`,
      },
    )
      .then(() => {
        drop();
        setWords({ text: t("removed"), bad: false });
      }, refused)
      .finally(() => setBusy(false));
  };

  const press = (event: KeyboardEvent): void => {
    if (event.isComposing || event.keyCode === 229 || event.key === "Process") return;
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "s") {
      event.preventDefault();
      save();
      return;
    }
    if (event.key === "Escape") {
      if (hand === "reshape") settle(false);
      else if (hand === "draw") drop();
      else if (removing) setRemoving(false);
      else if (!dirty && !quarrel) drop();
      return;
    }
    if (!actsOn(event) || !layer) return;
    const key = event.key.toLowerCase();
    const drawn = simpleOf(layer.geometry);
    if (key === "e" && target && hand === "pick") reshape();
    if (key === { Point: "1", LineString: "2", Polygon: "3" }[drawn ?? "Point"] && drawn && hand === "pick") begin();
  };
  const pressing = useRef(press);
  pressing.current = press;
  useEffect(() => {
    const on = (event: KeyboardEvent) => pressing.current(event);
    addEventListener("keydown", on);
    return () => removeEventListener("keydown", on);
  }, []);

  if (session && !session.authenticated)
    return (
      <main className="edit-door">
        <SignIn done={() => void load().catch(fail)} />
      </main>
    );
  const drawn = layer ? simpleOf(layer.geometry) : null;
  const rows = (): ReturnType<typeof clashes> => {
    if (!quarrel || !layer || !target) return [];
    const names = layer.fields.filter((one) => one.editable).map((one) => one.name);
    const mine: Values = {};
    for (const field of layer.fields.filter((one) => one.editable)) {
      const meant = fromBox(boxes[field.name] ?? "", field);
      if ("value" in meant) mine[field.name] = meant.value;
    }
    const theirs = (quarrel.properties ?? {}) as Values;
    return [
      // Base is the copy that was opened here, whatever else the server remembers.
      ...clashes(names, target.base, mine, theirs),
      ...clashes(
        [SHAPE],
        { [SHAPE]: target.geometry },
        { [SHAPE]: geometry ?? target.geometry },
        { [SHAPE]: quarrel.geometry },
      ),
    ];
  };
  return (
    <div className="edit" data-testid="edit">
      <header className="edit-bar">
        <b>{city ? w(city.name) : "NBIOC"}</b>
        <span>{t("editTitle")}</span>
        {city?.demo ? <span className="demo">{t("simulated")}</span> : null}
        <span className="grow" />
        <span data-testid="connection" data-state={live.connection}>
          {live.connection === "live" ? "●" : "◆"} {t(live.connection)}
        </span>
        <button type="button" data-testid="language" onClick={() => setLanguage(language === "vi" ? "en" : "vi")}>
          {language === "vi" ? "EN" : "VI"}
        </button>
        {session?.user ? (
          <button
            type="button"
            data-testid="sign-out"
            onClick={() =>
              void signOut().then((next) => {
                drop();
                setSession(next);
              }, fail)
            }
          >
            {session.user.display_name} · {t("signOut")}
          </button>
        ) : null}
      </header>
      <aside className="edit-layers" data-testid="edit-layers">
        <h2>{t("chooseLayer")}</h2>
        {catalogue && !editable.length ? <p role="alert">{t("noEditable")}</p> : null}
        {editable.map((one) => (
          <label key={one.slug} className={one.slug === slug ? "on" : ""}>
            <input
              type="radio"
              name="layer"
              data-testid={`edit-layer-${one.slug}`}
              checked={one.slug === slug}
              onChange={() => choose(one.slug)}
            />
            {w(one.title)}
          </label>
        ))}
        {layer && drawn ? (
          <button type="button" className="primary" data-testid="draw" disabled={hand !== "pick"} onClick={begin}>
            {t("drawNew")} ({{ Point: "1", LineString: "2", Polygon: "3" }[drawn]})
          </button>
        ) : null}
        <p className="muted" data-testid="hint">
          {layer && zoom !== null && zoom < seenFrom(layer) ? `${t("zoomIn")} ` : ""}
          {hand === "draw" ? t("drawHint") : hand === "reshape" ? t("reshapeHint") : layer ? t("pickHint") : ""}
        </p>
      </aside>
      <main className="edit-map">
        <div ref={box} data-testid="map" data-hand={hand} />
      </main>
      <aside className="edit-side">
        {words ? (
          <p role="alert" className={words.bad ? "words bad" : "words good"} data-testid="edit-words">
            {words.bad ? "⚠" : "✓"} {words.text}
          </p>
        ) : null}
        {quarrel && layer ? (
          <Conflict
            layer={layer}
            rows={rows()}
            resolve={resolve}
            take={() => open(layer, quarrel)}
            back={() => setQuarrel(null)}
          />
        ) : null}
        {target && layer && !quarrel ? (
          <section data-testid="target" data-fid={target.fid ?? "new"} data-version={target.version}>
            <h2>
              {w(layer.title)}{" "}
              <span className="muted">
                {target.fid === null ? t("newFeature") : `#${target.fid} · v${target.version}`}
              </span>
              {dirty ? <span className="warn"> ● {t("unsaved")}</span> : null}
            </h2>
            {target.fid === null ? null : (
              <div className="tabs">
                {(["form", "history"] as const).map((one) => (
                  <button
                    type="button"
                    key={one}
                    data-testid={`edit-tab-${one}`}
                    aria-current={tab === one}
                    onClick={() => setTab(one)}
                  >
                    {t(one === "form" ? "attributes" : "historyTab")}
                  </button>
                ))}
              </div>
            )}
            {tab === "history" && target.fid !== null ? (
              <History layer={layer} fid={target.fid} version={target.version} />
            ) : (
              <form
                noValidate
                onSubmit={(event) => {
                  event.preventDefault();
                  save();
                }}
              >
                <div className="buttons">
                  {hand === "reshape" ? (
                    <>
                      <button type="button" className="primary" data-testid="shape-done" onClick={() => settle(true)}>
                        {t("shapeDone")}
                      </button>
                      <button type="button" data-testid="shape-back" onClick={() => settle(false)}>
                        {t("shapeBack")}
                      </button>
                    </>
                  ) : (
                    <button type="button" data-testid="reshape" onClick={reshape}>
                      {t("reshape")}
                      {geometry && target.fid !== null ? " ●" : ""}
                    </button>
                  )}
                </div>
                {problems.geometry ? (
                  <p role="alert" data-testid="fault-geometry">
                    ⚠ {w(problems.geometry)}
                  </p>
                ) : null}
                <AttributeForm
                  layer={layer}
                  isNew={target.fid === null}
                  values={target.base}
                  boxes={boxes}
                  problems={problems}
                  set={(name, value) => setBoxes((was) => ({ ...was, [name]: value }))}
                />
                <div className="attribute">
                  <label htmlFor="because">{t("because")}</label>
                  <input
                    id="because"
                    data-testid="because"
                    maxLength={300}
                    value={because}
                    onChange={(event) => setBecause(event.currentTarget.value)}
                  />
                </div>
                <div className="buttons">
                  <button type="submit" className="primary" data-testid="save" disabled={busy || !dirty}>
                    {t(target.fid === null ? "create" : "save")}
                  </button>
                  <button
                    type="button"
                    data-testid="discard"
                    onClick={() =>
                      target.fid === null
                        ? drop()
                        : open(layer, {
                            type: "Feature",
                            id: target.fid,
                            version: target.version,
                            properties: target.base,
                            geometry: target.geometry as Geometry,
                          })
                    }
                    disabled={!dirty}
                  >
                    {t("discard")}
                  </button>
                  {target.fid === null ? null : (
                    <button type="button" data-testid="remove" disabled={busy} onClick={() => setRemoving(true)}>
                      {t("remove")}
                    </button>
                  )}
                </div>
                {removing ? (
                  <div className="buttons danger" role="alert">
                    <button type="button" data-testid="remove-really" disabled={busy} onClick={remove}>
                      ⚠ {t("removeReally")}
                    </button>
                    <button type="button" onClick={() => setRemoving(false)}>
                      {t("cancel")}
                    </button>
                  </div>
                ) : null}
              </form>
            )}
          </section>
        ) : null}
      </aside>
    </div>
  );
}
