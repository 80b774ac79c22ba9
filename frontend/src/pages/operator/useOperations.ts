/** What the operator's page knows: the lists it reads, kept current by the stream. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect } from "react";
import { get, session as readSession } from "../../api/client";
import type { Candidates, Catalogue, Change, City, IncidentDetail, Queue, Responder } from "../../api/types";
import { gathered } from "../../live/gathered";
import { closeStream, listen, openStream } from "../../live/stream";
import type { Tab } from "./CaseList";

const GATHER_MS = 250;
type Units = { items: Responder[]; as_of?: string };

/** A unit moved: its new place at once, without asking; an older word than the one shown changes nothing. */
export function moved(was: Units | undefined, change: Change): Units | undefined {
  if (!was) return was;
  return {
    ...was,
    items: was.items.map((one) => {
      const feature = change.features.find((each) => Number(each.id) === one.id);
      if (feature?.geometry?.type !== "Point") return one;
      const position_at = String(feature.properties?.position_at ?? change.at);
      if (one.position_at && Date.parse(position_at) < Date.parse(one.position_at)) return one;
      const [lon, lat] = feature.geometry.coordinates as [number, number];
      return { ...one, lon, lat, position_at };
    }),
  };
}

export function useOperations(tab: Tab, selected: number | null, staleToo: boolean) {
  const client = useQueryClient();
  const session = useQuery({ queryKey: ["session"], queryFn: readSession });
  const permissions = session.data?.permissions;
  const may = useCallback((permission: string) => permissions?.includes(permission) ?? false, [permissions]);
  const cases = may("see_cases");
  const city = useQuery({
    queryKey: ["city"],
    queryFn: () => get<City>("/api/city"),
    staleTime: Number.POSITIVE_INFINITY,
  }).data;
  const catalogue = useQuery({ queryKey: ["layers"], queryFn: () => get<Catalogue>("/api/layers") }).data;
  const queue = useQuery({
    queryKey: ["queue", tab],
    queryFn: () => get<Queue>(`/api/incidents?state=${tab}&limit=200`),
    enabled: cases,
  }).data;
  const open = useQuery({
    queryKey: ["queue", "open"],
    queryFn: () => get<Queue>("/api/incidents?state=open&limit=500"),
    enabled: cases,
  }).data;
  const units = useQuery({
    queryKey: ["units"],
    queryFn: () => get<Units>("/api/responders"),
    enabled: may("see_units"),
  }).data?.items;
  const found = useQuery({
    queryKey: ["case", selected],
    queryFn: () => get<IncidentDetail>(`/api/incidents/${selected}`),
    enabled: cases && selected !== null,
  }).data;
  const item = found?.id === selected ? found : undefined;
  const dispatchable = (item?.allowed.includes("dispatch") ?? false) && may("dispatch_units");
  const candidates = useQuery({
    queryKey: ["candidates", selected, staleToo],
    queryFn: () => get<Candidates>(`/api/incidents/${selected}/candidates${staleToo ? "?stale=true" : ""}`),
    enabled: dispatchable,
  }).data;

  const user = session.data?.user?.id;
  const known = session.data !== undefined;
  useEffect(() => {
    if (known) openStream();
    return closeStream;
  }, [user, known]);
  useEffect(() => {
    // Units may move many times a second: the lists hear of it a few times.
    const units_ = gathered<Change>((changes) => {
      client.setQueryData<Units>(["units"], (was) => changes.reduce<Units | undefined>(moved, was));
      if (changes.some((change) => change.kind !== "responder.moved"))
        void client.invalidateQueries({ queryKey: ["units"] });
    }, GATHER_MS);
    const cases_ = gathered<Change>(() => {
      for (const key of ["queue", "case", "candidates", "units"]) void client.invalidateQueries({ queryKey: [key] });
    }, GATHER_MS);
    const deaf = listen({
      refetch: () =>
        void client.invalidateQueries({
          predicate: (query) => !["city", "session"].includes(String(query.queryKey[0])),
        }),
      change: (change) => {
        if (change.layer === "responders") units_.put(change);
        else if (change.layer === "incidents") cases_.put(change);
      },
    });
    return () => {
      deaf();
      units_.stop();
      cases_.stop();
    };
  }, [client]);
  return {
    client,
    session: session.data,
    may,
    cases,
    city,
    catalogue,
    queue,
    open,
    units,
    item,
    dispatchable,
    candidates,
  };
}
