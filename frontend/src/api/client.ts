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

export async function send<T>(
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Answer<T>> {
  const write = method !== "GET";
  const text_out = body === undefined ? undefined : JSON.stringify(body);
  const answer = await fetch(path, {
    method,
    credentials: "same-origin",
    headers: {
      Accept: "application/json",
      ...(body === undefined ? {} : { "Content-Type": "application/json" }),
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
  if (!answer.ok) throw new ApiProblem({ code: `http_${answer.status}`, status: answer.status, ...(parsed as object) });
  return { body: parsed as T, etag: answer.headers.get("ETag") };
}

export const get = async <T>(path: string): Promise<T> => (await send<T>("GET", path)).body;
export const post = async <T>(path: string, body: unknown = {}): Promise<T> => (await send<T>("POST", path, body)).body;

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
