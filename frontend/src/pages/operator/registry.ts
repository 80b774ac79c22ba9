/**
 * What the operator's page is made of. Each table takes one line more and a component in its owner's folder:
 *
 * - SECTIONS: a part of the case in hand. `when` says whether it is shown; the Section is given the case.
 * - DRAWERS: a panel that opens by its button, by its single key and by `?panel=key`. `place` is where it stands (the shell draws its
 *   frame, its title and its close button, except for a `dialog`, which draws its own Modal); one is open in each place at a time.
 *   `bar` gives it a button in the top bar, those of the `bottom` stand in the line under the map, the others in the menu beside. `permission` hides it from whoever lacks it.
 * - OVERLAYS: something drawn on the map, or a tool that listens to it, for as long as the map stands. It may render a panel over the map.
 *
 * What they share is in `desk.ts` (`useDesk`, `desk()`, `put`), what they ask of the server in `queries.ts`, which events make an answer
 * old in `useOperations.ts` (LIVE), single keys that open no drawer in `keyTable.ts` (KEYS), words in `language/control/`.
 */
import type { Map as MapLibreMap } from "maplibre-gl";
import type { FC } from "react";
import type { IncidentDetail } from "../../api/types";
import { placeOf } from "../../geometry/placeOf";
import type { Key } from "../../language/messages";
import { About } from "./around/About";
import { AroundCase } from "./around/Around";
import { CityLog } from "./CityLog";
import { Agency } from "./cases/Agency";
import { Amend } from "./cases/Amend";
import { Compartment } from "./cases/Compartment";
import { Family } from "./cases/Family";
import { Head } from "./cases/Head";
import { Log } from "./cases/Log";
import { Nearby } from "./cases/Nearby";
import { Reports } from "./cases/Reports";
import { Verbs } from "./cases/VerbBar";
import { Verification } from "./cases/Verification";
import { ClosureOverlay } from "./conditions/ClosureOverlay";
import { Closures } from "./conditions/Closures";
import { Coverage } from "./conditions/Coverage";
import { CoverageOverlay } from "./conditions/CoverageOverlay";
import { Flood } from "./conditions/Flood";
import { FloodOverlay } from "./conditions/FloodOverlay";
import { Assignments } from "./dispatch/Assignments";
import { CandidateList } from "./dispatch/CandidateList";
import { MoveUps } from "./dispatch/MoveUps";
import { Requests } from "./dispatch/Requests";
import { Speeds } from "./dispatch/Speeds";
import { Help } from "./Help";
import { NewReport } from "./intake/NewReport";
import { PhoneLinks } from "./intake/PhoneLinks";
import { PlaceCase } from "./intake/PlaceCase";
import { Heat, LayerTree } from "./MapTools";
import { ExerciseDrawer } from "./playbooks/ExerciseDrawer";
import { ExerciseMarks } from "./playbooks/ExerciseMarks";
import { HandoverDrawer } from "./playbooks/HandoverDrawer";
import { NoticesDrawer } from "./playbooks/NoticesDrawer";
import { OpinionsDrawer } from "./playbooks/OpinionsDrawer";
import { Playbooks } from "./playbooks/Playbooks";
import { ReplayDrawer } from "./playbooks/ReplayDrawer";
import { ReplayOverlay } from "./playbooks/ReplayOverlay";
import { isDispatchable } from "./queries";
import { Seeing } from "./Seeing";
import { Roster } from "./units/Roster";
import { TrailOverlay } from "./units/TrailOverlay";
import { UnitBoard } from "./units/UnitBoard";
import { Settings } from "./watch/Settings";

type May = (permission: string) => boolean;

export interface SectionSlot {
  key: string;
  order: number;
  when: (item: IncidentDetail, may: May) => boolean;
  Section: FC<{ item: IncidentDetail }>;
}
export interface DrawerSlot {
  /** Also what the address says, `?panel=`, and the test id `open-…`. */
  key: string;
  title: Key;
  single?: string;
  permission?: string;
  place: "left" | "right" | "bottom" | "dialog";
  bar?: boolean;
  Drawer: FC<{ close: () => void }>;
}
export interface OverlaySlot {
  key: string;
  Overlay: FC<{ map: MapLibreMap }>;
}

const always = (): boolean => true;

export const SECTIONS: readonly SectionSlot[] = [
  { key: "head", order: 10, when: always, Section: Head },
  {
    key: "place",
    order: 12,
    when: (item, may) => placeOf(item) === null && item.allowed.includes("place") && may("handle_cases"),
    Section: PlaceCase,
  },
  {
    key: "phone",
    order: 35,
    when: (item, may) => may("handle_cases") && (!item.closed_at || Boolean(item.links?.length)),
    Section: PhoneLinks,
  },
  { key: "amend", order: 15, when: (item, may) => !item.closed_at && may("handle_cases"), Section: Amend },
  { key: "agency", order: 20, when: (item) => Boolean(item.agency), Section: Agency },
  { key: "verbs", order: 30, when: always, Section: Verbs },
  { key: "assignments", order: 40, when: (item) => item.assignments.length > 0, Section: Assignments },
  {
    key: "move-ups",
    order: 55,
    when: (item, may) => may("dispatch_units") && item.assignments.length > 0 && !item.closed_at,
    Section: MoveUps,
  },
  { key: "candidates", order: 50, when: isDispatchable, Section: CandidateList },
  {
    key: "playbooks",
    order: 60,
    when: (item, may) => item.playbooks.length > 0 || may("handle_cases"),
    Section: Playbooks,
  },
  { key: "seeing", order: 70, when: (item, may) => placeOf(item) !== null && may("see_cameras"), Section: Seeing },
  { key: "about", order: 73, when: always, Section: About },
  { key: "around", order: 75, when: (item) => placeOf(item) !== null, Section: AroundCase },
  {
    key: "compartment",
    order: 25,
    when: (item) => Boolean(item.restricted) || item.allowed.includes("restrict"),
    Section: Compartment,
  },
  { key: "nearby", order: 35, when: (item) => item.nearby.length > 0, Section: Nearby },
  {
    key: "family",
    order: 62,
    when: (item) => Boolean(item.parent) || (item.children ?? []).length > 0,
    Section: Family,
  },
  { key: "reports", order: 64, when: (item) => (item.reports ?? []).length > 1, Section: Reports },
  {
    key: "verification",
    order: 66,
    when: (item) => (item.verifications ?? []).length > 0 || item.allowed.includes("verify"),
    Section: Verification,
  },
  { key: "log", order: 90, when: always, Section: Log },
];

export const DRAWERS: readonly DrawerSlot[] = [
  { key: "layers", title: "layers", single: "l", place: "left", Drawer: LayerTree },
  { key: "heat", title: "heat", single: "h", place: "right", Drawer: Heat },
  {
    key: "units",
    title: "units",
    single: "u",
    permission: "see_units",
    place: "bottom",
    Drawer: UnitBoard,
  },
  { key: "roster", title: "roster", single: "i", permission: "see_units", place: "right", Drawer: Roster },
  { key: "log", title: "cityLog", permission: "see_cases", place: "bottom", Drawer: CityLog },
  {
    key: "report",
    title: "newReport",
    single: "n",
    permission: "handle_cases",
    place: "dialog",
    bar: true,
    Drawer: NewReport,
  },
  {
    key: "requests",
    title: "dispRequests",
    permission: "answer_cases",
    place: "right",
    bar: true,
    Drawer: Requests,
  },
  {
    key: "opinions",
    title: "opinions",
    permission: "give_opinions",
    place: "right",
    bar: true,
    Drawer: OpinionsDrawer,
  },
  { key: "notices", title: "notices", permission: "see_assets", place: "right", Drawer: NoticesDrawer },
  { key: "handover", title: "handover", permission: "handle_cases", place: "right", Drawer: HandoverDrawer },
  { key: "replay", title: "replay", permission: "see_cases", place: "bottom", Drawer: ReplayDrawer },
  { key: "exercise", title: "exercise", permission: "handle_cases", place: "right", Drawer: ExerciseDrawer },
  { key: "settings", title: "settings", place: "dialog", Drawer: Settings },
  { key: "closures", title: "closures", single: "o", place: "right", Drawer: Closures },
  { key: "flood", title: "flood", single: "w", place: "right", Drawer: Flood },
  { key: "coverage", title: "coverage", single: "q", permission: "see_units", place: "right", Drawer: Coverage },
  { key: "speeds", title: "speeds", permission: "see_aggregates", place: "right", Drawer: Speeds },
  { key: "help", title: "help", single: "?", place: "dialog", bar: true, Drawer: Help },
];

export const OVERLAYS: readonly OverlaySlot[] = [
  { key: "trail", Overlay: TrailOverlay },
  { key: "flood", Overlay: FloodOverlay },
  { key: "coverage", Overlay: CoverageOverlay },
  { key: "closures", Overlay: ClosureOverlay },
  { key: "replay", Overlay: ReplayOverlay },
  { key: "exercise", Overlay: ExerciseMarks },
];
