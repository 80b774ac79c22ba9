/** "What if this unit leaves", asked from anywhere on the page. */
import { openDrawer } from "../drawers";
import { putConditions } from "./conditions";

export function askWithout(id: number): void {
  putConditions({ without: id, stands: null, kind: "", after: true });
  openDrawer("coverage");
}
