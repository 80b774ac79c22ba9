/** What the operator's page asks of the server: one hook a question, and the answer that is already here for those who are no component. */
import { replaceEqualDeep, useQuery } from "@tanstack/react-query";
import { get, session as readSession } from "../../api/client";
import type { Candidates, Catalogue, City, Incident, IncidentDetail, Queue, Responder } from "../../api/types";
import { placeOf } from "../../geometry/placeOf";
import { client, desk, type Tab, useDesk } from "./desk";

const CANDIDATES_MS = 30_000;
export type Units = { items: Responder[]; as_of?: string };

/** What was just read of the units, with the places that the stream had told of before and that are newer. */
export function ahead(was: Units | undefined, read: Units): Units {
  const shown = new Map(was?.items.map((one) => [one.id, one]));
  return {
    ...read,
    items: read.items.map((one) => {
      const { lon, lat, position_at } = shown.get(one.id) ?? one;
      const isNewer = position_at && one.position_at && Date.parse(position_at) > Date.parse(one.position_at);
      return isNewer ? { ...one, lon: lon ?? null, lat: lat ?? null, position_at } : one;
    }),
  };
}

export const useSession = () => useQuery({ queryKey: ["session"], queryFn: readSession }).data;
export const useCity = (): City | undefined =>
  useQuery({ queryKey: ["city"], queryFn: () => get<City>("/api/city"), staleTime: Number.POSITIVE_INFINITY }).data;
export const useCatalogue = (): Catalogue | undefined =>
  useQuery({ queryKey: ["layers"], queryFn: () => get<Catalogue>("/api/layers") }).data;

/** A leader sees the restricted ones alone. */
export const useSeesCases = (): boolean => useDesk((desk) => desk.may("see_cases") || desk.may("see_restricted"));
export function useQueue(tab: Tab): Queue | undefined {
  return useQuery({
    queryKey: ["queue", tab],
    queryFn: () => get<Queue>(`/api/incidents?state=${tab}&limit=200`),
    enabled: useSeesCases(),
  }).data;
}
export function useOpen(): Queue | undefined {
  return useQuery({
    queryKey: ["queue", "open"],
    queryFn: () => get<Queue>("/api/incidents?state=open&limit=500"),
    enabled: useSeesCases(),
  }).data;
}
export function useUnits(): Responder[] | undefined {
  return useQuery({
    queryKey: ["units"],
    queryFn: () => get<Units>("/api/responders"),
    structuralSharing: (was, read) => replaceEqualDeep(was, ahead(was as Units | undefined, read as Units)),
    enabled: useDesk((desk) => desk.may("see_units")),
  }).data?.items;
}
/** The case in hand, once it is read. */
export function useCase(): IncidentDetail | undefined {
  const selected = useDesk((desk) => desk.selected);
  const found = useQuery({
    queryKey: ["case", selected],
    queryFn: () => get<IncidentDetail>(`/api/incidents/${selected}`),
    enabled: useSeesCases() && selected !== null,
  }).data;
  return found?.id === selected ? found : undefined;
}
/** Whether units may be sent to the case now, by whoever sits here. */
export const isDispatchable = (item: IncidentDetail | undefined, may: (permission: string) => boolean): boolean =>
  placeOf(item) !== null && (item?.allowed.includes("dispatch") ?? false) && may("dispatch_units");
export function useCandidates(): Candidates | undefined {
  const item = useCase();
  const { may, staleToo, leaving } = useDesk();
  const found = useQuery({
    queryKey: ["candidates", item?.id, staleToo],
    queryFn: () => get<Candidates>(`/api/incidents/${item?.id}/candidates${staleToo ? "?stale=true" : ""}`),
    enabled: isDispatchable(item, may),
    // Units move while somebody thinks: nobody decides on arrivals of minutes ago.
    refetchInterval: CANDIDATES_MS,
  }).data;
  return isDispatchable(item, may) ? staying(found, leaving) : undefined;
}
const staying = (found: Candidates | undefined, leaving: ReadonlySet<number>): Candidates | undefined =>
  found && { ...found, candidates: found.candidates.filter((one) => !leaving.has(one.responder.id)) };

/** The same answers for keys and deeds, as far as they have come. */
export const known = {
  city: (): City | undefined => client.getQueryData<City>(["city"]),
  catalogue: (): Catalogue | undefined => client.getQueryData<Catalogue>(["layers"]),
  open: (): Incident[] => client.getQueryData<Queue>(["queue", "open"])?.items ?? [],
  queue: (): Incident[] => client.getQueryData<Queue>(["queue", desk().tab])?.items ?? [],
  item: (): IncidentDetail | undefined => client.getQueryData<IncidentDetail>(["case", desk().selected]),
  candidates: (): Candidates | undefined => {
    const { selected, staleToo, leaving } = desk();
    return staying(client.getQueryData<Candidates>(["candidates", selected, staleToo]), leaving);
  },
};
