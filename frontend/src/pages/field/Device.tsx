/** The device: who is signed in, sharing the position, pairing another tracker, emergency numbers. */

import { useState } from "react";
import { ApiProblem, get, post } from "../../api/client";
import type { City, Pairing, Session } from "../../api/types";
import { setLanguage, useSay } from "../../language/store";
import { age } from "../../panels/age";
import { setSharing, useSharing } from "./share";
import { useAnswer } from "./useAnswer";

export function Device({
  city,
  user,
  now_ms,
  signOut,
}: {
  city: City | null;
  user: NonNullable<Session["user"]> | null;
  now_ms: number;
  signOut: () => void;
}) {
  const { t, w, language } = useSay();
  const sharing = useSharing();
  const [code, setCode] = useState(false);
  return (
    <section className="panel" data-testid="device">
      <h2>{user?.display_name || user?.username}</h2>
      <label className="switch">
        <input
          type="checkbox"
          data-testid="share"
          checked={sharing.on}
          onChange={(event) => setSharing(event.currentTarget.checked)}
        />
        {t("sharePosition")}
      </label>
      <p data-testid="here">
        {sharing.problem === "denied" ? `⚠ ${t("positionDenied")}` : null}
        {sharing.problem === "unavailable" ? `⚠ ${t("positionUnavailable")}` : null}
        {sharing.here
          ? `±${Math.round(sharing.here.accuracy_m)} m · ${age((now_ms - sharing.here.at_ms) / 1000)} ${t("ago")}`
          : null}
        {sharing.awake ? ` · ${t("screenAwake")}` : ""}
      </p>
      <button type="button" data-testid="pairing-show" onClick={() => setCode((was) => !was)}>
        {t(code ? "hideCode" : "showCode")}
      </button>
      {code ? <PairingCode /> : null}
      {city ? (
        <>
          <h3>{t("emergency")}</h3>
          <div className="numbers">
            {city.emergency_numbers.map((one) => (
              <a className="button" key={one.number} href={`tel:${one.number}`}>
                <b>{one.number}</b> {w(one)}
              </a>
            ))}
          </div>
        </>
      ) : null}
      <button type="button" data-testid="language" onClick={() => setLanguage(language === "vi" ? "en" : "vi")}>
        {language === "vi" ? "English" : "Tiếng Việt"}
      </button>
      <button type="button" data-testid="sign-out" onClick={signOut}>
        {t("signOut")}
      </button>
    </section>
  );
}

const PAIRING = "/api/my/pairing";

/** The unit's key; made when there is none yet. */
async function keyOfUnit(): Promise<Pairing> {
  try {
    return await get<Pairing>(PAIRING);
  } catch (error) {
    if (error instanceof ApiProblem && error.body.status === 404) return post<Pairing>(PAIRING);
    throw error;
  }
}

function PairingCode() {
  const { t } = useSay();
  const { answer, problem } = useAnswer(keyOfUnit);
  return (
    <div className="pairing">
      <h3>{t("pairing")}</h3>
      <p>{t("pairingHow")}</p>
      {problem ? <p role="alert">{problem}</p> : null}
      {answer ? (
        <>
          {/* As a picture: whatever the SVG holds, nothing in it runs. */}
          <img
            data-testid="pairing-qr"
            alt={t("pairing")}
            src={`data:image/svg+xml;utf8,${encodeURIComponent(answer.qr_svg)}`}
          />
          <code>{answer.url}</code>
        </>
      ) : null}
    </div>
  );
}
