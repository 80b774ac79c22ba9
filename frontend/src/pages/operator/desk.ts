/** What the operator's page holds in hand: the case, the open panels, the map, and the few deeds that every part of the page shares. */
import { notifications } from "@mantine/notifications";
import type { Map as MapLibreMap } from "maplibre-gl";
import { create } from "zustand";
import { wordsOf } from "../../api/client";
import type { IncidentDetail, OutOfSight, Session } from "../../api/types";
import { useLanguage } from "../../language/store";
import { readAddress, writeAddress } from "../../map/url";
import { singleKeysOn } from "../../panels/keys";
import type { Verb } from "./cases/verbs";
import { Client } from "./client";
import type { Clicked } from "./Inspect";

export const TABS = ["new", "unplaced", "verified", "running", "done"] as const;
export type Tab = (typeof TABS)[number];

export const client = new Client({
  defaultOptions: { queries: { retry: 1, staleTime: 10_000, refetchOnWindowFocus: false } },
});

export interface Desk {
  client: Client;
  session: Session | undefined;
  /** Whether whoever sits here has a permission. */
  may: (permission: string) => boolean;
  map: MapLibreMap | null;
  /** The page's one clock, each second. Take it by a selector of its own: whoever reads it is drawn each second. */
  now_ms: number;
  tab: Tab;
  /** The case in hand. */
  selected: number | null;
  /** What was clicked on the map and is no case. */
  clicked: Clicked | null;
  /** Slugs of the layers that the map shows; null until the catalogue is there. */
  shown: ReadonlySet<string> | null;
  /** Keys of the open panels, in the order they were opened. */
  panels: readonly string[];
  words: string;
  keysOn: boolean;
  /** The verb whose few words are being asked for. */
  asking: Verb | null;
  /** The recommended unit that is preselected, the case that the next Enter sends it to, and the units on their way out. */
  chosen: number | null;
  armed: number | null;
  leaving: ReadonlySet<number>;
  staleToo: boolean;
  /** What calls and is not to be heard for a while. */
  snooze: { keys: ReadonlySet<string>; until_ms: number } | null;
  select: (id: number | null) => void;
  /** A verb's answer becomes the page's truth; a case that left one's sight by it is closed, with the server's words. */
  take: (answer: IncidentDetail | OutOfSight) => void;
  /** Says a refusal in the operator's language. */
  tell: (error: unknown) => void;
}

export const first = readAddress(typeof location === "undefined" ? "" : location.search);
const nobody = (): boolean => false;

export const useDesk = create<Desk>((put) => ({
  client,
  session: undefined,
  may: nobody,
  map: null,
  now_ms: Date.now(),
  tab: "new",
  selected: first.sel,
  clicked: null,
  shown: null,
  panels: first.panel,
  words: "",
  keysOn: typeof localStorage === "undefined" || singleKeysOn(),
  asking: null,
  chosen: null,
  armed: null,
  leaving: new Set<number>(),
  staleToo: false,
  snooze: null,
  select: (id) => {
    put((was) =>
      was.selected === id
        ? { asking: null, clicked: null }
        : { selected: id, asking: null, clicked: null, chosen: null, armed: null, staleToo: false },
    );
    history.replaceState(null, "", writeAddress(location.search, { sel: id }));
  },
  take: (answer) => {
    if ("out_of_sight" in answer) leave(answer);
    else client.hold(["case", answer.id], answer);
    for (const key of ["queue", "units", "candidates"]) void client.invalidateQueries({ queryKey: [key] });
  },
  tell: (error) => void notifications.show({ color: "red", message: wordsOf(error, useLanguage.getState().language) }),
}));
/** Done, and no longer for whoever did it: nothing of the case stays on the page. */
function leave({ id, code, words, area }: OutOfSight): void {
  client.removeQueries({ queryKey: ["case", id] });
  if (useDesk.getState().selected === id) useDesk.getState().select(null);
  if (area) useDesk.getState().map?.easeTo({ center: [area.lon, area.lat], duration: 300 });
  const said = words[useLanguage.getState().language];
  notifications.show({ color: "teal", autoClose: 12_000, title: code, message: said, "data-testid": "left-sight" });
}

export const desk = useDesk.getState;
export const put = useDesk.setState;

/** Who sits here now. */
export function seat(session: Session | undefined): void {
  put({ session, may: session ? (permission) => session.permissions.includes(permission) : nobody });
}
