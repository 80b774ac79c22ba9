/** The field page: the service worker keeps its shell, so that it opens without a network. */
import "../../theme/tokens.css";
import "./field.css";
import { createRoot } from "react-dom/client";
import { FieldPage } from "./FieldPage";

if ("serviceWorker" in navigator && import.meta.env.PROD)
  void navigator.serviceWorker.register("/field-sw.js", { scope: "/field" }).catch(() => undefined);
// Asked once: without it a phone short of space may drop the outbox.
void navigator.storage?.persist?.();

createRoot(document.getElementById("root") as HTMLElement).render(<FieldPage />);
