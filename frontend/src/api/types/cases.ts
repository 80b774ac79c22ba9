/** A case: the queue, one case with all that belongs to it, and what needs a person. */
import type { Coded, Words } from "./city";
import type { Assignment } from "./dispatch";
import type { Opinion, PlaybookRun } from "./guidance";
import type { PhoneLink } from "./intake";

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
