/** The page that a caller opens from a message: it sends where the phone is, and a photo. No framework: it must open on a bad line. */
import "./here.css";
import type { Fix } from "./better";
import { surest } from "./surest";
import { WORDS, type Word } from "./words";

const token = location.pathname.split("/").at(-1) ?? "";
const vi = !(new URLSearchParams(location.search).get("lang") ?? navigator.language).startsWith("en");
const t = (word: Word): string => WORDS[word][vi ? 0 : 1];
// A fix gets surer in its first half minute; after that the phone is left in peace.
const LOOK_MS = 30_000;
const SURE_M = 15;
const STORE = `here:${token.slice(0, 8)}`;

document.documentElement.lang = vi ? "vi" : "en";
const root = document.getElementById("root") as HTMLElement;
const make = <K extends keyof HTMLElementTagNameMap>(tag: K, text = "", testid = ""): HTMLElementTagNameMap[K] => {
  const one = document.createElement(tag);
  one.textContent = text;
  if (testid) one.dataset.testid = testid;
  return one;
};
const said = make("p", "", "said");
said.setAttribute("role", "status");
const tell = (text: string, kind: "" | "good" | "bad" = ""): void => {
  said.textContent = text;
  said.className = kind;
};

class Refused extends Error {}
let claim = read();
function read(): string {
  try {
    return sessionStorage.getItem(STORE) ?? "";
  } catch {
    return "";
  }
}
function keep(next: string): void {
  claim = next;
  try {
    sessionStorage.setItem(STORE, next);
  } catch {
    // Without storage a reload is another phone; the page works on.
  }
}

async function ask(path: string, init: RequestInit = {}): Promise<Record<string, unknown>> {
  const headers = { ...(init.headers ?? {}), ...(claim ? { "X-Claim": claim } : {}) };
  const answer = await fetch(`/api/here/${encodeURIComponent(token)}${path}`, { ...init, headers, cache: "no-store" });
  const body = (await answer.json().catch(() => ({}))) as Record<string, unknown>;
  if (!answer.ok) {
    const words = vi ? (body.detail ?? body.title) : (body.detail_en ?? body.title_en);
    throw new Refused(String(words ?? answer.status));
  }
  if (typeof body.claim === "string") keep(body.claim);
  return body;
}
const failed = (error: unknown): void => tell(error instanceof Refused ? error.message : t("offline"), "bad");

const fixes = surest(async (fix: Fix) => {
  try {
    await ask("/position", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(fix),
    });
    tell(`✓ ${t("sent")} (${t("sure")} ${Math.round(fix.accuracy_m)} m)`, "good");
  } catch (error) {
    failed(error);
    throw error;
  }
});

function locate(button: HTMLButtonElement): void {
  if (!isSecureContext || !navigator.geolocation) {
    tell(t("insecure"), "bad");
    return;
  }
  tell(t("looking"));
  button.disabled = true;
  const done = (): void => {
    navigator.geolocation.clearWatch(watch);
    button.disabled = false;
    button.textContent = t("again");
  };
  const watch = navigator.geolocation.watchPosition(
    ({ coords }) => {
      const fix = { lon: coords.longitude, lat: coords.latitude, accuracy_m: Math.min(coords.accuracy, 100_000) };
      fixes.put(fix);
      if (fix.accuracy_m <= SURE_M) done();
    },
    (error) => {
      tell(t(error.code === error.PERMISSION_DENIED ? "denied" : "unavailable"), "bad");
      done();
    },
    { enableHighAccuracy: true, timeout: LOOK_MS, maximumAge: 0 },
  );
  setTimeout(done, LOOK_MS);
}

function open(until: string, pictures: number): void {
  const position = make("button", t("send"), "send-position");
  position.type = "button";
  position.addEventListener("click", () => {
    fixes.again();
    locate(position);
  });
  const label = make("label", t("photo"));
  label.className = "button";
  const file = make("input", "", "send-photo");
  file.type = "file";
  file.accept = "image/*";
  file.setAttribute("capture", "environment");
  label.append(file);
  file.addEventListener("change", () => {
    const picture = file.files?.[0];
    if (!picture) return;
    const form = new FormData();
    form.set("file", picture);
    tell(t("sending"));
    ask("/photo", { method: "POST", body: form }).then(() => tell(`✓ ${t("photoSent")}`, "good"), failed);
    file.value = "";
  });
  root.replaceChildren(
    make("h1", t("title")),
    make("p", t("why")),
    position,
    ...(pictures > 0 ? [label] : []),
    said,
    make("p", t("danger")),
    make("small", `${t("what")} ${t("until")} ${new Date(until).toLocaleTimeString(vi ? "vi-VN" : "en-GB")}.`),
  );
}

ask("").then(
  (state) => open(String(state.expires_at), Number(state.pictures_left)),
  (error: unknown) => {
    root.replaceChildren(make("h1", t("title")), said);
    failed(error);
  },
);
