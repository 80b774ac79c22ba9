/** The layer editor's page: signs in, loads what the desk needs, and lays out its sides, its tools and its map. */
import { useCallback, useEffect } from "react";
import { get, session as readSession } from "../../api/client";
import type { Catalogue, City } from "../../api/types";
import { useSay } from "../../language/store";
import { closeStream, openStream } from "../../live/stream";
import { singleKeysOn } from "../../panels/keys";
import { SignIn } from "../../panels/SignIn";
import { useNewest } from "../../panels/useNewest";
import { Bar } from "./Bar";
import { fail, isDirty, put, useDesk } from "./desk";
import { watchDraft } from "./draft";
import { Help } from "./Help";
import { usePresence } from "./presence";
import { Rail } from "./Rail";
import { Side } from "./Side";
import { Tools } from "./Tools";
import { useAddress } from "./useAddress";
import { useDeskOnMap } from "./useDeskOnMap";
import { useEditMap } from "./useEditMap";
import { useHandIssues } from "./useHandIssues";
import { useKeys } from "./useKeys";
import { VertexTable } from "./VertexTable";

export function EditPage() {
  const session = useDesk((now) => now.session);
  const hand = useDesk((now) => now.hand);
  const catalogue = useDesk((now) => now.catalogue);
  const slug = useDesk((now) => now.slug);
  const dirty = useDesk(isDirty);
  const box = useEditMap();
  useDeskOnMap(useSay().language === "en" ? "en-GB" : "vi-VN");
  usePresence();
  useHandIssues();
  useKeys();
  useAddress();

  const asked = useNewest();
  const load = useCallback(async () => {
    put({ keysOn: singleKeysOn() });
    put({ session: await readSession() });
    // What nobody may edit, read before somebody signed in, must not stand over what they may.
    const all = Promise.all([get<City>("/api/city"), get<Catalogue>("/api/layers")]);
    await asked.ask(all, ([city, catalogue]) => put({ city, catalogue }), fail);
  }, [asked]);
  useEffect(() => {
    load().catch(fail);
  }, [load]);
  const user = session?.user?.id;
  useEffect(() => {
    if (user !== undefined) openStream();
    return closeStream;
  }, [user]);
  useEffect(watchDraft, []);
  useEffect(() => {
    const first = catalogue?.layers.find((one) => one.editable);
    if (!slug && first) put({ slug: first.slug });
  }, [catalogue, slug]);
  useEffect(() => {
    const guard = (event: BeforeUnloadEvent) => {
      if (dirty) event.preventDefault();
    };
    addEventListener("beforeunload", guard);
    return () => removeEventListener("beforeunload", guard);
  }, [dirty]);

  if (session && !session.authenticated)
    return (
      <main className="edit-door">
        <SignIn done={() => void load().catch(fail)} />
      </main>
    );
  return (
    <div className="edit" data-testid="edit">
      <Bar />
      <Rail />
      <main className="edit-map">
        <div ref={box} data-testid="map" data-hand={hand} />
        <Tools />
        <VertexTable />
      </main>
      <Side />
      <Help />
    </div>
  );
}
