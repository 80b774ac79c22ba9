/** A layer's past on the map: a slider over the moments of change, a banner while it is not now, past and now under a swipe, and the way back for a feature. */
import { useEffect, useMemo, useRef, useState } from "react";
import { createPortal } from "react-dom";
import { get, wordsOf } from "../../../api/client";
import type { Moment } from "../../../api/edits";
import { useSay } from "../../../language/store";
import { slugOf } from "../../../map/create";
import { useNewest } from "../../../panels/useNewest";
import { desk } from "../desk";
import { remember, remembered, useHandsOff, useShared } from "../panel";
import { setShown } from "../shown";
import { FeaturePast } from "./FeaturePast";
import { byWhom, holding, inOrder, sizeOf, ticks, withBeginning } from "./moments";
import "./past.css";
import { usePastMap } from "./usePastMap";

const SCALE = 1000;
const APART = 0.012;
const PLAY_MS = 1400;
const REACH_PX = 5;

export function PastPanel() {
  const { map, catalogue, layer: edited } = useShared();
  const { t, w, language } = useSay();
  const kept = useMemo(() => catalogue?.layers.filter((one) => one.history) ?? [], [catalogue]);
  // Whoever comes with a feature in hand wants the past of that one.
  const held = useRef(desk().target?.fid == null ? null : { slug: desk().slug, fid: desk().target?.fid ?? null });
  const [slug, setSlug] = useState(() => held.current?.slug ?? remembered("past"));
  const layer = kept.find((one) => one.slug === slug) ?? kept.find((one) => one.slug === edited?.slug) ?? kept[0];
  const [moments, setMoments] = useState<Moment[] | null>(null);
  const [at, setAt] = useState<number | null>(null);
  const [playing, setPlaying] = useState(false);
  const [swiping, setSwiping] = useState(false);
  const [fid, setFid] = useState<number | null>(null);
  const [problem, setProblem] = useState("");
  const [round, setRound] = useState(0);
  const locale = language === "en" ? "en-GB" : "vi-VN";
  const when = (moment: Moment): string =>
    new Date(moment.at).toLocaleString(locale, { dateStyle: "medium", timeStyle: "medium" });

  const of = layer?.slug;
  const asked = useNewest();
  useEffect(() => {
    if (!of) return;
    setMoments(null);
    void asked.ask(
      get<{ items: Moment[] }>(`/api/layers/${of}/history`),
      ({ items }) => {
        setMoments(withBeginning(inOrder(items)));
        setProblem("");
      },
      (error) => setProblem(wordsOf(error, language)),
    );
  }, [asked, of, language, round]);
  useEffect(() => {
    setAt(null);
    setFid(held.current && held.current.slug === of ? held.current.fid : null);
    setPlaying(false);
    if (of) held.current = null;
  }, [of]);

  const places = useMemo(
    () =>
      ticks(
        (moments ?? []).map((one) => Date.parse(one.at)),
        APART,
      ),
    [moments],
  );
  const moment = at === null ? null : (moments?.[at] ?? null);
  useHandsOff(true);
  useEffect(() => {
    if (of) setShown(of, true);
  }, [of]);
  const over = usePastMap({ map, slug: of ?? null, at: moment?.at ?? null, swiping });

  useEffect(() => {
    if (!playing || !moments?.length) return;
    const beat = setInterval(() => {
      setAt((was) => {
        const next = was === null ? 0 : was + 1;
        if (next >= moments.length - 1) setPlaying(false);
        return Math.min(next, moments.length - 1);
      });
    }, PLAY_MS);
    return () => clearInterval(beat);
  }, [playing, moments]);

  const latest = useRef({ of, over });
  latest.current = { of, over };
  useEffect(() => {
    if (!map) return;
    const pick = (event: { point: { x: number; y: number } }): void => {
      const { x, y } = event.point;
      const reach: [[number, number], [number, number]] = [
        [x - REACH_PX, y - REACH_PX],
        [x + REACH_PX, y + REACH_PX],
      ];
      // What is gone now is still there on the map of the past.
      const hit = [latest.current.over, map]
        .flatMap((one) => one?.queryRenderedFeatures(reach) ?? [])
        .find((one) => slugOf(one.layer as never) === latest.current.of && one.id !== undefined);
      if (hit) setFid(Number(hit.id));
    };
    map.on("click", pick);
    return () => void map.off("click", pick);
  }, [map]);

  const nearest = (value: number): number =>
    places.reduce(
      (best, place, i) => (Math.abs(place - value) < Math.abs((places[best] as number) - value) ? i : best),
      0,
    );
  const step = (by: number): void => {
    if (moments?.length) setAt(Math.min(moments.length - 1, Math.max(0, (at ?? moments.length) + by)));
  };
  return (
    <section className="wide past" data-testid="past" aria-labelledby="past-title">
      <h2 id="past-title">{t("pastTitle")}</h2>
      <label className="line">
        {t("layerWord")}
        <select
          data-testid="past-layer"
          value={of ?? ""}
          onChange={(event) => {
            setSlug(event.currentTarget.value);
            remember({ past: event.currentTarget.value });
          }}
        >
          {kept.map((one) => (
            <option key={one.slug} value={one.slug}>
              {w(one.title)}
            </option>
          ))}
        </select>
      </label>
      {problem ? <p role="alert">{problem}</p> : null}
      {!moments && of && !problem ? <progress aria-label={t("loadingWords")} /> : null}
      {moments && !moments.length ? <p className="muted">{t("noHistory")}</p> : null}
      {moments?.length ? (
        <>
          <div className="slider">
            <div className="ticks" aria-hidden="true">
              {moments.map((one, i) => (
                <i
                  key={one.at}
                  className={i === at ? "tick on" : "tick"}
                  style={{
                    left: `${(places[i] as number) * 100}%`,
                    height: `${6 + 4 * Math.log10(1 + sizeOf(one))}px`,
                  }}
                />
              ))}
            </div>
            <input
              type="range"
              data-testid="past-slider"
              aria-label={t("pastSlider")}
              aria-valuetext={moment ? when(moment) : t("nowWord")}
              min={0}
              max={SCALE}
              value={Math.round((at === null ? 1 : (places[at] as number)) * SCALE)}
              onChange={(event) => {
                setPlaying(false);
                setAt(nearest(Number(event.currentTarget.value) / SCALE));
              }}
              onKeyDown={(event) => {
                const by = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1 }[event.key];
                if (!by) return;
                event.preventDefault();
                step(by);
              }}
            />
            <div className="ends muted">
              <span>{new Date((moments[0] as Moment).at).toLocaleDateString(locale)}</span>
              <span>{t("nowWord")}</span>
            </div>
          </div>
          <div className="buttons">
            <button type="button" aria-label={t("stepBack")} onClick={() => step(-1)} data-testid="past-back">
              ◀
            </button>
            <button
              type="button"
              data-testid="past-play"
              aria-pressed={playing}
              onClick={() => {
                // Played to the end, it begins again.
                if (!playing && (at === null || at >= moments.length - 1)) setAt(0);
                setPlaying(!playing);
              }}
            >
              {playing ? `❚❚ ${t("pauseWord")}` : `▶ ${t("playWord")}`}
            </button>
            <button type="button" aria-label={t("stepOn")} disabled={at === null} onClick={() => step(1)}>
              ▶
            </button>
            <button
              type="button"
              data-testid="past-swipe"
              aria-pressed={swiping}
              disabled={!moment}
              onClick={() => setSwiping(!swiping)}
            >
              ◧ {t("pastAndNow")}
            </button>
            <button
              type="button"
              data-testid="past-now"
              disabled={at === null}
              onClick={() => {
                setAt(null);
                setPlaying(false);
                setSwiping(false);
              }}
            >
              {t("backToNow")}
            </button>
          </div>
          {moment ? (
            <article className="moment" data-testid="moment">
              <b>{when(moment)}</b>
              {sizeOf(moment) ? <> · {byWhom(moment.by) || t("systemWord")}</> : <> · {t("beforeAll")}</>}
              <p className="counts">
                {moment.created ? (
                  <span>
                    + {moment.created} {t("countNew")}
                  </span>
                ) : null}
                {moment.changed ? (
                  <span>
                    ≠ {moment.changed} {t("countChanged")}
                  </span>
                ) : null}
                {moment.deleted ? (
                  <span>
                    × {moment.deleted} {t("countGone")}
                  </span>
                ) : null}
              </p>
              {moment.because ? <p>{moment.because}</p> : null}
              {moment.document ? (
                <p className="muted">
                  {t("documentNo")} {moment.document}
                </p>
              ) : null}
            </article>
          ) : (
            <p className="muted">{t("pastHow")}</p>
          )}
        </>
      ) : null}
      {fid !== null && layer ? (
        <FeaturePast
          key={`${layer.slug}/${fid}`}
          layer={layer}
          fid={fid}
          goAt={(when_) => {
            const times_ms = (moments ?? []).map((one) => Date.parse(one.at));
            const i = holding(times_ms, Date.parse(when_));
            setAt(i < 0 ? null : i);
          }}
          open={setFid}
          restored={() => {
            setRound((was) => was + 1);
            setAt(null);
          }}
        />
      ) : (
        <p className="muted">{t("pastPick")}</p>
      )}
      {moment && map
        ? createPortal(
            <div className={swiping ? "past-frame half" : "past-frame"} data-testid="past-banner">
              <p role="status">
                <span>
                  ◀◀ {t("asItWasAt")} <b>{when(moment)}</b> — {swiping ? t("leftIsPast") : t("notNow")}
                </span>
                <button
                  type="button"
                  onClick={() => {
                    setAt(null);
                    setSwiping(false);
                    setPlaying(false);
                  }}
                >
                  {t("backToNow")}
                </button>
              </p>
            </div>,
            map.getContainer(),
          )
        : null}
    </section>
  );
}
