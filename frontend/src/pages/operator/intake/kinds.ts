/** The kinds of case that a few letters mean, the best first: without marks, by the beginnings of words, in any order. */
import type { Category } from "../../../api/types";

export const folded = (text: string): string =>
  text.normalize("NFD").replace(/\p{M}/gu, "").replace(/[đĐ]/g, "d").toLowerCase().replace(/\s+/g, " ").trim();

export function kindsFor(typed: string, all: readonly Category[]): readonly Category[] {
  const wanted = folded(typed).split(" ").filter(Boolean);
  if (!wanted.length) return [];
  const ranked = all.flatMap((one) => {
    const names = [one.vi, one.en].map(folded);
    const scores = names.map((name) => score(wanted, name));
    const best = Math.min(...scores);
    return Number.isFinite(best) ? [{ one, best }] : [];
  });
  return ranked.sort((a, b) => a.best - b.best || b.one.severity - a.one.severity).map(({ one }) => one);
}

/** 0: it begins so; 1: each is the beginning of a word; 2: initials ("tngt"); Infinity: not at all. */
function score(wanted: readonly string[], name: string): number {
  const words = name.split(/[^a-z0-9]+/).filter(Boolean);
  if (name.startsWith(wanted.join(" "))) return 0;
  if (wanted.every((part) => words.some((word) => word.startsWith(part)))) return 1;
  const initials = words.map((word) => word[0]).join("");
  return wanted.length === 1 && (wanted[0]?.length ?? 0) > 1 && initials.startsWith(wanted[0] ?? "")
    ? 2
    : Number.POSITIVE_INFINITY;
}
