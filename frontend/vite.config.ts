/** Builds every page whose source stands; the server serves dist/ and answers the API itself. */
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";
import { VitePWA } from "vite-plugin-pwa";

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const pages: [string, string][] = [
  ["index", "operator"],
  ["wall", "wall"],
  ["field", "field"],
  ["edit", "edit"],
  ["here", "here"],
];
const input = Object.fromEntries(
  pages
    .filter(([, folder]) => existsSync(here(`./src/pages/${folder}/main.tsx`)))
    .map(([name]) => [name, here(`./${name}.html`)]),
);
const backend = process.env.NBIOC_BACKEND ?? "http://127.0.0.1:8000";

export default defineConfig({
  plugins: [
    react(),
    VitePWA({
      filename: "field-sw.js",
      scope: "/field",
      injectRegister: null,
      registerType: "autoUpdate",
      manifestFilename: "field.webmanifest",
      manifest: {
        name: "NBIOC Hiện trường",
        short_name: "Hiện trường",
        lang: "vi",
        start_url: "/field",
        scope: "/field",
        display: "standalone",
        background_color: "#ffffff",
        theme_color: "#ffffff",
        icons: [{ src: "/assets/field-icon.svg", sizes: "any", type: "image/svg+xml" }],
      },
      workbox: {
        globPatterns: ["field.html", "field/*.js", "assets/*.{js,css,woff2}"],
        maximumFileSizeToCacheInBytes: 4_000_000,
        navigateFallback: "/field.html",
        navigateFallbackAllowlist: [/^\/field/],
        cleanupOutdatedCaches: true,
        // Under names that begin with field-, so that signing out can empty them: tiles are one person's view.
        runtimeCaching: [
          {
            urlPattern: ({ url }) => url.pathname.startsWith("/tiles/") || url.pathname === "/api/city",
            handler: "NetworkFirst",
            options: {
              cacheName: "field-map",
              networkTimeoutSeconds: 4,
              expiration: { maxEntries: 800, maxAgeSeconds: 14 * 86_400 },
              cacheableResponse: { statuses: [200, 204] },
            },
          },
        ],
      },
    }),
  ],
  optimizeDeps: { exclude: ["maplibre-gl"] },
  // A worker belongs to the service worker whose scope holds its script: only under /field/ does the map start offline.
  worker: { format: "es", rollupOptions: { output: { entryFileNames: "field/[name]-[hash].js" } } },
  build: { rollupOptions: { input }, assetsInlineLimit: 0, chunkSizeWarningLimit: 1500 },
  server: { proxy: Object.fromEntries(["/api", "/tiles", "/events"].map((path) => [path, backend])) },
});
