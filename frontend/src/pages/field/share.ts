/** Sharing one's own position while the page is awake: the device watches, the outbox keeps, the screen stays on. */
import { create } from "zustand";
import { distance_m } from "../../geometry/distance";
import { addFix, flush } from "./outbox";

const EVERY_MS = 5000;
const MOVED_M = 15;
const SEND_EVERY_MS = 10_000;
const KMH_PER_MPS = 3.6;

export interface Here {
  lon: number;
  lat: number;
  accuracy_m: number;
  at_ms: number;
}
interface Sharing {
  on: boolean;
  here: Here | null;
  awake: boolean;
  problem: "" | "denied" | "unavailable";
}
const SWITCH = "nbioc.field.share";
export const useSharing = create<Sharing>(() => ({
  on: localStorage.getItem(SWITCH) !== "off",
  here: null,
  awake: false,
  problem: "",
}));
export function setSharing(on: boolean): void {
  localStorage.setItem(SWITCH, on ? "on" : "off");
  useSharing.setState({ on });
}

/** Starts watching and keeps the screen awake; answers how to stop. */
export function share(): () => void {
  if (!("geolocation" in navigator)) {
    useSharing.setState({ problem: "unavailable" });
    return () => undefined;
  }
  let lastKept: Here | null = null;
  let lastSent_ms = 0;
  let lock: WakeLockSentinel | null = null;
  let over = false;
  const watch = navigator.geolocation.watchPosition(
    ({ coords, timestamp }) => {
      const here = { lon: coords.longitude, lat: coords.latitude, accuracy_m: coords.accuracy, at_ms: timestamp };
      useSharing.setState({ here, problem: "" });
      const still =
        lastKept &&
        timestamp - lastKept.at_ms < EVERY_MS &&
        distance_m([lastKept.lon, lastKept.lat], [here.lon, here.lat]) < MOVED_M;
      if (still) return;
      lastKept = here;
      void addFix({
        at: new Date(timestamp).toISOString(),
        lon: here.lon,
        lat: here.lat,
        accuracy_m: Number.isFinite(coords.accuracy) ? coords.accuracy : null,
        speed_kmh: coords.speed === null || Number.isNaN(coords.speed) ? null : coords.speed * KMH_PER_MPS,
        heading_deg: coords.heading === null || Number.isNaN(coords.heading) ? null : coords.heading,
      }).then(() => {
        if (Date.now() - lastSent_ms < SEND_EVERY_MS) return;
        lastSent_ms = Date.now();
        void flush();
      });
    },
    (error) => useSharing.setState({ problem: error.code === error.PERMISSION_DENIED ? "denied" : "unavailable" }),
    { enableHighAccuracy: true, maximumAge: 2000 },
  );
  const stayAwake = async (): Promise<void> => {
    if (over || document.visibilityState !== "visible" || !("wakeLock" in navigator) || (lock && !lock.released))
      return;
    try {
      lock = await navigator.wakeLock.request("screen");
      useSharing.setState({ awake: true });
      lock.addEventListener("release", () => useSharing.setState({ awake: false }));
      if (over) void lock.release();
    } catch {
      // A low battery refuses it; the position is still shared while the screen is on.
      useSharing.setState({ awake: false });
    }
  };
  const seen = () => void stayAwake();
  document.addEventListener("visibilitychange", seen);
  void stayAwake();
  return () => {
    over = true;
    navigator.geolocation.clearWatch(watch);
    document.removeEventListener("visibilitychange", seen);
    void lock?.release();
  };
}
