import { defineConfig } from "vitest/config";

/**
 * The pages are served at / and /data of wherever the service stands, perhaps behind a proxy's
 * path, and their files below static/web/: every address is therefore a relative one.
 */
export default defineConfig({
  base: "./",
  experimental: {
    renderBuiltUrl: (file, { hostType }) =>
      hostType === "html" ? `static/web/${file}` : { relative: true },
  },
  build: {
    outDir: "../service/http/pages/static/web",
    emptyOutDir: true,
    target: "es2022",
    // The map library alone is beyond the size that Vite warns of.
    chunkSizeWarningLimit: 1200,
    rolldownOptions: { input: ["index.html", "data.html"] },
  },
  worker: { format: "es" },
  server: {
    // `npm run dev` beside a running `harmspot serve`.
    proxy: Object.fromEntries(
      ["/api", "/ogc", "/static", "/runs", "/jobs", "/docs"].map((path) => [
        path,
        "http://127.0.0.1:8000",
      ]),
    ),
  },
  // A machine that others share is slow: a limit only ends a test that would wait for ever.
  test: { include: ["tests/**/*.test.ts"], testTimeout: 300_000, hookTimeout: 300_000 },
});
