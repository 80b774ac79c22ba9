/** What the room of layers answers: the catalogue, search, changes, the card of a place, and the legend of heat. */
import type { Feature } from "geojson";
import type { Words } from "./city";

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
