/** The wall's page: its sizes from the address, and a second life after any crash. */
import "../../theme/tokens.css";
import "./wall.css";
import { Component, type ReactNode } from "react";
import { createRoot } from "react-dom/client";
import { WallPage } from "./WallPage";

const CRASH_RELOAD_MS = 10_000;

/** `?view_m=6&px_mm=0.6`: metres to the farthest seat and millimetres a pixel, kept on the machine. */
for (const name of ["view_m", "px_mm"] as const) {
  const given = Number(new URLSearchParams(location.search).get(name) ?? localStorage.getItem(`nbioc.wall.${name}`));
  if (!(given > 0)) continue;
  localStorage.setItem(`nbioc.wall.${name}`, String(given));
  document.documentElement.style.setProperty(`--${name.replace("_", "-")}`, String(given));
}

class ComesBack extends Component<{ children: ReactNode }, { fell: boolean }> {
  override state = { fell: false };
  static getDerivedStateFromError(): { fell: boolean } {
    return { fell: true };
  }
  override componentDidCatch(): void {
    setTimeout(() => location.reload(), CRASH_RELOAD_MS);
  }
  override render(): ReactNode {
    return this.state.fell ? <main className="wall-door">…</main> : this.props.children;
  }
}

createRoot(document.getElementById("root") as HTMLElement).render(
  <ComesBack>
    <WallPage />
  </ComesBack>,
);
