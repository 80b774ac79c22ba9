/** Two maps of the same place, one over the other: the upper one is seen left of a handle that mouse, finger and arrow keys move. */
import type { Map as MapLibreMap } from "maplibre-gl";
import { createMap } from "./create";

export interface Swipe {
  /** The upper map, seen on the left. */
  over: MapLibreMap;
  remove(): void;
}
interface Words {
  left: string;
  right: string;
  handle: string;
}
const STEP = 0.05;

const element = (className: string, text = ""): HTMLElement => {
  const made = document.createElement("div");
  made.className = className;
  made.textContent = text;
  return made;
};

/** Lays a second map over `under`, which goes on working below it. */
export async function swipe(under: MapLibreMap, words: Words): Promise<Swipe> {
  const host = under.getContainer();
  const box = element("swipe-over");
  const handle = element("swipe-handle");
  const left = element("swipe-word swipe-left", `◀ ${words.left}`);
  const right = element("swipe-word swipe-right", `${words.right} ▶`);
  handle.setAttribute("role", "slider");
  handle.setAttribute("aria-label", words.handle);
  handle.setAttribute("aria-valuemin", "0");
  handle.setAttribute("aria-valuemax", "100");
  handle.tabIndex = 0;
  handle.dataset.testid = "swipe-handle";
  box.dataset.testid = "swipe-over";
  host.append(box, handle, left, right);
  let share = 0.5;
  const place = (next: number): void => {
    share = Math.min(1, Math.max(0, next));
    const percent = `${share * 100}%`;
    box.style.clipPath = `inset(0 calc(100% - ${percent}) 0 0)`;
    handle.style.left = percent;
    handle.setAttribute("aria-valuenow", String(Math.round(share * 100)));
  };
  place(share);
  const drag = (event: PointerEvent): void => {
    const { left: from, width } = host.getBoundingClientRect();
    place((event.clientX - from) / width);
  };
  handle.addEventListener("pointerdown", (event) => {
    handle.setPointerCapture(event.pointerId);
    handle.addEventListener("pointermove", drag);
    event.stopPropagation();
  });
  for (const end of ["pointerup", "pointercancel"] as const)
    handle.addEventListener(end, () => handle.removeEventListener("pointermove", drag));
  const MOVES: Record<string, () => number> = {
    ArrowLeft: () => share - STEP,
    ArrowRight: () => share + STEP,
    Home: () => 0,
    End: () => 1,
  };
  handle.addEventListener("keydown", (event) => {
    const move = MOVES[event.key];
    if (!move) return;
    place(move());
    event.preventDefault();
    event.stopPropagation();
  });
  const { lng, lat } = under.getCenter();
  // The lower map is the one that is moved; the upper one follows it within the same frame.
  const over = await createMap(box, { lon: lng, lat, zoom: under.getZoom() }, { interactive: false });
  for (const { id } of over.getStyle().layers)
    if (under.getLayer(id))
      over.setLayoutProperty(id, "visibility", under.getLayoutProperty(id, "visibility") ?? "visible");
  const follow = (): void => {
    over.jumpTo({ center: under.getCenter(), zoom: under.getZoom(), bearing: under.getBearing() });
  };
  under.on("move", follow);
  follow();
  return {
    over,
    remove: () => {
      under.off("move", follow);
      over.remove();
      for (const one of [box, handle, left, right]) one.remove();
    },
  };
}
