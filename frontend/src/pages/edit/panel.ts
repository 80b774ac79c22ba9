/** What the bringing panels share of the desk: what they read, how they hand over to each other, and that nobody edits what only looks like now. */
import { useEffect } from "react";
import { get } from "../../api/client";
import type { Catalogue } from "../../api/types";
import { type Desk, desk, layerOf, put, useDesk } from "./desk";
import { drop, free } from "./picking";

/** Sets or takes away parts of the address, which is where a panel finds its place again. */
export function remember(parts: Readonly<Record<string, string | number | null>>): void {
  const query = new URLSearchParams(location.search);
  for (const [name, value] of Object.entries(parts))
    if (value === null) query.delete(name);
    else query.set(name, String(value));
  history.replaceState(null, "", `?${query}`);
}
export const remembered = (name: string): string | null => new URLSearchParams(location.search).get(name);

/** Reads the catalogue again: a layer was made, restyled or taken away. */
export async function reload(): Promise<void> {
  put({ catalogue: await get<Catalogue>("/api/layers") });
}
/** Another panel, with what it is to open. */
export function goTo(panel: string, parts: Readonly<Record<string, string | number | null>> = {}): void {
  remember(parts);
  put({ panel });
}
export const openSet = (id: number): void => goTo("review", { set: id });

export interface Shared extends Pick<Desk, "map" | "city" | "session" | "catalogue"> {
  layer: ReturnType<typeof layerOf>;
}
export function useShared(): Shared {
  const now = useDesk();
  return { map: now.map, city: now.city, session: now.session, catalogue: now.catalogue, layer: layerOf(now) };
}

/** While `on`, the desk looks and edits nothing: what the map shows is not what stands. */
export function useHandsOff(on: boolean): void {
  useEffect(() => {
    if (!on || !free()) return;
    drop();
    put({ hand: "look" });
    return () => {
      if (desk().hand === "look") put({ hand: "pick" });
    };
  }, [on]);
}

export const still = (): boolean => matchMedia("(prefers-reduced-motion: reduce)").matches;
