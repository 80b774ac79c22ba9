/** What calls for a person now, as this page knows it. */
import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { get } from "../../../api/client";
import type { Alarm, Queue } from "../../../api/types";
import { switches, useSwitches } from "../../../panels/switches";
import { client, useDesk } from "../desk";
import { useOpen } from "../queries";
import { type Calling, callings } from "./callings";

export type Alarms = { items: Alarm[]; as_of: string };

export function useAlarms(): Alarm[] {
  const signedIn = useDesk((desk) => desk.session?.authenticated ?? false);
  return (
    useQuery({ queryKey: ["alarms"], queryFn: () => get<Alarms>("/api/alarms"), enabled: signedIn }).data?.items ?? NONE
  );
}
const NONE: Alarm[] = [];

export function useCallings(): Calling[] {
  const open = useOpen()?.items;
  const alarms = useAlarms();
  const night = useSwitches((switches) => switches.night);
  const takes = useDesk((desk) => desk.may("handle_cases"));
  return useMemo(() => callings(takes ? (open ?? []) : [], alarms, night), [open, alarms, night, takes]);
}

/** The same for a key, as far as the answers have come. */
export const knownCallings = (): Calling[] =>
  callings(
    client.getQueryData<Queue>(["queue", "open"])?.items ?? [],
    client.getQueryData<Alarms>(["alarms"])?.items ?? [],
    switches().night,
  );
