/** What the JSON API answers, as far as the pages read it. */
import type { Feature, LineString } from "geojson";

export type Language = "vi" | "en";
export interface Words {
  vi: string;
  en: string;
}
export interface Coded extends Words {
  code: string;
}
export interface Session {
  authenticated: boolean;
  user: {
    id: number;
    username: string;
    display_name: string;
    agency: { code: string; name: string } | null;
    roles: string[];
    language: Language;
  } | null;
  permissions: string[];
  csrf_token: string;
}
export interface Category extends Coded {
  process: "timed" | "immediate";
  severity: number;
  domain: string;
}
export interface City {
  name: Words;
  srid: number;
  /** The city's metric CRS in the words of PROJ, datum shift and all. */
  proj4: string;
  view: { lon: number; lat: number; zoom: number };
  bounds: [number, number, number, number];
  emergency_numbers: ({ number: string } & Words)[];
  categories: Category[];
  severities: ({ level: number } & Words)[];
  statuses: Coded[];
  assignment_statuses?: Coded[];
  availabilities?: Coded[];
  primary_statuses?: Coded[];
  secondary_statuses?: Coded[];
  agencies?: Coded[];
  /** Kinds of force, what units can do and what they carry. */
  forces?: Coded[];
  skills?: Coded[];
  equipment?: Coded[];
  channels: Coded[];
  outcomes: Coded[];
  sensitivities?: Coded[];
  verification_ways?: (Coded & { layer: string | null })[];
  modes: Coded[];
  stale_after_s: number;
  lost_after_s: number;
  languages: Language[];
  demo: boolean;
}
export interface LegendRow {
  label: Words;
  color: string;
  shape?: string;
}
export interface LayerField {
  name: string;
  title: Words;
  type: string;
  unit: string;
  choices: ({ value: string | number } & Words)[] | null;
  editable: boolean;
  required: boolean;
}
export interface Layer {
  slug: string;
  title: Words;
  group: string;
  kind: "vector" | "raster";
  geometry: string;
  tiles: string;
  minzoom: number;
  maxzoom: number;
  visible: boolean;
  editable: boolean;
  label: string | null;
  /** Whether edits of it wait in a change set for an approver. */
  review?: boolean;
  /** What the caller may do: see create edit delete import export submit publish. */
  may?: string[];
  history?: boolean;
  lineage?: boolean;
  rules?: ({ rule: string; severity: "error" | "warning" } & Words)[];
  fields: LayerField[];
  style: Record<string, unknown>[];
  legend: LegendRow[];
  as_of: string;
}
export interface Catalogue {
  layers: Layer[];
  groups: ({ slug: string } & Words)[];
}
export interface Incident {
  id: number;
  code: string;
  category: string;
  process: string;
  severity: number;
  status: string;
  description: string;
  place_name: string;
  /** Null: nobody knows yet where; such a case is on no map. */
  lon: number | null;
  lat: number | null;
  place_source?: string;
  accuracy_m: number | null;
  channel: string;
  reporter_name?: string;
  reporter_phone?: string;
  reported_at: string;
  acknowledged_at: string | null;
  verified_at: string | null;
  closed_at: string | null;
  outcome: string | null;
  agency?: { code: string; name: string } | null;
  due_at?: string | null;
  answer?: string | null;
  answered_at?: string | null;
  ward_name?: string;
  road_name?: string;
  duplicates: number;
  version: number;
  exercise?: boolean;
  restricted?: boolean;
  sensitivity?: string;
  /** The large event that the case is a part of, and how many parts it has itself. */
  parent?: CaseName | null;
  parts?: number;
  merged_into?: CaseName | null;
  /** Since when the response is measured, where that is not the report. */
  clock_at?: string | null;
  promoted_at?: string | null;
  timers?: { acknowledge_by: string | null; verify_by: string | null; dispatch_by: string | null };
}
export interface CaseName {
  id: number;
  code: string;
}
/** A case that may be the same: how likely, and why. */
export interface Suggestion extends Incident {
  score: number;
  ended: boolean;
  reasons: (Words & { code: string })[];
}
/** One report of a case; the reporter where the caller sees reporters. */
export interface CaseReport extends CaseName {
  channel: string;
  category: string;
  severity: number;
  status: string;
  description: string;
  reported_at: string;
  reporter_name?: string;
  reporter_phone?: string;
  place_name?: string;
  road_name?: string;
  closed_at?: string | null;
  duplicates?: number;
}
export interface VerifyingAct {
  incident_id: number;
  at: string;
  by: string;
  way: Coded;
  holds: boolean;
  note: string;
  evidence: { layer: string; fid: number } | null;
}
export interface NamedPerson {
  username: string;
  name: string;
  since: string;
  by: string | null;
  because: string;
}
export interface Entry {
  id?: number;
  /** The code of the merged report that the step belongs to. */
  case?: string;
  words?: Words;
  fields?: Record<string, [unknown, unknown]>;
  at: string;
  by: unknown;
  kind: string;
  status_from: string | null;
  status_to: string | null;
  note: string;
}
export interface Assignment {
  id: number;
  status: string;
  responder: {
    id: number;
    code: string;
    name: string;
    kind: string;
    mode: string;
    authority: string;
    agency: unknown;
  };
  requested_at: string;
  accepted_at: string | null;
  enroute_at: string | null;
  on_scene_at: string | null;
  cleared_at: string | null;
  eta_s: number | null;
  distance_m: number | null;
  steps?: string[];
  ended_at?: string | null;
  role?: string;
  because?: string;
  due_at?: string | null;
}
export interface StepField extends Words {
  code: string;
  type: "text" | "number" | "integer" | "yes_no" | "choice" | "date";
  required?: boolean;
  min?: number;
  max?: number;
  choices?: (Words & { value: string })[];
}
/** Somebody was told of a case, or given a task in it. */
export interface Notice {
  id: number;
  kind: "notify" | "task";
  words: Words;
  about: About;
  agency: { code: string; name: string; phone: string } | null;
  at: string;
  due_at: string | null;
  by: string | null;
  acknowledged_at: string | null;
  acknowledged_by: string | null;
  done_at: string | null;
  withdrawn_at: string | null;
  note: string;
  on_call: { name: string; phone: string; post: string }[];
  people?: string[];
}
/** What is told of a case to who may not see it. */
export interface About {
  code: string;
  restricted?: boolean;
  exercise: boolean;
  category?: string;
  severity?: number;
  place?: string;
  ward?: string;
  lon?: number | null;
  lat?: number | null;
}
export interface PlaybookStep {
  code: string;
  kind: "manual" | "decide" | "notify" | "dispatch" | "task" | "map" | "form" | "wait";
  title: Words;
  who: string;
  evidence: boolean;
  evidence_kinds: string[];
  choices: (Words & { value: string })[];
  authority: "operator" | "leader";
  opened_at: string | null;
  due_at: string | null;
  /** `later` waits for a step before it, `off` lies on a way not taken, `begun` waits for somebody else. */
  status: "todo" | "begun" | "done" | "skipped" | "later" | "off";
  at: string | null;
  by: string | null;
  note: string;
  choice: string;
  answers: Record<string, unknown>;
  late: boolean;
  notices: Notice[];
  fields?: StepField[];
  layer?: string;
  zoom?: number;
  tool?: "layer" | "isochrone" | "closure";
  minutes?: number;
  mode?: string;
  for_s?: number;
  until?: string;
}
export interface PlaybookRun {
  slug: string;
  version: number;
  /** A better version in force, that the case may go on by. */
  newer: number | null;
  title: Words;
  armed_at: string;
  steps: PlaybookStep[];
}
export interface Opinion {
  id: number;
  incident_id: number;
  step: string;
  question: string;
  options: (Words & { value: string })[];
  about: About;
  asked_at: string;
  asked_by: string;
  due_at: string;
  reached: { name: string; at: string }[];
  left: number;
  status: "pending" | "answered" | "withdrawn" | "expired";
  answered_at: string | null;
  answered_by: string | null;
  answer: string;
  words: string;
  mine: boolean;
}
export interface IncidentDetail extends Incident {
  entries: Entry[];
  assignments: Assignment[];
  nearby: Suggestion[];
  reports?: CaseReport[];
  children?: CaseReport[];
  /** What it has to do with other cases, in the words of EIDO: REPLACING, REPLACED, Link, Split. */
  related?: { eido: string; id: number; code: string }[];
  verifications?: VerifyingAct[];
  people?: NamedPerson[];
  speed_undo_until?: string | null;
  playbooks: PlaybookRun[];
  opinions?: Opinion[];
  /** The verbs that the caller may do now. */
  allowed: string[];
  /** Links to the caller's phone, for who handles cases. */
  links?: PhoneLink[];
  calls?: { id: number; number: string | null; state: string; rang_at: string }[];
}
/** What whoever took a case out of their own sight by a deed is told: that it is done, and the coarse cell that they still see. */
export interface OutOfSight {
  id: number;
  code: string;
  out_of_sight: true;
  words: Words;
  area: { id: number; lon: number; lat: number } | null;
}
export interface Queue {
  items: Incident[];
  counts: Record<string, number>;
  by_severity?: Record<string, number>;
  as_of: string;
}
/** What needs a person, until somebody takes it or its cause is gone. */
export interface Alarm {
  id: number;
  kind: string;
  subject: string;
  raised_at: string;
  due_at: string | null;
  level: number;
  escalated_at: string | null;
  acknowledged_at: string | null;
  acknowledged_by: string | null;
  note: string;
  sounds: boolean;
  /** Among alarms of one case the greater stands first. */
  urgency: number;
  words: Words;
  data: Record<string, unknown>;
  incident: {
    id: number;
    code: string;
    category: string;
    severity: number;
    status: string;
    place_name: string;
    ward_name: string;
  } | null;
  responder: { id: number; code: string; name: string } | null;
}
export interface Candidate {
  responder: {
    id: number;
    code: string;
    name: string;
    kind: string;
    mode: string;
    authority: string;
    position_age_s: number | null;
    stale: unknown;
  };
  travel_s: number;
  /** What follows is told of the first forty and of those recommended. */
  eta?: string;
  distance_m: number | null;
  rank: number;
  /** Whether the unit is equipped for this kind of case: for any role of its run card. */
  fits?: boolean;
  roles?: { code: string; fits: boolean; missing: Words[] }[];
  /** The role that it is recommended for. */
  recommended?: string | null;
  /** What speaks against it, each wanting a reason in writing. */
  doubts?: Coded[];
  /** What is good to know of it, wanting nothing. */
  notes?: Coded[];
  held?: Hold | null;
  turnout_s?: number;
  arrival_s?: number;
  /** Until it is there at the worst that is known of its position. */
  worst_s?: number;
  reason?: Words;
  route?: LineString | null;
}
export interface Hold {
  id: number;
  responder: { id: number; code: string };
  incident: { id: number; code: string } | null;
  area: string;
  because: string;
  by: string;
  until: string;
}
export interface CardRole {
  code: string;
  title: Words;
  count: number;
  out: number;
  within_s: number;
  optional: boolean;
}
export interface Candidates {
  candidates: Candidate[];
  card?: { slug: string; version: number; title: Words; roles: CardRole[] };
  recommended?: {
    responder: number;
    code: string;
    role: string;
    arrival_s: number;
    worst_s: number;
    on_time: boolean;
    certain: boolean;
  }[];
  shortfalls?: { role: string; missing: number; vi: string; en: string; helps: Coded[] }[];
  computed_at: string;
  passed_over: { responder: { id: number; code: string; name: string; kind: string; mode: string }; why: Coded }[];
}
export interface Responder {
  id: number;
  code: string;
  name: string;
  kind: string;
  mode: string;
  availability: string;
  lon: number | null;
  lat: number | null;
  position_at: string | null;
  primary_status?: string;
  secondary_statuses?: string[];
  duty?: string;
  activity?: string;
  skills?: string[];
  crew_now?: number;
  crew_seats?: number;
  on_since?: string | null;
  shift_ends_at?: string | null;
  last_check_at?: string | null;
  /** By when it should say again that it is well; null where nobody asks. */
  check_due_at?: string | null;
  assignment: { id: number; incident_id: number; incident_code: string; status: string } | null;
}
export interface UnitDetail extends Responder {
  crew: { id: number; name: string; phone: string; qualifications: string[]; since: string }[];
  equipment: { name: string; kind: string; state: string; skills: string[]; essential: boolean; note: string }[];
  worked_h: number;
  work_most_h: number;
  tired: boolean;
}
export interface Trail {
  /** Each stretch a list of [lon, lat, seconds since 1970]. */
  stretches: [number, number, number][][];
  gaps: { from: string; until: string; ends: [[number, number], [number, number]] }[];
  fixes: number;
  cut: boolean;
  doubted: { at: string; reason: string; lon: number; lat: number }[];
}
export interface Turn {
  turn: number;
  agency: string;
  agency_name: string;
  post: string;
  name: string;
  phone: string;
  starts_at: string;
  until: string;
  instead_of: string | null;
  member: number;
}
export interface RosterAnswer {
  items: Turn[];
  on_call: Turn[];
  faults: {
    kind: "gap" | "overlap";
    agency: string;
    post: string;
    from: string;
    until: string;
    name: string;
    other_post: string;
  }[];
  may_change: boolean;
}
export interface Member {
  id: number;
  agency: string;
  name: string;
  phone: string;
  unit: string | null;
}
export interface PhoneLink {
  id: number;
  made_at: string;
  expires_at: string;
  revoked_at: string | null;
  taken_at: string | null;
  said_at: string | null;
  lon: number | null;
  lat: number | null;
  accuracy_m: number | null;
  accepted_at: string | null;
  pictures: number;
}
export interface SearchResult {
  layer: string;
  fid: number;
  title: string;
  subtitle: string;
  lon: number | null;
  lat: number | null;
  bbox: [number, number, number, number] | null;
  /** By what the place is known, and how sure that is. */
  place_source?: string;
  accuracy_m?: number | null;
}
export interface HeatLegend {
  unit: string | Words;
  ramp: { from: number; to: number | null; color: string }[];
}
export interface Change {
  kind: string;
  layer: string;
  at: string;
  features: Feature[];
  gone: number[];
}
export interface SeeingCamera {
  id: number;
  code: string;
  name: string;
  state: string;
  distance_m: number;
  bearing_deg: number;
  lon: number;
  lat: number;
}
export interface ContextLine {
  fid: number;
  name: string;
  distance_m: number;
  owner: Words | null;
  responsible: Words | null;
}
/** The card of a place; a part is null where the caller may see nothing of its kind. */
export interface Context {
  ward: { code: string; name: string } | null;
  ward_before: { code: string; name: string; valid_until: string } | null;
  road: ContextLine | null;
  canal: ContextLine | null;
  parcel: { fid: number; sheet_no?: number; parcel_no?: number } | null;
  flood: {
    floods_from_cm: number | null;
    level_cm: number | null;
    under_water: boolean;
    measured_at: string | null;
  } | null;
  nearest: { layer: string; fid: number; title: string; distance_m: number; lon: number; lat: number }[] | null;
  cameras: SeeingCamera[] | null;
  open_cases:
    | { id: number; distance_m: number; code: string; category: string; severity: number; reported_at: string }[]
    | null;
  history: { days: number; reach_m: number; kinds: { category: string; n: number }[] } | null;
  units: { id: number; code: string; travel_s: number; distance_m: number; position_age_s: number }[] | null;
  in_charge:
    | (Words & {
        code: string;
        duty_phone: string;
        categories: string[];
        on_call: { name: string; post: string; phone: string }[];
      })[]
    | null;
}
export interface WallCase {
  id: number;
  code: string;
  category: string;
  severity: number;
  status: string;
  reported_at: string;
  ward_name: string;
  lon: number | null;
  lat: number | null;
}
export interface Wall {
  as_of: string;
  data_until: string | null;
  period: { from: string; to: string; days: number };
  n: number;
  sparse: boolean;
  open_by_severity: { severity: number; n: number }[];
  units_by_state: { state: string; n: number }[];
  verify_p90_s: number | null;
  dispatch_p90_s: number | null;
  by_ward: { code: string; name: string; n: number; population: number | null; rate_per_10k: number | null }[];
  latest: WallCase[];
  sensors_offline: number | null;
}
export interface MyAssignment {
  id: number;
  status: string;
  incident: Pick<
    Incident,
    | "id"
    | "code"
    | "category"
    | "severity"
    | "status"
    | "description"
    | "place_name"
    | "lon"
    | "lat"
    | "accuracy_m"
    | "reported_at"
  >;
  route: LineString | null;
  travel_s: number | null;
  distance_m: number | null;
  next: string | null;
  steps?: string[];
  undo_until: string | null;
}
export interface MyWork {
  responder: Responder | null;
  assignments: MyAssignment[];
  as_of: string;
}
export interface Pairing {
  url: string;
  device_id: string;
  qr_svg: string;
}
