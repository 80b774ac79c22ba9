/** What the phone keeps: deeds and positions that wait to be sent, and the last answers, for when there is no network. */
import Dexie, { type Table } from "dexie";

export interface Deed {
  key: string;
  user: string;
  assignment: number;
  verb: string;
  body: Record<string, unknown>;
  words: string;
  at: string;
  state: "waiting" | "refused";
  problem_vi: string;
  problem_en: string;
}
export interface Fix {
  id?: number;
  user: string;
  at: string;
  lon: number;
  lat: number;
  accuracy_m: number | null;
  speed_kmh: number | null;
  heading_deg: number | null;
}
export interface Kept {
  name: string;
  value: unknown;
  at_ms: number;
}

class Store extends Dexie {
  deeds!: Table<Deed, string>;
  fixes!: Table<Fix, number>;
  kept!: Table<Kept, string>;
  constructor() {
    super("nbioc-field");
    this.version(1).stores({ deeds: "key, user, at", fixes: "++id, user", kept: "name" });
  }
}
export const store = new Store();

export const keep = (name: string, value: unknown): Promise<unknown> =>
  store.kept.put({ name, value, at_ms: Date.now() });
export async function kept<T>(name: string): Promise<{ value: T; at_ms: number } | null> {
  const found = await store.kept.get(name);
  return found ? { value: found.value as T, at_ms: found.at_ms } : null;
}
/** Answers belong to the person who was signed in; what still waits to be sent stays, under its owner's name. */
export async function forgetAnswers(): Promise<void> {
  await store.kept.clear();
  if ("caches" in globalThis)
    for (const name of await caches.keys()) if (name.startsWith("field-")) await caches.delete(name);
}
