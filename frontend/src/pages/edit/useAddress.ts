/** The address says what is on the desk (layer, feature, panel, draft), so that a link is the same desk. */
import { useEffect, useRef } from "react";
import { readAddress } from "../../map/url";
import { layerOf, useDesk } from "./desk";
import { openDraft } from "./draft";
import { flyTo } from "./mapAccess";
import { pick } from "./picking";

export function useAddress(): void {
  const { slug, panel, target, map, catalogue, draft, session } = useDesk();
  const opened = useRef(readAddress(location.search));
  const waits = useRef(Number(new URLSearchParams(location.search).get("draft")) || null);
  const fid = target?.fid ?? null;
  useEffect(() => {
    if (!session?.user || !waits.current) return;
    // A link to somebody else's draft opens nothing, as if it were not there.
    void openDraft(waits.current).then(() => {
      waits.current = null;
    });
  }, [session?.user?.id]);
  useEffect(() => {
    // Until the first feature of the address is open, its absence is not news.
    if (!catalogue || (opened.current.sel !== null && fid === null) || (waits.current && !draft)) return;
    const query = new URLSearchParams(location.search);
    for (const [name, value] of [
      ["layer", slug],
      ["panel", panel === "layers" ? null : panel],
      ["sel", fid],
      ["draft", draft?.id ?? null],
    ] as const)
      if (value === null) query.delete(name);
      else query.set(name, String(value));
    history.replaceState(null, "", `?${query}`);
  }, [slug, panel, fid, catalogue, draft?.id]);
  useEffect(() => {
    const { sel, z } = opened.current;
    if (!map || sel === null || !layerOf(useDesk.getState())) return;
    pick(sel);
    if (z !== null) return;
    return useDesk.subscribe((now, was) => {
      if (now.target && !was.target && now.target.fid === sel) flyTo(now.target.geometry);
    });
  }, [map, catalogue]);
  useEffect(() => {
    if (fid !== null) opened.current = { ...opened.current, sel: null };
  }, [fid]);
}
