/** The layer editor's page. */
import "../../theme/tokens.css";
import "./controls.css";
import "./edit.css";
import "./desk.css";
import "./bringing.css";
import { createRoot } from "react-dom/client";
import { EditPage } from "./EditPage";

createRoot(document.getElementById("root") as HTMLElement).render(<EditPage />);
