/** The card of a place: whose ground it is, what is near, what is open and was, who gets there first, who is in charge. */
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { get } from "../../../api/client";
import type { Context, ContextLine, IncidentDetail } from "../../../api/types";
import { placeOf } from "../../../geometry/placeOf";
import { useSay } from "../../../language/store";
import { age, secondsSince } from "../../../panels/age";
import { useDesk } from "../desk";
import { useCatalogue, useCity } from "../queries";

const MOST_KINDS = 4;
const FRESH_MS = 15_000;

export function AroundCase({ item }: { item: IncidentDetail }) {
  const { t } = useSay();
  const place = placeOf(item);
  if (!place) return null;
  return (
    <section data-testid="around">
      <h3>{t("around")}</h3>
      <Around lon={place[0]} lat={place[1]} category={item.category} />
    </section>
  );
}

/** `category`: who is in charge of that kind alone, and no list of units and cameras, which the case has already. */
export function Around({ lon, lat, category }: { lon: number; lat: number; category?: string }) {
  const { t } = useSay();
  const now_ms = useDesk((desk) => desk.now_ms);
  const found = useQuery({
    queryKey: ["context", lon, lat],
    queryFn: () => get<Context>(`/api/context?lon=${lon}&lat=${lat}`),
    staleTime: FRESH_MS,
    retry: false,
  });
  const told = found.data;
  if (!told) return null;
  return (
    <div className="place-card" data-testid="context">
      <dl>
        <Ground told={told} />
        <Flood told={told} />
        <Nearest told={told} />
        {category ? null : <Seen told={told} />}
        <Cases told={told} />
        {category ? null : <First told={told} />}
        <InCharge told={told} category={category} />
      </dl>
      <p className="muted">
        {t("readAt")} {new Date(found.dataUpdatedAt).toLocaleTimeString("vi-VN")} (
        {age(secondsSince(new Date(found.dataUpdatedAt).toISOString(), now_ms))})
      </p>
    </div>
  );
}

function Row({ name, title, children }: { name: string; title: string; children: ReactNode }) {
  return (
    <div data-testid={`around-${name}`}>
      <dt>{title}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function Ground({ told }: { told: Context }) {
  const { t, language } = useSay();
  const before = told.ward_before;
  const day = before && new Date(before.valid_until).toLocaleDateString(language === "vi" ? "vi-VN" : "en-GB");
  return (
    <>
      {told.ward ? (
        <Row name="ward" title={t("wardRow")}>
          {told.ward.name}
          {before ? <span className="muted"> ({t("wardBefore", { day: day ?? "", name: before.name })})</span> : null}
        </Row>
      ) : null}
      {told.road ? <Line name="road" title={t("streetRow")} line={told.road} /> : null}
      {told.canal ? <Line name="canal" title={t("canalRow")} line={told.canal} /> : null}
      {told.parcel?.parcel_no ? (
        <Row name="parcel" title={t("parcelRow")}>
          {t("sheetNo")} {told.parcel.sheet_no}, {t("parcelNo")} {told.parcel.parcel_no}
        </Row>
      ) : null}
    </>
  );
}

function Line({ name, title, line }: { name: string; title: string; line: ContextLine }) {
  const { w } = useSay();
  const whose = line.responsible ?? line.owner;
  return (
    <Row name={name} title={title}>
      {line.name || "—"} <span className="muted">{Math.round(line.distance_m)} m</span>
      {whose ? <div className="muted">{w(whose)}</div> : null}
    </Row>
  );
}

function Flood({ told }: { told: Context }) {
  const { t, language } = useSay();
  if (!told.flood) return null;
  const metres = (cm: number) => (cm / 100).toLocaleString(language === "vi" ? "vi-VN" : "en-GB");
  const { floods_from_cm, level_cm, under_water } = told.flood;
  return (
    <Row name="flood" title={t("floodRow")}>
      {floods_from_cm === null ? t("floodsNever") : t("floodsFrom", { level: metres(floods_from_cm) })}
      {level_cm === null ? null : <span className="muted"> · {t("waterNow", { level: metres(level_cm) })}</span>}
      {under_water ? <b> {t("underWater")}</b> : null}
    </Row>
  );
}

/** A thing that has a place: a click brings the map there. */
function There({ lon, lat, children }: { lon: number; lat: number; children: ReactNode }) {
  const map = useDesk((desk) => desk.map);
  return (
    <button
      type="button"
      className="plain"
      onClick={() => map?.easeTo({ center: [lon, lat], zoom: 17, duration: 300 })}
    >
      {children}
    </button>
  );
}

function Nearest({ told }: { told: Context }) {
  const { t, w } = useSay();
  const catalogue = useCatalogue();
  if (!told.nearest?.length) return null;
  return (
    <Row name="nearest" title={t("nearestRow")}>
      {told.nearest.map((one) => (
        <div key={`${one.layer}${one.fid}`}>
          <There lon={one.lon} lat={one.lat}>
            {w(catalogue?.layers.find((kind) => kind.slug === one.layer)?.title)} {one.title}
          </There>{" "}
          <span className="muted">{Math.round(one.distance_m)} m</span>
        </div>
      ))}
    </Row>
  );
}

function Seen({ told }: { told: Context }) {
  const { t } = useSay();
  if (!told.cameras) return null;
  return (
    <Row name="cameras" title={t("camerasRow")}>
      {told.cameras.length ? null : <span className="muted">{t("noneHere")}</span>}
      {told.cameras.map((one) => (
        <div key={one.id}>
          <There lon={one.lon} lat={one.lat}>
            {one.code} {one.name}
          </There>{" "}
          <span className="muted">{Math.round(one.distance_m)} m</span>
        </div>
      ))}
    </Row>
  );
}

function Cases({ told }: { told: Context }) {
  const { t, w } = useSay();
  const city = useCity();
  const now_ms = useDesk((desk) => desk.now_ms);
  const { select, selected } = useDesk();
  const called = (code: string) => w(city?.categories.find((one) => one.code === code)) || code;
  const others = told.open_cases?.filter((one) => one.id !== selected);
  return (
    <>
      {others?.length ? (
        <Row name="open" title={t("openRow")}>
          {others.map((one) => (
            <div key={one.id}>
              <button type="button" className="plain" onClick={() => select(one.id)}>
                <span className={`chip s${one.severity}`}>{one.severity}</span> {one.code} {called(one.category)}
              </button>{" "}
              <span className="muted">
                {Math.round(one.distance_m)} m · {age(secondsSince(one.reported_at, now_ms))}
              </span>
            </div>
          ))}
        </Row>
      ) : null}
      {told.history ? (
        <Row
          name="history"
          title={t("historyRow", { days: String(told.history.days), reach: String(told.history.reach_m) })}
        >
          {told.history.kinds
            .slice(0, MOST_KINDS)
            .map((one) => `${called(one.category)} ${one.n}`)
            .join(" · ") || t("noneHere")}
        </Row>
      ) : null}
    </>
  );
}

function First({ told }: { told: Context }) {
  const { t } = useSay();
  if (!told.units) return null;
  return (
    <Row name="units" title={t("unitsRow")}>
      {told.units.length ? null : <span className="muted">{t("noneHere")}</span>}
      {told.units.map((one) => (
        <div key={one.id}>
          {one.code} <span className="muted">{t("arrivesIn", { time: age(one.travel_s) })}</span>
        </div>
      ))}
    </Row>
  );
}

function InCharge({ told, category }: { told: Context; category?: string }) {
  const { t, w } = useSay();
  const found = told.in_charge?.filter((one) => !category || one.categories.includes(category));
  if (!found?.length) return null;
  return (
    <Row name="in-charge" title={t("inChargeRow")}>
      {found.slice(0, category ? 1 : 3).map((one) => (
        <div key={one.code}>
          {w(one)} {one.duty_phone ? <a href={`tel:${one.duty_phone}`}>{one.duty_phone}</a> : null}
          {one.on_call.map((who) => (
            <div className="muted" key={`${who.post}${who.name}`}>
              {who.post}: {who.name} {who.phone ? <a href={`tel:${who.phone}`}>{who.phone}</a> : null}
            </div>
          ))}
        </div>
      ))}
    </Row>
  );
}
