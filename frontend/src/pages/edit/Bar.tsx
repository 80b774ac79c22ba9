/** The top of the editor's page: the city, the connection, the language, who is signed in. */
import { signOut } from "../../api/client";
import { setLanguage, useSay } from "../../language/store";
import { useLive } from "../../live/stream";
import { fail, put, useDesk } from "./desk";
import { Find } from "./Find";
import { drop } from "./picking";

export function Bar() {
  const { t, w, language } = useSay();
  const live = useLive();
  const { city, session } = useDesk();
  return (
    <header className="edit-bar">
      <b>{city ? w(city.name) : "NBIOC"}</b>
      <h1>{t("editTitle")}</h1>
      {city?.demo ? <span className="demo">{t("simulated")}</span> : null}
      {session?.user ? <Find /> : null}
      <span className="grow" />
      <span data-testid="connection" data-state={live.connection}>
        {live.connection === "live" ? "●" : "◆"} {t(live.connection)}
      </span>
      <button type="button" data-testid="language" onClick={() => setLanguage(language === "vi" ? "en" : "vi")}>
        {language === "vi" ? "EN" : "VI"}
      </button>
      {session?.user ? (
        <button
          type="button"
          data-testid="sign-out"
          onClick={() =>
            void signOut().then((next) => {
              drop();
              put({ session: next });
            }, fail)
          }
        >
          {session.user.display_name} · {t("signOut")}
        </button>
      ) : null}
    </header>
  );
}
