/** What is to be done about a case: playbooks and their steps, who is told, opinions. */
import type { Words } from "./city";

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
