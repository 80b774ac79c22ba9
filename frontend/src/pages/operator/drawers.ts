/** Opening and closing the panels of the registry; the address says which are open. */
import { writeAddress } from "../../map/url";
import { desk, put } from "./desk";
import { DRAWERS, type DrawerSlot } from "./registry";

export const drawer = (key: string): DrawerSlot | undefined => DRAWERS.find((one) => one.key === key);
export const isOffered = (one: DrawerSlot): boolean => !one.permission || desk().may(one.permission);

function remember(panels: string[]): void {
  put({ panels });
  history.replaceState(null, "", writeAddress(location.search, { panel: panels }));
}
export const closeDrawer = (key: string): void => remember(desk().panels.filter((one) => one !== key));
export const closeDrawers = (): void => remember([]);

/** One stands in each place: what stood there closes. */
export function openDrawer(key: string): void {
  const opened = drawer(key);
  if (!opened || !isOffered(opened)) return;
  remember([...desk().panels.filter((one) => one !== key && drawer(one)?.place !== opened.place), key]);
}
export const flipDrawer = (key: string): void => (desk().panels.includes(key) ? closeDrawer(key) : openDrawer(key));
/** Whether a dialog is over the page: single keys are its own then. */
export const isCovered = (): boolean => desk().panels.some((key) => drawer(key)?.place === "dialog");
