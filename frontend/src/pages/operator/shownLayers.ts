/** Which layers the map shows. */
import { put } from "./desk";

export function toggleLayer(slug: string): void {
  put((was) => {
    const shown = new Set(was.shown);
    if (!shown.delete(slug)) shown.add(slug);
    return { shown };
  });
}
