/** Finding a feature by what it is called, or a place by its coordinates, without a mouse: Enter takes the first one in hand, or goes there. */
import { type KeyboardEvent, useEffect, useRef, useState } from "react";
import { get } from "../../api/client";
import type { SearchResult } from "../../api/types";
import { useSay } from "../../language/store";
import { desk, fail, useDesk } from "./desk";
import { flyTo } from "./mapAccess";
import { choose, pick } from "./picking";

const PAUSE_MS = 200;
const LIMIT = 8;
const LONGEST = 200;
const SHORTEST = 2;

export function Find() {
  const { t, w } = useSay();
  const catalogue = useDesk((now) => now.catalogue);
  const slug = useDesk((now) => now.slug);
  const [words, setWords] = useState("");
  const [found, setFound] = useState<SearchResult[] | null>(null);
  const [marked, setMarked] = useState(0);
  const box = useRef<HTMLInputElement>(null);
  const asked = words.trim();
  useEffect(() => {
    setFound(null);
    setMarked(0);
    if (asked.length < SHORTEST) return;
    let over = false;
    const wait = setTimeout(() => {
      get<{ results: SearchResult[] }>(`/api/search?q=${encodeURIComponent(asked)}&limit=${LIMIT}`).then(
        // Of the layer being edited first; the order of the others stays.
        ({ results }) =>
          !over && setFound(results.toSorted((a, b) => Number(b.layer === slug) - Number(a.layer === slug))),
        (error) => !over && fail(error),
      );
    }, PAUSE_MS);
    return () => {
      over = true;
      clearTimeout(wait);
    };
  }, [asked, slug]);

  const go = (one: SearchResult): void => {
    setWords("");
    box.current?.blur();
    if (one.bbox) {
      const [west, south, east, north] = one.bbox;
      flyTo({ type: "LineString", coordinates: [[west, south], [east, north]] }); // biome-ignore format: two corners
    } else if (one.lon !== null && one.lat !== null) flyTo({ type: "Point", coordinates: [one.lon, one.lat] });
    const editable = catalogue?.layers.find((each) => each.slug === one.layer)?.editable;
    if (!editable || desk().hand === "look") return;
    if (one.layer !== desk().slug) choose(one.layer);
    if (one.layer === desk().slug) pick(one.fid);
  };
  const press = (event: KeyboardEvent<HTMLInputElement>): void => {
    if (event.nativeEvent.isComposing) return;
    const many = found?.length ?? 0;
    if (event.key === "Escape") {
      event.stopPropagation();
      setWords("");
      box.current?.blur();
    } else if ((event.key === "ArrowDown" || event.key === "ArrowUp") && many) {
      event.preventDefault();
      setMarked((was) => (was + (event.key === "ArrowDown" ? 1 : many - 1)) % many);
    } else if (event.key === "Enter" && found?.[marked]) {
      event.preventDefault();
      go(found[marked]);
    }
  };
  return (
    <div className="find">
      <input
        ref={box}
        id="find"
        type="search"
        role="combobox"
        data-testid="find"
        aria-label={t("findFeature")}
        aria-expanded={found !== null}
        aria-controls="find-results"
        aria-activedescendant={found?.length ? `find-${marked}` : undefined}
        placeholder={`${t("findFeature")} (/)`}
        maxLength={LONGEST}
        value={words}
        onChange={(event) => setWords(event.currentTarget.value)}
        onKeyDown={press}
      />
      {found ? (
        <div className="found" id="find-results" role="listbox" aria-label={t("findFeature")}>
          {found.length ? null : <p className="muted">{t("nothingFound")}</p>}
          {found.map((one, i) => (
            <div
              role="option"
              tabIndex={-1}
              id={`find-${i}`}
              key={`${one.layer}${one.fid}${one.title}`}
              data-testid={`found-${one.layer}-${one.fid}`}
              aria-selected={i === marked}
              onClick={() => go(one)}
              onKeyDown={(event) => event.key === "Enter" && go(one)}
            >
              <b>{one.title}</b>{" "}
              <span className="muted">
                {w(catalogue?.layers.find((each) => each.slug === one.layer)?.title)} {one.subtitle}
              </span>
            </div>
          ))}
        </div>
      ) : null}
    </div>
  );
}
