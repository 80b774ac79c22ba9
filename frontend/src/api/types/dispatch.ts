/** Who is sent: candidates, run cards, holds, and what each unit does of it. */
import type { LineString } from "geojson";
import type { Coded, Words } from "./city";

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
