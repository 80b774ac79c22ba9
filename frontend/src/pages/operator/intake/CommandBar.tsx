/** The command bar: a place as people say it. Enter goes there, Ctrl+Enter takes a report there, Alt+Enter places the case in hand. */
import { useQuery } from "@tanstack/react-query";
import { type KeyboardEvent, useEffect, useRef, useState } from "react";
import { get } from "../../../api/client";
import type { SearchResult } from "../../../api/types";
import { useSay } from "../../../language/store";
import { put, useDesk } from "../desk";
import { useCase } from "../queries";
import { placeCase, reportAt, spotOf } from "./intake";
import { SourceWords } from "./SourceWords";

const LIMIT = 8;
const LONGEST = 200;
type Results = { results: SearchResult[] };

/** At once what is open and where; closed cases only when nothing else is called so. */
export async function searched(words: string): Promise<SearchResult[]> {
  const path = `/api/search?q=${encodeURIComponent(words)}&limit=${LIMIT}`;
  const { results } = await get<Results>(`${path}&current=true`);
  return results.length ? results : (await get<Results>(path)).results;
}

export function CommandBar({ go }: { go: (one: SearchResult) => void }) {
  const { t } = useSay();
  const words = useDesk((desk) => desk.words);
  const may = useDesk((desk) => desk.may);
  const item = useCase();
  const box = useRef<HTMLInputElement>(null);
  const [marked, setMarked] = useState(0);
  const asked = words.trim().length > 1;
  const results = useQuery({ queryKey: ["search", words], queryFn: () => searched(words), enabled: asked }).data;
  useEffect(() => setMarked(0), [words]);
  const done = (): void => {
    put({ words: "" });
    box.current?.blur();
  };
  const act = (one: SearchResult, how: { ctrlKey: boolean; metaKey: boolean; altKey: boolean }): void => {
    const spot = spotOf(one);
    const placed = how.altKey && item?.allowed.includes("place") ? item : undefined;
    done();
    go(one);
    if (placed && spot) void placeCase(placed, spot);
    else if ((how.ctrlKey || how.metaKey) && spot && may("handle_cases")) reportAt(spot);
  };
  const press = (event: KeyboardEvent<HTMLInputElement>): void => {
    if (event.nativeEvent.isComposing) return;
    const n = results?.length ?? 0;
    if (event.key === "Escape") event.currentTarget.blur();
    if (!n) return;
    const one = results?.[marked] ?? results?.[0];
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      setMarked((was) => (was + (event.key === "ArrowDown" ? 1 : n - 1)) % n);
    } else if (event.key === "Enter" && one) {
      event.preventDefault();
      act(one, event);
    }
  };
  return (
    <>
      <input
        ref={box}
        data-testid="search"
        type="search"
        role="combobox"
        aria-expanded={asked && results !== undefined}
        aria-controls="command-results"
        aria-activedescendant={asked && results?.length ? `command-${marked}` : undefined}
        className="field"
        maxLength={LONGEST}
        placeholder={`${t("search")} (/)`}
        aria-label={t("search")}
        value={words}
        onChange={(event) => put({ words: event.currentTarget.value })}
        onKeyDown={press}
      />
      {asked && results ? (
        <div className="results" data-testid="results" role="listbox" id="command-results" aria-label={t("search")}>
          {results.length ? null : <p className="muted empty">{t("none")}</p>}
          {results.map((one, i) => (
            <div
              role="option"
              tabIndex={-1}
              className="row"
              id={`command-${i}`}
              aria-selected={i === marked}
              key={`${one.layer}${one.fid}${one.title}`}
              data-testid={`result-${one.layer}-${one.fid}`}
              onClick={(event) => act(one, event)}
              onKeyDown={(event) => event.key === "Enter" && act(one, event)}
            >
              <span>◎</span>
              <span>
                <span>{one.title}</span>
                <br />
                <span className="muted">
                  {one.subtitle} <SourceWords source={one.place_source} accuracy_m={one.accuracy_m} />
                </span>
              </span>
            </div>
          ))}
          {results.length ? (
            <p className="muted empty" data-testid="command-hints">
              ↑↓ · Enter {t("goThere")}
              {may("handle_cases") ? ` · Ctrl+Enter ${t("reportThere")}` : ""}
              {item?.allowed.includes("place") ? ` · Alt+Enter ${t("placeThere")} ${item.code}` : ""}
            </p>
          ) : null}
        </div>
      ) : null}
    </>
  );
}
