/** The bar over everything: search, what is open by severity, the panels, the stream's state, the clock, who is here. */
import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { RefObject } from "react";
import { get, signOut } from "../../api/client";
import type { City, SearchResult, Session } from "../../api/types";
import { setLanguage, useSay } from "../../language/store";
import { useLive } from "../../live/stream";
import { age } from "../../panels/age";

export type Panels = Record<"layers" | "heat" | "units" | "help" | "report", boolean>;

export function TopBar({
  city,
  session,
  cases,
  may,
  bySeverity,
  panels,
  flip,
  now_ms,
  searchBox,
  words,
  setWords,
  signedOut,
  tell,
  found,
}: {
  city: City | undefined;
  session: Session | undefined;
  cases: boolean;
  may: (permission: string) => boolean;
  bySeverity: Record<string, number> | undefined;
  panels: Panels;
  flip: (part: keyof Panels) => void;
  now_ms: number;
  searchBox: RefObject<HTMLInputElement | null>;
  words: string;
  setWords: (words: string) => void;
  signedOut: (session: Session) => void;
  tell: (error: unknown) => void;
  found: (result: SearchResult) => void;
}) {
  const { t, w, language } = useSay();
  const live = useLive();
  const results = useQuery({
    queryKey: ["search", words],
    queryFn: () => get<{ results: SearchResult[] }>(`/api/search?q=${encodeURIComponent(words)}&limit=8`),
    enabled: words.trim().length > 1,
  }).data?.results;
  const go = (one: SearchResult): void => {
    setWords("");
    searchBox.current?.blur();
    found(one);
  };
  return (
    <header className="bar">
      <b className="name">{city ? w(city.name) : "NBIOC"}</b>
      {city?.demo ? <span className="demo">{t("simulated")}</span> : null}
      <input
        ref={searchBox}
        data-testid="search"
        type="search"
        className="field"
        placeholder={`${t("search")} (/)`}
        aria-label={t("search")}
        value={words}
        onChange={(event) => setWords(event.currentTarget.value)}
        onKeyDown={(event) => {
          const first = results?.[0];
          if (event.key === "Enter" && !event.nativeEvent.isComposing && first) go(first);
          if (event.key === "Escape" && !event.nativeEvent.isComposing) event.currentTarget.blur();
        }}
      />
      {words.trim().length > 1 && results ? (
        <div className="results" data-testid="results">
          {results.length ? null : <p className="muted empty">{t("none")}</p>}
          {results.map((one) => (
            <button
              type="button"
              className="row"
              key={`${one.layer}${one.fid}`}
              data-testid={`result-${one.layer}-${one.fid}`}
              onClick={() => go(one)}
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
      <span className="grow" />
      {(["layers", "heat", "units", "help"] as const).map(
        (part) =>
          (part !== "units" || cases) && (
            <Button
              key={part}
              size="compact-sm"
              variant={panels[part] ? "filled" : "default"}
              data-testid={`open-${part}`}
              onClick={() => flip(part)}
            >
              {t(part)}
            </Button>
          ),
      )}
      {may("handle_cases") ? (
        <Button size="compact-sm" data-testid="open-report" onClick={() => flip("report")}>
          {t("newReport")} (N)
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
      {session?.user ? (
        <Button
          size="compact-sm"
          variant="default"
          data-testid="sign-out"
          onClick={() => void signOut().then(signedOut, tell)}
        >
          <span className="who">{session.user.display_name || session.user.username} ·&nbsp;</span>
          {t("signOut")}
        </Button>
      ) : null}
    </header>
  );
}
