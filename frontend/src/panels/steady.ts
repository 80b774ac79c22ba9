/** A list that does not jump under the reader: while it is held, rows keep their places and newcomers wait outside. */
export interface Steady<T> {
  rows: { item: T; gone: boolean }[];
  waiting: number;
}

/** `before` are the rows last shown; a row that has left since stays in its place, marked gone, until the list is let go. */
export function steady<T extends { id: number }>(before: readonly T[], items: readonly T[], held: boolean): Steady<T> {
  if (!held) return { rows: items.map((item) => ({ item, gone: false })), waiting: 0 };
  const now = new Map(items.map((item) => [item.id, item]));
  const known = new Set(before.map((item) => item.id));
  return {
    rows: before.map((was) => ({ item: now.get(was.id) ?? was, gone: !now.has(was.id) })),
    waiting: items.filter((item) => !known.has(item.id)).length,
  };
}
