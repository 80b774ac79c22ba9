/** What this folder asks of the server, and what its panels and its drawing on the map share. */
import { useQuery } from "@tanstack/react-query";
import type { Feature, FeatureCollection, Geometry } from "geojson";
import { create } from "zustand";
import { get } from "../../../api/client";
import { useDesk } from "../desk";

export interface Closure extends Feature {
  id: number;
  version: number;
  state: "current" | "coming" | "ended";
  left_s: number | null;
  properties: { reason: string; modes: string[] | null; factor: number; starts_at: string; ends_at: string | null };
  last_change?: { by: string | null; at: string; because: string };
}
export interface Level {
  source: "hand" | "gauge";
  station: string;
  level_cm: number;
  step_cm: number;
  reading_cm: number | null;
  measured_at: string;
  ends_at: string | null;
  because: string;
  by?: string | null;
}
export interface Flood {
  counting: Level | null;
  passed_over: { station: string; vi: string; en: string }[];
  step_cm: number | null;
  build: {
    datum: string;
    built_at: string;
    raster: string;
    /** When streets were last worked out anew by themselves; streets that wait for it; whether canals have changed, so that the zones are old too. */
    refreshed_at: string | null;
    waiting: number;
    zones_old: boolean;
  } | null;
  least_cm: number;
  most_cm: number;
  within: {
    area_m2: number;
    houses: number;
    places: { name: string; kind: string; lon: number; lat: number }[];
  } | null;
  streets: {
    modes: Record<string, { closed_m: number; slowed_m: number }>;
    names: string[];
    unknown: number;
    lines: FeatureCollection;
  } | null;
}
export interface Share {
  minutes: number;
  area: number;
  houses: number;
}
export interface Spot {
  lon: number;
  lat: number;
  houses: number;
  seconds: number | null;
  before_s?: number | null;
  ward: string | null;
  road: string | null;
}
export interface Readiness {
  at: string;
  columns: number;
  rows: number;
  corners: [number, number][];
  now: number[];
  then: number[] | null;
  shares: Share[];
  then_shares: Share[] | null;
  worst: Spot[];
  lost: Spot[] | null;
  ramp: { seconds: number; color: string }[];
  kinds: { kind: string; units: number; free: number }[];
  units: { id: number; code: string; mode: string; age_s: number }[];
  oldest_position_s: number;
}

const FLOOD_POLL_MS = 60_000;
const CLOSURES_POLL_MS = 60_000;
const READINESS_POLL_MS = 30_000;

export type Tool = "stretch" | "point" | "area";
interface Conditions {
  /** The drawing tool in hand, the places that were clicked with it, and the shape that came of them. */
  tool: Tool | null;
  points: [number, number][];
  shape: Geometry | null;
  length_m: number | null;
  /** The level that is only looked at, in centimetres; null: the one in force. */
  looking_cm: number | null;
  kind: string;
  without: number | null;
  /** Where it would stand instead; null: nowhere. */
  stands: [number, number] | null;
  /** Whether the surface is shown as it would be after that one left. */
  after: boolean;
}
export const useConditions = create<Conditions>(() => ({
  tool: null,
  points: [],
  shape: null,
  length_m: null,
  looking_cm: null,
  kind: "",
  without: null,
  stands: null,
  after: false,
}));
export const putConditions = useConditions.setState;
export const dropDrawing = (tool: Tool | null = null): void =>
  putConditions({ tool, points: [], shape: null, length_m: null });

export const useClosures = (): Closure[] | undefined =>
  useQuery({
    queryKey: ["closures"],
    queryFn: () => get<{ items: Closure[] }>("/api/closures"),
    refetchInterval: CLOSURES_POLL_MS,
  }).data?.items;

/** `replayed_cm`: the water of another moment, asked instead. */
export function useFlood(replayed_cm: number | null = null): Flood | undefined {
  const looked_cm = useConditions((one) => one.looking_cm);
  const looking_cm = replayed_cm ?? looked_cm;
  return useQuery({
    queryKey: ["flood", looking_cm],
    queryFn: () => get<Flood>(`/api/flood${looking_cm === null ? "" : `?level_cm=${looking_cm}`}`),
    refetchInterval: FLOOD_POLL_MS,
    // The slider keeps what it showed until the next level's answer is there.
    placeholderData: (was) => was,
  }).data;
}

export function useReadiness(open: boolean): Readiness | undefined {
  const { kind, without, stands } = useConditions();
  const may = useDesk((desk) => desk.may);
  const asked = new URLSearchParams({
    ...(kind ? { kind } : {}),
    ...(without === null ? {} : stands ? { moved: `${without}:${stands.join()}` } : { without: `${without}` }),
  });
  return useQuery({
    queryKey: ["readiness", kind, without, stands],
    queryFn: () => get<Readiness>(`/api/readiness?${asked}`),
    enabled: open && may("see_units"),
    refetchInterval: READINESS_POLL_MS,
    placeholderData: (was) => was,
  }).data;
}
