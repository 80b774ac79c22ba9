/** Units and their people: positions, crews, rosters, and the work of one unit. */
import type { LineString } from "geojson";
import type { Incident } from "./cases";

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
