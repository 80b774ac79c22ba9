/** The operator's screen: queue, map and case in hand, held together by one selection. */
import { useEffect } from "react";
import { useSay } from "../../language/store";
import { useLive } from "../../live/stream";
import { ageInWords } from "../../panels/age";
import { SignIn } from "../../panels/SignIn";
import { useSwitches } from "../../panels/switches";
import { UndoBar } from "../../panels/UndoBar";
import { commitAll } from "../../panels/undo";
import { Announced } from "./Announced";
import { BottomBar } from "./BottomBar";
import { CaseList } from "./CaseList";
import { Detail } from "./Detail";
import { Drawers } from "./Drawers";
import { client, put, useDesk } from "./desk";
import { useChoice } from "./dispatch/useChoice";
import { freshness } from "./freshness";
import { Inspect } from "./Inspect";
import { Calls } from "./intake/Calls";
import { LayerChips } from "./LayerChips";
import { MapView } from "./MapView";
import { useSeesCases } from "./queries";
import { TopBar } from "./TopBar";
import { useKeys } from "./useKeys";
import { useOperations } from "./useOperations";
import { AlarmStrip } from "./watch/AlarmStrip";
import { NextBar } from "./watch/NextBar";
import { useWatch } from "./watch/useWatch";

export function Operator() {
  useOperations();
  useClock();
  useKeys();
  useChoice();
  useWatch();
  const { t } = useSay();
  const cases = useSeesCases();
  const stale_s = useStale_s();
  const night = useSwitches((switches) => switches.night);
  return (
    <div
      className={cases ? "page" : "page guest"}
      data-testid="operator"
      data-night={night ? "on" : "off"}
      data-stale={freshness(stale_s)}
    >
      <TopBar />
      <aside className="side" data-testid="queue" aria-label={t("queueTitle")}>
        {cases ? <CaseList /> : null}
      </aside>
      <main className="centre">
        <MapView />
        <LayerChips />
        {freshness(stale_s) !== "no" ? <StaleBar stale_s={stale_s} /> : null}
        <div className="watch">
          {cases ? <NextBar /> : null}
          <Calls />
          <AlarmStrip />
        </div>
        <Drawers />
        <BottomBar />
        <UndoBar hint="Z" />
      </main>
      <aside className="side detail" aria-label={t("caseTitle")}>
        <Entrance />
        <Inspect />
        <Detail />
      </aside>
      <Announced />
    </div>
  );
}

/** Whoever has not signed in may do so here. */
function Entrance() {
  const session = useDesk((desk) => desk.session);
  if (!session || session.authenticated) return null;
  return (
    <SignIn
      done={(next) => {
        client.setQueryData(["session"], next);
        put({ shown: null });
        void client.invalidateQueries({ queryKey: ["layers"] });
      }}
    />
  );
}

function StaleBar({ stale_s }: { stale_s: number }) {
  const { t, language } = useSay();
  return (
    <div className="stale-bar" data-testid="stale-bar" role="alert">
      ⚠ {t("staleData")} {ageInWords(stale_s, language)} · {t("staleWords")}
    </div>
  );
}

/** How old what the page shows may be. */
function useStale_s(): number {
  const { lastAt_ms } = useLive();
  return useDesk((desk) => Math.floor((desk.now_ms - lastAt_ms) / 1000));
}

function useClock(): void {
  useEffect(() => {
    const id = setInterval(() => put({ now_ms: Date.now() }), 1000);
    addEventListener("pagehide", commitAll);
    return () => {
      clearInterval(id);
      removeEventListener("pagehide", commitAll);
    };
  }, []);
}
