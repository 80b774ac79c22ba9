/** The operator's screen: queue, map and case in hand, held together by one selection. */
import { notifications } from "@mantine/notifications";
import { useEffect, useRef, useState } from "react";
import { post, wordsOf } from "../../api/client";
import type { Assignment, Candidate, City, Incident, IncidentDetail } from "../../api/types";
import { useSay } from "../../language/store";
import { useLive } from "../../live/stream";
import { readAddress, writeAddress } from "../../map/url";
import { age } from "../../panels/age";
import { soundAlarm } from "../../panels/alarm";
import { actsOn, singleKeysOn } from "../../panels/keys";
import { SignIn } from "../../panels/SignIn";
import { UndoBar } from "../../panels/UndoBar";
import { commitAll, offer, undoNewest } from "../../panels/undo";
import { CaseList, type Tab } from "./CaseList";
import { Detail } from "./Detail";
import { NewReport, type Report } from "./Forms";
import { Help } from "./Help";
import { type Clicked, Inspect } from "./Inspect";
import { Heat, LayerTree } from "./MapTools";
import { type Panels, TopBar } from "./TopBar";
import { UnitBoard } from "./UnitBoard";
import { useMap } from "./useMap";
import { useOperations } from "./useOperations";
import type { Body } from "./VerbBar";
import { VERBS, type Verb } from "./verbs";

const UNDO_S = 5;
const STEP_UNDO_S = 10;
const AT_ONCE = 5;
const ANNOUNCED_FROM = 4;
// Enter pressed before the candidates are there counts this long; later it would send a unit nobody looked at.
const TYPE_AHEAD_MS = 3000;
const STALE_S = 10;
const GREY_S = 60;
const first = readAddress(location.search);
const CLOSED: Panels = { layers: false, heat: false, units: false, help: false, report: false };

export function Operator() {
  const { t, language } = useSay();
  const [tab, setTab] = useState<Tab>("new");
  const [selected, setSelected] = useState<number | null>(first.sel);
  const [chosen, setChosen] = useState<number | null>(null);
  const [armed, setArmed] = useState<number | null>(null);
  const [asking, setAsking] = useState<Verb | null>(null);
  const [leaving, setLeaving] = useState<ReadonlySet<number>>(new Set());
  const [panels, setPanels] = useState<Panels>(CLOSED);
  const [shown, setShown] = useState<Set<string> | null>(null);
  const [now_ms, setNow] = useState(Date.now());
  const [clicked, setClicked] = useState<Clicked | null>(null);
  const [words, setWords] = useState("");
  const [staleToo, setStaleToo] = useState(false);
  const [keysOn, setKeysOn] = useState(singleKeysOn());
  const searchBox = useRef<HTMLInputElement>(null);
  const eager_ms = useRef(0);
  const verifying = useRef<number | null>(null);
  const live = useLive();
  const ops = useOperations(tab, selected, staleToo);
  const { client, may, cases, city, catalogue, item, dispatchable } = ops;
  const candidates = ops.candidates && {
    ...ops.candidates,
    candidates: ops.candidates.candidates.filter((one) => !leaving.has(one.responder.id)),
  };
  const picked = candidates?.candidates.find((one) => one.responder.id === chosen);
  const flip = (part: keyof Panels) => setPanels((was) => ({ ...was, [part]: !was[part] }));
  const tell = (error: unknown): void => void notifications.show({ color: "red", message: wordsOf(error, language) });
  const select = (id: number) => {
    setSelected(id);
    setAsking(null);
    setClicked(null);
  };
  const { box, map } = useMap({
    city,
    user: ops.session ? (ops.session.user?.id ?? 0) : undefined,
    first,
    catalogue,
    shown,
    cases,
    open: ops.open?.items,
    units: ops.units,
    candidates: dispatchable ? candidates?.candidates : undefined,
    chosen,
    selected,
    place: item,
    tick: Math.floor(now_ms / 10_000),
    onCase: select,
    onPlace: setClicked,
    onFail: (error) => notifications.show({ color: "red", message: `${t("mapFailed")}: ${String(error)}` }),
  });

  useEffect(() => {
    const id = setInterval(() => setNow(Date.now()), 1000);
    addEventListener("pagehide", commitAll);
    return () => {
      clearInterval(id);
      removeEventListener("pagehide", commitAll);
    };
  }, []);
  useEffect(() => {
    if (catalogue && shown === null)
      setShown(new Set(first.layers ?? catalogue.layers.filter((one) => one.visible).map((one) => one.slug)));
  }, [catalogue, shown]);
  useEffect(() => {
    history.replaceState(null, "", writeAddress(location.search, { sel: selected }));
    setArmed(null);
    setChosen(null);
    setStaleToo(false);
    eager_ms.current = 0;
  }, [selected]);
  const ranked = candidates?.candidates.map((one) => one.responder.id).join();
  useEffect(() => {
    if (!candidates) return;
    // The choice stays while its unit is in the list; a choice that vanished under an armed dispatch disarms it.
    if (picked) return;
    setChosen(recommended(candidates.candidates)?.responder.id ?? null);
    if (chosen !== null && armed !== null) {
      setArmed(null);
      notifications.show({ message: t("notSent") });
    }
  }, [ranked, selected, chosen]);
  useEffect(() => {
    // Type-ahead sends nobody who lacks the equipment: that takes a look and a second Enter.
    if (picked && picked.fits !== false && armed === selected && Date.now() - eager_ms.current < TYPE_AHEAD_MS)
      dispatch();
  }, [picked?.responder.id, armed]);
  const unheard = ops.open?.items.some((one) => !one.acknowledged_at && one.status === "new") ?? false;
  const takes = may("handle_cases");
  useEffect(() => {
    soundAlarm(unheard && takes);
    return () => soundAlarm(false);
  }, [unheard, takes]);

  const took = (detail: IncidentDetail): IncidentDetail => {
    client.setQueryData(["case", detail.id], detail);
    for (const key of ["queue", "units", "candidates"]) void client.invalidateQueries({ queryKey: [key] });
    return detail;
  };
  const act = (verb: string, body: Body = {}): void => {
    if (selected === null) return;
    const id = selected;
    if (verb === "verify") verifying.current = id;
    post<IncidentDetail>(`/api/incidents/${id}/${verb}`, body)
      .then((detail) => {
        took(detail);
        setAsking(null);
      }, tell)
      .finally(() => {
        if (verb === "verify") verifying.current = null;
      });
  };
  const leave = (unit: number, going: boolean) =>
    setLeaving((was) => {
      const next = new Set(was);
      if (going) next.add(unit);
      else next.delete(unit);
      return next;
    });
  const dispatch = (): void => {
    if (!item || !picked) return;
    const unit = picked.responder;
    const asks = unit.authority === "requested";
    const label = `${unit.code} → ${item.code}`;
    eager_ms.current = 0;
    setArmed(null);
    leave(unit.id, true);
    const send = () =>
      post<IncidentDetail>(`/api/incidents/${item.id}/dispatch`, { responders: [unit.id] })
        .then(took)
        .finally(() => leave(unit.id, false));
    if (item.severity < AT_ONCE) {
      offer({
        words: `${t(asks ? "asking" : "sending")} ${label}`,
        seconds: UNDO_S,
        commit: () => void send().catch(tell),
        undo: () => leave(unit.id, false),
      });
      return;
    }
    send().then((detail) => {
      const made = detail.assignments.filter((one) => one.responder.id === unit.id).at(-1);
      if (made)
        offer({
          words: `${t(asks ? "asked" : "sent")} ${label}`,
          seconds: UNDO_S,
          undo: () =>
            void post<IncidentDetail>(`/api/assignments/${made.id}/cancel`, { reason: t("undo") }).then(took, tell),
        });
    }, tell);
  };
  const step = (assignment: Assignment, verb: string, reason?: string): void => {
    post<IncidentDetail>(`/api/assignments/${assignment.id}/${verb}`, reason ? { reason } : {}).then((detail) => {
      took(detail);
      if (!reason)
        offer({
          words: `${assignment.responder.code}: ${t(verb as never)}`,
          seconds: STEP_UNDO_S,
          undo: () => void post<IncidentDetail>(`/api/assignments/${assignment.id}/undo`).then(took, tell),
        });
    }, tell);
  };
  const report = (body: Report): Promise<void> => {
    const at = map?.getCenter();
    if (!at) return Promise.resolve();
    return post<IncidentDetail>("/api/incidents", { ...body, lon: at.lng, lat: at.lat, place_source: "map" }).then(
      (made) => {
        setPanels((was) => ({ ...was, report: false }));
        took(made);
        select(made.id);
      },
      tell,
    );
  };

  const items = ops.queue?.items ?? [];
  const press = (event: KeyboardEvent): void => {
    // Telex and VNI: what an input method is composing belongs to it, Escape and Enter too.
    if (event.isComposing || event.keyCode === 229 || event.key === "Process") return;
    if (event.key === "Escape") {
      if (asking) setAsking(null);
      else if (armed !== null) setArmed(null);
      else if (words) setWords("");
      else if (clicked) setClicked(null);
      else setPanels(CLOSED);
      return;
    }
    if (!actsOn(event) || panels.report || panels.help) return;
    if (event.key === "Enter" && armed !== null && armed === selected) {
      event.preventDefault();
      if (picked) dispatch();
      else eager_ms.current = Date.now();
      return;
    }
    if (!keysOn) return;
    const go = (by: number) => {
      const next = items[Math.min(items.length - 1, Math.max(0, items.findIndex((one) => one.id === selected) + by))];
      if (next) select(next.id);
    };
    const keys: Record<string, () => unknown> = {
      j: () => go(1),
      k: () => go(-1),
      g: () => {
        const worst = [...(ops.open?.items ?? [])]
          .filter((one) => ["new", "verifying", "verified", "reopened"].includes(one.status))
          .sort((a, b) => b.severity - a.severity || a.reported_at.localeCompare(b.reported_at))[0];
        if (worst) select(worst.id);
      },
      d: () => {
        // Before the candidates are there too: the next Enter then waits for them.
        if (selected !== null && may("dispatch_units") && (!item || dispatchable || verifying.current === selected))
          setArmed(selected);
      },
      n: () => may("handle_cases") && flip("report"),
      "/": () => searchBox.current?.focus(),
      u: () => flip("units"),
      h: () => flip("heat"),
      l: () => flip("layers"),
      f: () => city && map?.fitBounds(extentOf(city.view)),
      z: undoNewest,
      "?": () => flip("help"),
    };
    for (const one of VERBS)
      if (one.key)
        keys[one.key] = () => {
          if (selected === null) return;
          const listed = ops.open?.items.find((each) => each.id === selected);
          // Not read yet: what the list knows; read: only what is allowed.
          if (item ? !item.allowed.includes(one.verb) : alreadyDone(one.verb, listed)) return;
          if (one.ask) setAsking(one);
          else act(one.verb);
        };
    for (const i of [1, 2, 3])
      keys[String(i)] = () => {
        const one = candidates?.candidates[i - 1];
        if (one) setChosen(one.responder.id);
      };
    const verb = keys[event.key.toLowerCase()];
    if (verb) {
      event.preventDefault();
      verb();
    }
  };
  const pressing = useRef(press);
  pressing.current = press;
  useEffect(() => {
    const on = (event: KeyboardEvent) => pressing.current(event);
    addEventListener("keydown", on);
    return () => removeEventListener("keydown", on);
  }, []);

  const stale_s = (now_ms - live.lastAt_ms) / 1000;
  const centre = map?.getCenter() ?? { lng: 0, lat: 0 };
  return (
    <div
      className={cases ? "page" : "page guest"}
      data-testid="operator"
      data-stale={stale_s > GREY_S ? "grey" : stale_s > STALE_S ? "amber" : "no"}
    >
      <TopBar
        city={city}
        session={ops.session}
        cases={cases}
        may={may}
        bySeverity={ops.open?.by_severity}
        panels={panels}
        flip={flip}
        now_ms={now_ms}
        searchBox={searchBox}
        words={words}
        setWords={setWords}
        signedOut={(next) => {
          client.clear();
          client.setQueryData(["session"], next);
          setSelected(null);
        }}
        tell={tell}
        found={(one) => {
          if (one.bbox) map?.fitBounds(one.bbox, { maxZoom: 17 });
          else map?.easeTo({ center: [one.lon, one.lat], zoom: 17 });
          if (one.layer === "incidents") select(one.fid);
          else if (one.layer) setClicked({ slug: one.layer, fid: one.fid, tile: {}, lon: one.lon, lat: one.lat });
        }}
      />
      <aside className="side" data-testid="queue">
        {cases ? (
          <CaseList
            city={city}
            queue={ops.queue}
            tab={tab}
            setTab={setTab}
            selected={selected}
            select={select}
            now_ms={now_ms}
          />
        ) : null}
      </aside>
      <main className="centre">
        <div className="map" ref={box} data-testid="map" />
        {stale_s > STALE_S ? (
          <div className="stale-bar" data-testid="stale-bar" role="alert">
            ⚠ {t("staleData")} {age(stale_s)} · {t("staleWords")}
          </div>
        ) : null}
        {panels.layers && catalogue && shown ? (
          <LayerTree
            catalogue={catalogue}
            shown={shown}
            toggle={(slug) =>
              setShown((was) => {
                const next = new Set(was);
                if (!next.delete(slug)) next.add(slug);
                return next;
              })
            }
          />
        ) : null}
        {panels.heat && map && city ? <Heat map={map} city={city} /> : null}
        {panels.units && ops.units && city ? (
          <UnitBoard city={city} units={ops.units} now_ms={now_ms} select={select} />
        ) : null}
        <UndoBar hint="Z" />
      </main>
      <aside className="side detail">
        {ops.session && !ops.session.authenticated ? (
          <SignIn
            done={(next) => {
              client.setQueryData(["session"], next);
              setShown(null);
              void client.invalidateQueries({ queryKey: ["layers"] });
            }}
          />
        ) : null}
        {clicked && catalogue ? (
          <Inspect clicked={clicked} catalogue={catalogue} now_ms={now_ms} close={() => setClicked(null)} />
        ) : null}
        {city && item ? (
          <Detail
            city={city}
            item={item}
            others={ops.open?.items ?? []}
            candidates={candidates}
            dispatchable={dispatchable}
            staleToo={staleToo}
            setStaleToo={setStaleToo}
            chosen={chosen}
            armed={armed === selected}
            asking={asking}
            now_ms={now_ms}
            may={may}
            choose={setChosen}
            act={act}
            ask={setAsking}
            arm={() => setArmed(selected)}
            dispatch={dispatch}
            step={step}
            select={select}
            go={(lon, lat) => map?.easeTo({ center: [lon, lat], zoom: 17, duration: 300 })}
          />
        ) : null}
      </aside>
      {panels.report && city ? <NewReport city={city} at={centre} close={() => flip("report")} send={report} /> : null}
      <Announced city={city} items={ops.open?.items ?? []} />
      <Help opened={panels.help} close={() => flip("help")} keysOn={keysOn} setKeysOn={setKeysOn} />
    </div>
  );
}

/** For those who hear the screen: only what is high or critical and that nobody has taken yet, the newest. */
function Announced({ city, items }: { city: City | undefined; items: Incident[] }) {
  const { w } = useSay();
  const newest = items
    .filter((one) => one.severity >= ANNOUNCED_FROM && !one.acknowledged_at)
    .sort((a, b) => b.reported_at.localeCompare(a.reported_at))[0];
  return (
    <div className="heard" role="status" aria-live="assertive" data-testid="announced">
      {newest
        ? `${newest.severity} ${w(city?.categories.find((one) => one.code === newest.category))}, ${newest.place_name || newest.road_name || ""}`
        : ""}
    </div>
  );
}

/** The first to arrive of those equipped for it; where nobody is, the first to arrive. */
const recommended = (ranked: Candidate[]): Candidate | undefined =>
  ranked.find((one) => one.fits !== false) ?? ranked[0];

const alreadyDone = (verb: string, listed: Incident | undefined): boolean =>
  (verb === "verify" && Boolean(listed?.verified_at)) || (verb === "acknowledge" && Boolean(listed?.acknowledged_at));

/** The built-up city around its view: the bounds that data is accepted from are far wider. */
function extentOf(view: { lon: number; lat: number }): [number, number, number, number] {
  return [view.lon - 0.06, view.lat - 0.045, view.lon + 0.06, view.lat + 0.045];
}
