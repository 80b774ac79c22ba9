/** What the city itself answers: its words, its profile, who sits here. */

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
