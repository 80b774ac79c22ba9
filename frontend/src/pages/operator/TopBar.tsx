/** The bar over everything: search, what is open by severity, the panels, the stream's state, the clock, who is here. */
import { Button, Menu } from "@mantine/core";
import { signOut } from "../../api/client";
import type { SearchResult, Session } from "../../api/types";
import { placeOf } from "../../geometry/placeOf";
import { setLanguage, useSay } from "../../language/store";
import { useLive } from "../../live/stream";
import { age } from "../../panels/age";
import { turn, useSwitches } from "../../panels/switches";
import { cap } from "./caps";
import { client, desk, put, useDesk } from "./desk";
import { closeDrawers, flipDrawer } from "./drawers";
import { freshness } from "./freshness";
import { CommandBar } from "./intake/CommandBar";
import { dropDraft } from "./intake/draft";
import { useCity, useOpen, useSeesCases } from "./queries";
import { DRAWERS } from "./registry";
import { ShiftName } from "./ShiftName";

export function TopBar() {
  const { t, w, language } = useSay();
  const { session, now_ms } = useDesk();
  const city = useCity();
  const cases = useSeesCases();
  const bySeverity = useOpen()?.by_severity;
  return (
    <section className="bar" aria-label={t("topBar")}>
      <h1 className="name">{city ? w(city.name) : "NBIOC"}</h1>
      {city?.demo ? <span className="demo">{t("simulated")}</span> : null}
      <CommandBar go={goTo} />
      {cases && city ? (
        <ul className="levels-now" aria-label={t("openBySeverity")} data-testid="by-severity">
          {[...city.severities].reverse().map((one) => (
            <li key={one.level} title={`${one.level} ${w(one)}`} data-testid={`count-s${one.level}`}>
              <span className={`chip small s${one.level}`}>{one.level}</span>
              <b>{bySeverity?.[String(one.level)] ?? 0}</b>
            </li>
          ))}
        </ul>
      ) : null}
      <ShiftName />
      <span className="grow" />
      <Panels />
      <Light />
      <Heard />
      <time>{new Date(now_ms).toLocaleTimeString("vi-VN")}</time>
      <Button
        size="compact-sm"
        variant="default"
        data-testid="language"
        onClick={() => setLanguage(language === "vi" ? "en" : "vi")}
      >
        {language === "vi" ? "EN" : "VI"}
      </Button>
      {session?.user ? (
        <Button
          size="compact-sm"
          variant="default"
          data-testid="sign-out"
          onClick={() => void signOut().then(signedOut, desk().tell)}
        >
          <span className="who">{session.user.display_name || session.user.username} ·&nbsp;</span>
          {t("signOut")}
        </Button>
      ) : null}
    </section>
  );
}

/** Green while what is shown is current, amber after 10 s without a word, red after a minute; the age stands beside it. */
function Light() {
  const { t } = useSay();
  const { connection, lastAt_ms } = useLive();
  const old_s = useDesk((desk) => Math.floor((desk.now_ms - lastAt_ms) / 1000));
  const worst = freshness(old_s) === "grey" ? "lost" : freshness(old_s) === "amber" ? "resuming" : connection;
  return (
    <span
      className={`light ${worst}`}
      data-testid="connection"
      data-state={connection}
      data-fresh={freshness(old_s)}
      title={t(connection)}
    >
      <span className="light-words">{t(connection)} </span>
      {age(old_s)}
    </span>
  );
}

/** Sound, voice and night, each said by its word and its state. */
function Heard() {
  const { t } = useSay();
  const { sound, night } = useSwitches();
  return (
    <>
      <Button
        size="compact-sm"
        variant={sound ? "default" : "filled"}
        color={sound ? undefined : "orange"}
        data-testid="sound"
        aria-pressed={sound}
        aria-label={t("switchSound")}
        title={t("switchSoundWhy")}
        onClick={() => turn("sound", !sound)}
      >
        {sound ? "♪" : `♪ ${t("offWord")}`}
      </Button>
      <Button
        size="compact-sm"
        variant={night ? "filled" : "default"}
        data-testid="night"
        aria-pressed={night}
        title={t("switchNightWhy")}
        onClick={() => turn("night", !night)}
      >
        ☾ {t("nightShort")}
      </Button>
    </>
  );
}

/** The panels of the registry: the first ones as buttons, the others in a menu. */
function Panels() {
  const { t } = useSay();
  const { panels, may } = useDesk();
  const offered = DRAWERS.filter((one) => !one.permission || may(one.permission));
  const more = offered.filter((one) => !one.bar && one.place !== "bottom");
  return (
    <>
      {offered
        .filter((one) => one.bar)
        .map((one) => (
          <Button
            key={one.key}
            size="compact-sm"
            variant={panels.includes(one.key) ? "filled" : "default"}
            data-testid={`open-${one.key}`}
            aria-pressed={panels.includes(one.key)}
            onClick={() => flipDrawer(one.key)}
          >
            {t(one.title)}
            {one.single && one.place === "dialog" ? ` (${cap(one.single)})` : ""}
          </Button>
        ))}
      {more.length ? (
        <Menu position="bottom-end">
          <Menu.Target>
            <Button size="compact-sm" variant="default" data-testid="open-more">
              {t("morePanels")} ▾
            </Button>
          </Menu.Target>
          <Menu.Dropdown>
            {more.map((one) => (
              <Menu.Item key={one.key} data-testid={`open-${one.key}`} onClick={() => flipDrawer(one.key)}>
                {t(one.title)}
                {one.single ? ` (${cap(one.single)})` : ""}
              </Menu.Item>
            ))}
          </Menu.Dropdown>
        </Menu>
      ) : null}
    </>
  );
}

/** To a place that was found: the map goes there, and what stands there opens. */
function goTo(one: SearchResult): void {
  const { map, select } = desk();
  const at = placeOf(one);
  if (one.bbox) map?.fitBounds(one.bbox, { maxZoom: 17 });
  else if (at) map?.easeTo({ center: at, zoom: 17 });
  if (one.layer === "incidents") select(one.fid);
  else if (one.layer && at) put({ clicked: { slug: one.layer, fid: one.fid, tile: {}, lon: at[0], lat: at[1] } });
}

function signedOut(next: Session): void {
  // What was being written names a caller: it does not stay on a machine that others use.
  dropDraft(desk().session?.user?.id ?? 0);
  client.clear();
  client.setQueryData(["session"], next);
  desk().select(null);
  closeDrawers();
}
