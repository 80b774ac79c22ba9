/** The operator's page: one screen, no page changes. */
import "@mantine/core/styles.css";
import "@mantine/notifications/styles.css";
import "../../theme/tokens.css";
import "./operator.css";
import "./watch/watch.css";
import { MantineProvider } from "@mantine/core";
import { Notifications } from "@mantine/notifications";
import { QueryClientProvider } from "@tanstack/react-query";
import { createRoot } from "react-dom/client";
import { client } from "./desk";
import { Operator } from "./Operator";

createRoot(document.getElementById("root") as HTMLElement).render(
  <MantineProvider defaultColorScheme="dark" theme={{ fontFamily: '"Be Vietnam Pro", sans-serif', defaultRadius: 4 }}>
    <QueryClientProvider client={client}>
      <Notifications position="top-center" />
      <Operator />
    </QueryClientProvider>
  </MantineProvider>,
);
