import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vitest/config";

/** One HTML page an audience; the server answers `/` with ops.html and `/login` with login.html, `/dock` with dock.html. */
export default defineConfig({
  plugins: [svelte()],
  build: {
    target: "es2022",
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 1200, // MapLibre is one piece; it is loaded after the list stands
    rolldownOptions: { input: ["ops.html", "login.html", "dock.html"] },
  },
  server: {
    // `npm run dev` beside a running server: MILEPOST_SERVER says where it listens
    proxy: Object.fromEntries(
      ["/api", "/map"].map((path) => [path, process.env.MILEPOST_SERVER ?? "http://127.0.0.1:8080"]),
    ),
  },
  test: { include: ["tests/**/*.test.ts"], environment: "node" },
});
