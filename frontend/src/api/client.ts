/** The one way to the JSON API: same origin, CSRF on writes, problems as typed errors. */
import type { Language, Session } from "./types";

export interface ProblemBody {
  code: string;
  status: number;
  title?: string;
  title_en?: string;
  detail?: string;
  detail_en?: string;
  [extra: string]: unknown;
}

export class ApiProblem extends Error {
  constructor(readonly body: ProblemBody) {
    super(body.code);
  }
  words(language: Language): string {
    const b = this.body;
    const words = language === "en" ? (b.detail_en ?? b.title_en) : (b.detail ?? b.title);
    return words || b.detail || b.title || b.code;
  }
}

const KEEPALIVE_BYTES = 30_000;
let csrf = "";

export function wordsOf(error: unknown, language: Language): string {
  if (error instanceof ApiProblem) return error.words(language);
  return language === "en" ? "The server does not answer" : "Máy chủ không trả lời";
}

export interface Answer<T> {
  body: T;
  etag: string | null;
}

/** Writes on their way, by all that they say. */
const onTheirWay = new Map<string, Promise<Answer<unknown>>>();

/** Asks, or does. What is done while the very same is on its way, by a second press on a slow line, is that one and not another. */
export function send<T>(
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Answer<T>> {
  const text_out = body === undefined ? undefined : JSON.stringify(body);
  if (method === "GET") return carry<T>(method, path, text_out, headers);
  const key = JSON.stringify([method, path, text_out, headers]);
  const same = onTheirWay.get(key);
  if (same) return same as Promise<Answer<T>>;
  const sent = carry<T>(method, path, text_out, headers).finally(() => onTheirWay.delete(key));
  onTheirWay.set(key, sent);
  return sent;
}

async function carry<T>(
  method: string,
  path: string,
  text_out: string | undefined,
  headers: Record<string, string>,
): Promise<Answer<T>> {
  const write = method !== "GET";
  const answer = await fetch(path, {
    method,
    credentials: "same-origin",
    headers: {
      Accept: "application/json",
      ...(text_out === undefined ? {} : { "Content-Type": "application/json" }),
      ...(write && csrf ? { "X-CSRFToken": csrf } : {}),
      ...headers,
    },
    body: text_out,
    // A verb sent while the page closes still arrives; browsers allow 64 kB of such requests.
    keepalive: write && (text_out?.length ?? 0) < KEEPALIVE_BYTES,
  });
  const text = await answer.text();
  let parsed: unknown = null;
  try {
    parsed = text ? JSON.parse(text) : null;
  } catch {
    throw new ApiProblem({ code: "not_json", status: answer.status, title: `HTTP ${answer.status}` });
  }
  if (!answer.ok) throw new ApiProblem({ code: `http_${answer.status}`, ...(parsed as object), status: answer.status });
  return { body: parsed as T, etag: answer.headers.get("ETag") };
}

export const get = async <T>(path: string): Promise<T> => (await send<T>("GET", path)).body;
export const post = async <T>(path: string, body: unknown = {}): Promise<T> => (await send<T>("POST", path, body)).body;

/** Sends a form with its files and says how many of its bytes have gone; fetch cannot. `stop` ends it. */
export function upload<T>(path: string, form: FormData, told: (share: number) => void, stop?: AbortSignal): Promise<T> {
  return new Promise((done, fail) => {
    const request = new XMLHttpRequest();
    request.open("POST", path);
    request.setRequestHeader("Accept", "application/json");
    if (csrf) request.setRequestHeader("X-CSRFToken", csrf);
    request.upload.onprogress = (event) => {
      if (event.lengthComputable) told(event.loaded / event.total);
    };
    request.onload = () => {
      const { status, responseText } = request;
      try {
        const body = JSON.parse(responseText || "null") as unknown;
        if (status < 400) done(body as T);
        else fail(new ApiProblem({ code: `http_${status}`, ...(body as object), status }));
      } catch {
        fail(new ApiProblem({ code: "not_json", status, title: `HTTP ${status}` }));
      }
    };
    request.onerror = () => fail(new Error("offline"));
    request.onabort = () => fail(new DOMException("", "AbortError"));
    stop?.addEventListener("abort", () => request.abort());
    request.send(form);
  });
}

/** Asks for a file by a body; answers its bytes and says how many have come. */
export async function download(path: string, body: unknown, told: (bytes: number) => void): Promise<Blob> {
  const answer = await fetch(path, {
    method: "POST",
    credentials: "same-origin",
    headers: { "Content-Type": "application/json", ...(csrf ? { "X-CSRFToken": csrf } : {}) },
    body: JSON.stringify(body),
  });
  if (!answer.ok || !answer.body) {
    const problem = (await answer.json().catch(() => ({}))) as object;
    throw new ApiProblem({ code: `http_${answer.status}`, ...problem, status: answer.status });
  }
  const parts: BlobPart[] = [];
  let bytes = 0;
  const reader = answer.body.getReader();
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    parts.push(next.value);
    bytes += next.value.length;
    told(bytes);
  }
  return new Blob(parts, { type: answer.headers.get("Content-Type") ?? "application/octet-stream" });
}

function keep(session: Session | null): Session {
  csrf = session?.csrf_token ?? "";
  return session ?? { authenticated: false, user: null, permissions: [], csrf_token: "" };
}
export const session = async (): Promise<Session> => keep(await get<Session>("/api/session"));
export async function signIn(
  credentials: { username: string; password: string } | { token: string },
): Promise<Session> {
  if (!csrf) await session();
  return keep(await post<Session>("/api/session", credentials));
}
export async function signOut(): Promise<Session> {
  await send("DELETE", "/api/session");
  return session();
}
