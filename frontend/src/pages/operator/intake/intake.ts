/** What taking a report in holds in hand: the place that was found for it and the call that it comes by. */
import { create } from "zustand";
import { get, post } from "../../../api/client";
import type { IncidentDetail, SearchResult } from "../../../api/types";
import { placeOf } from "../../../geometry/placeOf";
import { client, desk } from "../desk";
import { openDrawer } from "../drawers";

/** A place, by what it is known and how sure it is. */
export interface Spot {
  lon: number;
  lat: number;
  title: string;
  source: string;
  accuracy_m: number | null;
}
export interface EarlierCase {
  id: number;
  code: string;
  category: string;
  severity: number;
  status: string;
  place_name: string;
  reported_at: string;
}
export interface Call {
  id: number;
  state: "ringing" | "answered" | "missed" | "ended";
  number: string | null;
  line: string;
  desk: string;
  rang_at: string;
  taken_by: string | null;
  incident_id: number | null;
  earlier: EarlierCase[];
}

export const useIntake = create<{ spot: Spot | null; call: Call | null }>(() => ({ spot: null, call: null }));
export const intake = useIntake.getState;

export function spotOf(one: SearchResult): Spot | null {
  const at = placeOf(one);
  return at
    ? {
        lon: at[0],
        lat: at[1],
        title: one.title,
        source: one.place_source ?? "landmark",
        accuracy_m: one.accuracy_m ?? null,
      }
    : null;
}

/** A new report at a place that was found. */
export function reportAt(spot: Spot): void {
  useIntake.setState({ spot });
  openDrawer("report");
}

/** The case in hand is there. Somebody else's newer place is not said over: the server tells. */
export function placeCase(item: IncidentDetail, spot: Spot): Promise<void> {
  const named = ["coordinates", "plus_code", "map"].includes(spot.source) ? {} : { place_name: spot.title };
  const body = {
    lon: spot.lon,
    lat: spot.lat,
    source: spot.source,
    accuracy_m: spot.accuracy_m,
    version: item.version,
  };
  return post<IncidentDetail>(`/api/incidents/${item.id}/place`, { ...body, ...named }).then((made) => {
    desk().take(made);
  }, desk().tell);
}

export const readCalls = (): Promise<{ items: Call[] }> => get<{ items: Call[] }>("/api/calls");

/** Take a call into a new report with its number filled in. */
export function takeCall(call: Call): void {
  useIntake.setState({ call });
  openDrawer("report");
  post(`/api/calls/${call.id}/take`).then(() => client.invalidateQueries({ queryKey: ["calls"] }), desk().tell);
}

/** The call that has waited longest and that nobody has taken; somebody on the line goes before one who has hung up. */
export function nextOf(items: readonly Call[]): Call | undefined {
  const waiting = items.filter((one) => !one.taken_by && one.state !== "ended");
  return waiting.find((one) => one.state !== "missed") ?? waiting[0];
}
const nextCall = (): Call | undefined => nextOf(client.getQueryData<{ items: Call[] }>(["calls"])?.items ?? []);
/** One key takes in what waits outside: the call that rings, or else the place that a phone offers for the case in hand. */
export function takeIn(): void {
  if (!desk().may("handle_cases")) return;
  const call = nextCall();
  if (call) takeCall(call);
  else acceptOffered();
}

/** The newest place that a phone has offered and nobody has taken over yet. */
export const offered = (item: IncidentDetail | undefined) =>
  item?.links?.find((one) => one.said_at && !one.accepted_at && one.lon !== null);
export function acceptOffered(): void {
  const { selected, tell, take } = desk();
  const item = client.getQueryData<IncidentDetail>(["case", selected]);
  const link = offered(item);
  if (item && link)
    post<IncidentDetail>(`/api/incidents/${item.id}/links/${link.id}/accept`, { version: item.version }).then(
      take,
      tell,
    );
}
