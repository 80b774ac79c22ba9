/** The operator's screen: queue, map and case in hand, held together by one selection. */
import { Button, Modal } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import type { Map as MapLibreMap } from "maplibre-gl";
import { useCallback, useEffect, useRef, useState } from "react";
import { get, post, session as readSession, signOut, wordsOf } from "../../api/client";
import type { Candidates, Catalogue, City, IncidentDetail, Queue, Responder, SearchResult } from "../../api/types";
import type { Key } from "../../language/messages";
import { setLanguage, useSay } from "../../language/store";
import { closeStream, listen, openStream, useLive } from "../../live/stream";
import { createMap, showLayer, slugOf } from "../../map/create";
import { readAddress, writeAddress } from "../../map/url";
import { age, secondsSince } from "../../panels/age";
import { soundAlarm } from "../../panels/alarm";
import { actsOn, setSingleKeys, singleKeysOn } from "../../panels/keys";
import { Detail } from "./Detail";
import { NewReport, type Report, SignIn } from "./Forms";
import { Heat, LayerTree } from "./MapTools";
import { addLiveLayers, drawCases, drawRoutes, drawUnits } from "./mapLive";

const TABS = ["new", "verified", "running", "done"] as const;
type Tab = (typeof TABS)[number];
const first = readAddress(location.search);
const SHORTCUTS: [string, Key][] = [
  ["J K", "keyMove"],
  ["G", "keyTake"],
  ["A", "acknowledge"],
  ["V", "verify"],
  ["1 2 3", "keyChoose"],
  ["D Enter", "dispatch"],
  ["N", "newReport"],
  ["/", "search"],
  ["U", "units"],
  ["H", "heat"],
  ["L", "layers"],
  ["F", "keyFit"],
];

export function Operator() {
  const { t, w, language } = useSay();
  const client = useQueryClient();
  const session = useQuery({ queryKey: ["session"], queryFn: readSession });
  const city = useQuery({
    queryKey: ["city"],
    queryFn: () => get<City>("/api/city"),
    staleTime: Number.POSITIVE_INFINITY,
  }).data;
  const catalogue = useQuery({ queryKey: ["layers"], queryFn: () => get<Catalogue>("/api/layers") }).data;
  const may = useCallback(
    (permission: string) => session.data?.permissions.includes(permission) ?? false,
    [session.data],
  );
  const cases = may("see_cases");
  const [tab, setTab] = useState<Tab>("new");
  const [selected, setSelected] = useState<number | null>(first.sel);
  const [chosen, setChosen] = useState<number | null>(null);
  const [armed, setArmed] = useState(false);
  const [open, setOpen] = useState({ layers: false, heat: false, units: false, help: false, report: false });
  const [shown, setShown] = useState<Set<string> | null>(null);
  const [map, setMap] = useState<MapLibreMap | null>(null);
  const [now_ms, setNow] = useState(Date.now());
  const [inspected, setInspected] = useState<{ title: string; rows: [string, string][] } | null>(null);
  const [words, setWords] = useState("");
  const [keysOn, setKeysOn] = useState(singleKeysOn());
  const box = useRef<HTMLDivElement>(null);
  const searchBox = useRef<HTMLInputElement>(null);
  const live = useLive();
  const flip = (part: keyof typeof open) => setOpen((was) => ({ ...was, [part]: !was[part] }));
  const tell = (error: unknown) => notifications.show({ color: "red", message: wordsOf(error, language) });

  const queue = useQuery({
    queryKey: ["queue", tab],
    queryFn: () => get<Queue>(`/api/incidents?state=${tab}&limit=200`),
    enabled: cases,
  });
  const opened = useQuery({
    queryKey: ["queue", "open"],
    queryFn: () => get<Queue>("/api/incidents?state=open&limit=500"),
    enabled: cases,
  }).data?.items;
  const units = useQuery({
    queryKey: ["units"],
    queryFn: () => get<{ items: Responder[] }>("/api/responders"),
    enabled: may("see_units"),
  }).data?.items;
  const item = useQuery({
    queryKey: ["case", selected],
    queryFn: () => get<IncidentDetail>(`/api/incidents/${selected}`),
    enabled: cases && selected !== null,
  }).data;
  const wants = item !== undefined && item.verified_at !== null && item.closed_at === null && may("dispatch_units");
  const candidates = useQuery({
    queryKey: ["candidates", selected],
    queryFn: () => get<Candidates>(`/api/incidents/${selected}/candidates`),
    enabled: wants,
  }).data;
  const found = useQuery({
    queryKey: ["search", words],
    queryFn: () => get<{ results: SearchResult[] }>(`/api/search?q=${encodeURIComponent(words)}&limit=8`),
    enabled: words.trim().length > 1,
  }).data?.results;

  useEffect(() => {
    const id = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(id);
  }, []);
  const user = session.data?.user?.id;
  useEffect(() => {
    if (session.data) openStream();
    return closeStream;
  }, [user, session.data === undefined]);
  useEffect(
    () =>
      listen({
        refetch: () =>
          void client.invalidateQueries({
            predicate: (query) => !["city", "session"].includes(String(query.queryKey[0])),
          }),
        change: (change) => {
          if (change.layer === "responders") {
            client.setQueryData<{ items: Responder[] }>(
              ["units"],
              (was) =>
                was && {
                  ...was,
                  items: was.items.map((one) => {
                    const moved = change.features.find((feature) => Number(feature.id) === one.id);
                    if (moved?.geometry?.type !== "Point") return one;
                    const [lon, lat] = moved.geometry.coordinates as [number, number];
                    return { ...one, lon, lat, position_at: String(moved.properties?.position_at ?? change.at) };
                  }),
                },
            );
            if (change.kind !== "responder.moved") void client.invalidateQueries({ queryKey: ["units"] });
          } else if (change.layer === "incidents") {
            for (const key of ["queue", "case", "candidates", "units"])
              void client.invalidateQueries({ queryKey: [key] });
          }
        },
      }),
    [client],
  );

  useEffect(() => {
    if (!city || !box.current) return;
    let gone = false;
    let made: MapLibreMap | undefined;
    createMap(box.current, {
      lon: first.lng ?? city.view.lon,
      lat: first.lat ?? city.view.lat,
      zoom: first.z ?? city.view.zoom,
    }).then(
      (ready) => {
        made = ready;
        if (gone) return ready.remove();
        addLiveLayers(ready);
        ready.on("moveend", () => {
          const at = ready.getCenter();
          history.replaceState(
            null,
            "",
            writeAddress(location.search, { z: ready.getZoom(), lng: at.lng, lat: at.lat }),
          );
        });
        ready.on("click", (event) => {
          const hit = ready.queryRenderedFeatures([
            [event.point.x - 4, event.point.y - 4],
            [event.point.x + 4, event.point.y + 4],
          ]);
          const incident = hit.find((one) => one.source === "live-cases");
          if (incident) return setSelected(Number(incident.id));
          const feature = hit.find((one) => !one.source.startsWith("live-") && one.properties);
          setInspected(
            feature
              ? {
                  title: `${slugOf(feature.layer as never)} ${feature.id ?? ""}`,
                  rows: Object.entries(feature.properties).map(([name, value]) => [name, String(value)]),
                }
              : null,
          );
        });
        setMap(ready);
      },
      (error: unknown) => {
        if (!gone) notifications.show({ color: "red", message: `${t("mapFailed")}: ${String(error)}` });
      },
    );
    return () => {
      gone = true;
      made?.remove();
      setMap(null);
    };
    // the map is made once per caller: another scope gets another style
  }, [city, user]);

  useEffect(() => {
    if (catalogue && shown === null)
      setShown(new Set(first.layers ?? catalogue.layers.filter((one) => one.visible).map((one) => one.slug)));
  }, [catalogue, shown]);
  useEffect(() => {
    if (!map || !catalogue || !shown) return;
    for (const one of catalogue.layers)
      showLayer(map, one.slug, shown.has(one.slug) && !(cases && ["incidents", "responders"].includes(one.slug)));
    history.replaceState(null, "", writeAddress(location.search, { layers: [...shown] }));
  }, [map, catalogue, shown, cases]);
  useEffect(() => {
    if (map) drawCases(map, opened ?? [], selected);
  }, [map, opened, selected]);
  const tick = Math.floor(now_ms / 10_000);
  useEffect(() => {
    if (map && city) drawUnits(map, units ?? [], city.stale_after_s);
  }, [map, city, units, tick]);
  useEffect(() => {
    if (map) drawRoutes(map, candidates?.candidates ?? [], chosen);
  }, [map, candidates, chosen]);
  useEffect(() => {
    setChosen(candidates?.candidates[0]?.responder.id ?? null);
    setArmed(false);
  }, [candidates]);
  useEffect(() => {
    history.replaceState(null, "", writeAddress(location.search, { sel: selected }));
  }, [selected]);
  const place = item?.id === selected ? item : undefined;
  useEffect(() => {
    if (map && place) map.easeTo({ center: [place.lon, place.lat], zoom: Math.max(15, map.getZoom()), duration: 300 });
  }, [map, place?.id]);
  const unheard = opened?.some((one) => !one.acknowledged_at && one.status === "new") ?? false;
  useEffect(() => {
    soundAlarm(unheard && may("handle_cases"));
    return () => soundAlarm(false);
  }, [unheard, may]);

  const act = (verb: "acknowledge" | "verify") =>
    selected !== null &&
    post<IncidentDetail>(`/api/incidents/${selected}/${verb}`).then((detail) => {
      client.setQueryData(["case", detail.id], detail);
      void client.invalidateQueries({ queryKey: ["queue"] });
    }, tell);
  const dispatch = () => {
    if (selected === null || chosen === null) return;
    setArmed(false);
    post<IncidentDetail>(`/api/incidents/${selected}/dispatch`, { responders: [chosen] }).then((detail) => {
      client.setQueryData(["case", detail.id], detail);
      for (const key of ["queue", "units", "candidates"]) void client.invalidateQueries({ queryKey: [key] });
    }, tell);
  };
  const report = (body: Report) => {
    if (!map) return;
    const at = map.getCenter();
    post<IncidentDetail>("/api/incidents", {
      ...body,
      lon: at.lng,
      lat: at.lat,
      channel: city?.channels[0]?.code ?? "phone",
      place_source: "map",
      key: crypto.randomUUID(),
    }).then((made) => {
      setOpen((was) => ({ ...was, report: false }));
      setSelected(made.id);
      void client.invalidateQueries({ queryKey: ["queue"] });
    }, tell);
  };

  const items = queue.data?.items ?? [];
  const press = (event: KeyboardEvent): void => {
    if (event.key === "Escape") {
      setArmed(false);
      setInspected(null);
      setWords("");
      setOpen({ layers: false, heat: false, units: false, help: false, report: false });
      return;
    }
    if (!actsOn(event) || open.report || open.help) return;
    if (event.key === "Enter" && armed) {
      event.preventDefault();
      dispatch();
      return;
    }
    if (!keysOn) return;
    const step = (by: number) => {
      const next = items[Math.min(items.length - 1, Math.max(0, items.findIndex((one) => one.id === selected) + by))];
      if (next) setSelected(next.id);
    };
    const oldest = () =>
      [...(opened ?? [])]
        .filter((one) => ["new", "verified"].includes(one.status))
        .sort((a, b) => b.severity - a.severity || a.reported_at.localeCompare(b.reported_at))[0];
    const keys: Record<string, () => unknown> = {
      j: () => step(1),
      k: () => step(-1),
      g: () => {
        const one = oldest();
        if (one) setSelected(one.id);
      },
      a: () => act("acknowledge"),
      v: () => act("verify"),
      d: () => {
        if (chosen !== null && wants) setArmed(true);
      },
      n: () => may("handle_cases") && flip("report"),
      "/": () => searchBox.current?.focus(),
      u: () => flip("units"),
      h: () => flip("heat"),
      l: () => flip("layers"),
      f: () => city && map?.fitBounds(city.bounds),
      "?": () => flip("help"),
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

  return (
    <div className={cases ? "page" : "page guest"}>
      <header className="bar">
        <b>{city ? w(city.name) : "NBIOC"}</b>
        <input
          ref={searchBox}
          data-testid="search"
          type="search"
          placeholder={`${t("search")} (/)`}
          aria-label={t("search")}
          value={words}
          onChange={(e) => setWords(e.currentTarget.value)}
        />
        {found?.length ? (
          <div className="results" data-testid="results">
            {found.map((one) => (
              <button
                type="button"
                className="row"
                key={`${one.layer}${one.fid}`}
                onClick={() => {
                  setWords("");
                  if (one.bbox) map?.fitBounds(one.bbox, { maxZoom: 17 });
                  else map?.easeTo({ center: [one.lon, one.lat], zoom: 17 });
                }}
              >
                <span>⌖</span>
                <span>
                  {one.title}
                  <br />
                  <span className="muted">{one.subtitle}</span>
                </span>
              </button>
            ))}
          </div>
        ) : null}
        <span className="grow" />
        {(["layers", "heat", "units", "help"] as const).map(
          (part) =>
            (part !== "units" || cases) && (
              <Button
                key={part}
                size="compact-sm"
                variant={open[part] ? "filled" : "default"}
                data-testid={`open-${part}`}
                onClick={() => flip(part)}
              >
                {t(part)}
              </Button>
            ),
        )}
        {may("handle_cases") ? (
          <Button size="compact-sm" data-testid="open-report" onClick={() => flip("report")}>
            {t("newReport")}
          </Button>
        ) : null}
        <span className={`light ${live.connection}`} data-testid="connection" data-state={live.connection}>
          {t(live.connection)} {age((now_ms - live.lastAt_ms) / 1000)}
        </span>
        <time>{new Date(now_ms).toLocaleTimeString("vi-VN")}</time>
        <Button
          size="compact-sm"
          variant="default"
          data-testid="language"
          onClick={() => setLanguage(language === "vi" ? "en" : "vi")}
        >
          {language === "vi" ? "EN" : "VI"}
        </Button>
        {session.data?.user ? (
          <Button
            size="compact-sm"
            variant="default"
            data-testid="sign-out"
            onClick={() =>
              void signOut().then((next) => {
                client.clear();
                client.setQueryData(["session"], next);
                setSelected(null);
              }, tell)
            }
          >
            {session.data.user.display_name || session.data.user.username} · {t("signOut")}
          </Button>
        ) : null}
      </header>
      <aside className="side" data-testid="queue">
        {cases ? (
          <>
            <Button.Group>
              {TABS.map((one) => (
                <Button
                  key={one}
                  flex={1}
                  size="compact-sm"
                  variant={tab === one ? "filled" : "default"}
                  data-testid={`tab-${one}`}
                  onClick={() => setTab(one)}
                >
                  {t(one)} {queue.data?.counts[one] ?? ""}
                </Button>
              ))}
            </Button.Group>
            {items.length ? null : <p className="muted">{t("noCases")}</p>}
            {items.map((one) => (
              <button
                type="button"
                className="row"
                key={one.id}
                data-testid={`case-${one.id}`}
                aria-current={one.id === selected}
                onClick={() => setSelected(one.id)}
              >
                <span className={`chip s${one.severity}`}>{one.severity}</span>
                <span>
                  {w(city?.categories.find((kind) => kind.code === one.category))}
                  <br />
                  <span className="muted">{one.place_name || one.road_name || one.ward_name}</span>
                </span>
                <span>
                  {age(secondsSince(one.reported_at, now_ms))}
                  {one.duplicates ? ` ×${one.duplicates + 1}` : ""}
                </span>
              </button>
            ))}
          </>
        ) : null}
      </aside>
      <main className="centre">
        <div className="map" ref={box} data-testid="map" />
        {open.layers && catalogue && shown ? (
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
        {open.heat && map && city ? <Heat map={map} city={city} /> : null}
        {open.units && units ? (
          <div className="drawer" data-testid="unit-board">
            <table>
              <tbody>
                {units.map((one) => {
                  const seconds = one.position_at ? secondsSince(one.position_at, now_ms) : null;
                  const stale = seconds === null || seconds > (city?.stale_after_s ?? 120);
                  return (
                    <tr key={one.id} className={stale ? "stale" : ""}>
                      <td>{one.code}</td>
                      <td>{one.name}</td>
                      <td>{t(one.availability as Key) ?? one.availability}</td>
                      <td>{one.assignment?.incident_code}</td>
                      <td>
                        {stale ? "◷ " : ""}
                        {seconds === null ? "—" : age(seconds)}
                      </td>
                    </tr>
                  );
                })}
              </tbody>
            </table>
          </div>
        ) : null}
      </main>
      <aside className="side detail">
        {session.data && !session.data.authenticated ? (
          <SignIn
            done={(next) => {
              client.setQueryData(["session"], next);
              setShown(null);
              void client.invalidateQueries({ queryKey: ["layers"] });
            }}
          />
        ) : null}
        {inspected ? (
          <section data-testid="inspect">
            <h3>{inspected.title}</h3>
            {inspected.rows.map(([name, value]) => (
              <div key={name}>
                <span className="muted">{name}</span> {value}
              </div>
            ))}
          </section>
        ) : null}
        {city && item && item.id === selected ? (
          <Detail
            city={city}
            item={item}
            candidates={wants ? candidates : undefined}
            chosen={chosen}
            armed={armed}
            now_ms={now_ms}
            may={may}
            choose={setChosen}
            act={act}
            arm={() => setArmed(true)}
            dispatch={dispatch}
            select={setSelected}
          />
        ) : null}
      </aside>
      {open.report && city ? <NewReport city={city} close={() => flip("report")} send={report} /> : null}
      <Modal opened={open.help} onClose={() => flip("help")} title={t("help")}>
        {SHORTCUTS.map(([key, meaning]) => (
          <div key={key}>
            <kbd>{key}</kbd> {t(meaning)}
          </div>
        ))}
        <label>
          <input
            type="checkbox"
            data-testid="single-keys"
            checked={keysOn}
            onChange={(e) => {
              setSingleKeys(e.currentTarget.checked);
              setKeysOn(e.currentTarget.checked);
            }}
          />{" "}
          {t("singleKeys")}
        </label>
      </Modal>
    </div>
  );
}
