/** The queue: severest first, each with its age; it holds still under the pointer and says how many are waiting. */
import { Button } from "@mantine/core";
import { useEffect, useRef, useState } from "react";
import type { Incident } from "../../api/types";
import { placeOf } from "../../geometry/placeOf";
import { useSay } from "../../language/store";
import { age, secondsSince } from "../../panels/age";
import { steady } from "../../panels/steady";
import { put, TABS, type Tab, useDesk } from "./desk";
import { useCity, useQueue } from "./queries";
import { SourceIcon } from "./SourceIcon";

export function CaseList() {
  const { t, w } = useSay();
  const { tab, selected, select, now_ms } = useDesk();
  const city = useCity();
  const queue = useQueue(tab);
  const [under, setUnder] = useState(false);
  const [scrolled, setScrolled] = useState(false);
  const [released, release] = useState(0);
  const before = useRef<{ tab: Tab; items: Incident[] }>({ tab, items: [] });
  const box = useRef<HTMLDivElement>(null);
  const loosened = useRef(released);
  const items = queue?.items ?? [];
  const held = (under || scrolled) && before.current.tab === tab && loosened.current === released;
  const { rows, waiting } = steady(before.current.items, items, held);
  useEffect(() => {
    loosened.current = released;
    // A held list remembers the rows that it shows, so that one who left does not come back as a newcomer.
    if (queue) before.current = { tab, items: held ? rows.map((row) => row.item) : items };
  });
  return (
    <>
      <div className="tabs">
        {TABS.map((one) => (
          <Button
            key={one}
            aria-pressed={tab === one}
            size="compact-sm"
            variant={tab === one ? "filled" : "default"}
            data-testid={`tab-${one}`}
            onClick={() => put({ tab: one })}
          >
            <span className="tab-words">
              {t(one)}
              <b>{queue?.counts[one] ?? " "}</b>
            </span>
          </Button>
        ))}
      </div>
      {waiting ? (
        <button
          type="button"
          className="pill"
          data-testid="new-pill"
          onClick={() => {
            release((was) => was + 1);
            box.current?.scrollTo({ top: 0 });
          }}
        >
          ↑ {waiting} {t("moreNew")}
        </button>
      ) : null}
      <div
        className="rows"
        ref={box}
        data-testid="rows"
        onPointerEnter={() => setUnder(true)}
        onPointerLeave={() => setUnder(false)}
        onScroll={(event) => setScrolled(event.currentTarget.scrollTop > 4)}
      >
        {rows.length ? null : <p className="muted empty">{t("noCases")}</p>}
        {rows.map(({ item: one, gone }) => (
          <button
            type="button"
            className={gone ? "row gone" : "row"}
            key={one.id}
            data-testid={`case-${one.id}`}
            data-status={one.status}
            aria-current={one.id === selected}
            onClick={() => select(one.id)}
          >
            <span className={`chip s${one.severity}`}>{one.severity}</span>
            <span>
              {one.acknowledged_at ? "" : "● "}
              {w(city?.categories.find((kind) => kind.code === one.category))}
              {one.exercise ? <b className="exercise-mark"> {t("exBanner")}</b> : null}
              <br />
              <span className="muted">
                {gone ? `${t("movedOn")} · ` : ""}
                {one.place_name || one.road_name || one.ward_name || (placeOf(one) ? "" : `◎ ${t("noPlaceYet")}`)}
              </span>
            </span>
            <span className="right">
              {age(secondsSince(one.reported_at, now_ms))}
              <br />
              <span className="muted">
                <SourceIcon channel={one.channel} words={w(city?.channels.find((kind) => kind.code === one.channel))} />
                {one.duplicates ? ` ×${one.duplicates + 1}` : ""}
              </span>
            </span>
          </button>
        ))}
      </div>
    </>
  );
}
