/** Who else has the feature in hand open: told and asked every half minute, and ended when the feature is put back. */
import { useEffect } from "react";
import { send } from "../../api/client";
import { type Desk, put, useDesk, useLayer } from "./desk";

const BEAT_MS = 30_000;

export function usePresence(): void {
  const fid = useDesk((now) => now.target?.fid ?? null);
  const slug = useLayer()?.slug ?? null;
  useEffect(() => {
    if (fid === null || !slug) return;
    let gone = false;
    const address = `/api/layers/${slug}/features/${fid}/presence`;
    const tell = (): void => {
      send<Pick<Desk, "others">>("PUT", address, {}).then(
        ({ body }) => !gone && put({ others: body.others }),
        // A hint that does not come is no reason to disturb anybody.
        () => undefined,
      );
    };
    tell();
    const beat = setInterval(tell, BEAT_MS);
    return () => {
      gone = true;
      clearInterval(beat);
      put({ others: [] });
      void send("DELETE", address).catch(() => undefined);
    };
  }, [slug, fid]);
}
