/** Who else has the feature in hand open: told and asked every half minute, and ended when the feature is put back. */
import { useEffect } from "react";
import { send } from "../../api/client";
import { useNewest } from "../../panels/useNewest";
import { type Desk, put, useDesk, useLayer } from "./desk";

const BEAT_MS = 30_000;

export function usePresence(): void {
  const fid = useDesk((now) => now.target?.fid ?? null);
  const slug = useLayer()?.slug ?? null;
  const asked = useNewest();
  useEffect(() => {
    if (fid === null || !slug) return;
    const address = `/api/layers/${slug}/features/${fid}/presence`;
    const tell = (): void => {
      // A hint that does not come is no reason to disturb anybody.
      void asked.ask(send<Pick<Desk, "others">>("PUT", address, {}), ({ body }) => put({ others: body.others }));
    };
    tell();
    const beat = setInterval(tell, BEAT_MS);
    return () => {
      asked.drop();
      clearInterval(beat);
      put({ others: [] });
      void send("DELETE", address).catch(() => undefined);
    };
  }, [asked, slug, fid]);
}
