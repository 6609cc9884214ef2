import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";
import { devSession } from "./dev/session.ts";

const server = process.env.LANEHOOK_URL ?? "http://127.0.0.1:8420";
const key = process.env.LANEHOOK_KEY;

/** While developing, the page comes from Vite and everything else from a running server. */
const proxy = {
  "/api": { target: server, headers: key ? { authorization: `Bearer ${key}` } : undefined },
};

/** Parts of `src/ui` that both frames and nearly each page need; each of the others is a file of its own. */
const OF_EACH_PAGE = new Set("icon status words link time toast tip strip verdict empty loading copy".split(" "));
/** Parts of pages that the portal has, too: a file for each of these folders. */
const OF_BOTH = new Set("webhook/attempts webhook/deeds webhook/next webhook/removal webhook/secret webhook/test-result webhook/tests webhook/why-failed delivery/attempts delivery/compared delivery/next-steps type/fields".split(" "));
/** The portal's first page and its frame; each of its other pages is a file of its own. */
const OF_THE_PORTAL = new Set("main start embed router frame page webhooks".split(" "));
/** Of `src/words`, `src/api` and `src/lib`, what single pages need and the first page does not: files of their own. */
const OF_SOME_PAGES = new Set("words/portal words/theme words/tests words/notices words/access words/audit words/cluster words/event words/faults words/playground words/recover words/sample words/schema lib/json api/access api/audit api/catalogue api/events api/inspectors api/replays lib/time-input".split(" "));
/** Words that the overview says; those of the other pages come with them. */
const OF_THE_OVERVIEW = new Set("live search curl verdict-overview".split(" "));
/** Words that the first page of both says. */
const OF_BOTH_FIRST = new Set("format text status problem strip".split(" "));
/** Parts of Base UI that are not needed before something is opened. */
const OPENED_LATER = new Set("popover tabs combobox autocomplete number-field drawer scroll-area select slider toast collapsible accordion form".split(" "));

/** Words that only the form of a webhook needs. */
const OF_THE_FORM = new Set("filter-form retry-plan platform-url webhook-form shown trial".split(" "));

/** What a module is bundled with, so that files have the same names in each build and change only with what is in them. */
function room(id: string): string | null {
  const inPackage = (name: string) => id.includes(`/node_modules/${name}/`);
  if (inPackage("react") || inPackage("react-dom") || inPackage("scheduler") || inPackage("use-sync-external-store")) return "react";
  if (inPackage("@tanstack/react-query") || inPackage("@tanstack/query-core")) return "query";
  if (id.includes("/node_modules/@tanstack/")) return "router";
  if (inPackage("uplot")) return "uplot";
  if (inPackage("react-hook-form") || inPackage("zod")) return "forms";
  if (inPackage("lucide-react")) return "icons";
  const part = /\/node_modules\/@base-ui\/react\/(?:esm\/)?([a-z-]+)\//.exec(id)?.[1];
  if (part) return OPENED_LATER.has(part) ? `base-ui-${part}` : "base-ui";
  if (/\/node_modules\/(@base-ui|@floating-ui|reselect|@babel)\//.test(id)) return "base-ui";
  if (inPackage("openapi-fetch")) return "shared";
  // The table of pages, which the shell reads when it is loaded: it must not stand in the file that loads the shell.
  if (/\/src\/routes\./.test(id)) return "shared";
  if (/\/src\/shell\/(?!palette|help|deeds)/.test(id)) return "shell";
  const ofPortal = /\/src\/portal\/([a-z-]+)/.exec(id)?.[1];
  if (ofPortal) return OF_THE_PORTAL.has(ofPortal) ? "portal" : `portal-${ofPortal}`;
  const [, page, piece] = /\/src\/pages\/([a-z-]+)\/([a-z-]+)/.exec(id) ?? [];
  if (page === "webhook-form") return "webhook-form";
  if (page && OF_BOTH.has(`${page}/${piece}`)) return `parts-${page}`;
  const [, folder, file] = /\/src\/(ui|words|lib|api|live)\/([a-z-]+)/.exec(id) ?? [];
  if (folder === "ui" && file) return OF_EACH_PAGE.has(file) ? "ui" : `ui-${file}`;
  if (folder === "words" && file && OF_THE_FORM.has(file)) return "words-of-the-form";
  if (OF_SOME_PAGES.has(`${folder}/${file}`)) return `${folder}-${file}`;
  if (folder === "words" && file && OF_THE_OVERVIEW.has(file)) return "words-overview";
  if (folder === "words" && file && !OF_BOTH_FIRST.has(file)) return "words";
  if (folder === "live") return "live";
  return folder ? "shared" : null;
}

export default defineConfig({
  resolve: { alias: { "@": new URL("./src", import.meta.url).pathname } },
  plugins: [react(), tailwindcss(), devSession(key)],
  server: { host: "127.0.0.1", port: 8490, proxy },
  // As strict as the server is, so that what would break there breaks here.
  preview: { host: "127.0.0.1", port: 8491, proxy, headers: { "content-security-policy": "default-src 'self'; frame-ancestors 'none'" } },
  worker: { format: "es", rolldownOptions: { output: { entryFileNames: "assets/live-[name].js", chunkFileNames: "assets/live-[name].js" } } },
  build: {
    outDir: "dist",
    // `light-dark()` is to stay as it is: nested themes hang on it.
    target: ["chrome123", "firefox121", "safari17.5"],
    cssTarget: ["chrome123", "firefox121", "safari17.5"],
    cssCodeSplit: false,
    // A strict Content-Security-Policy knows no `data:`.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    rolldownOptions: {
      output: {
        // The server's ETags follow from the contents, so names need no hashes and the committed files have stable names.
        entryFileNames: "assets/[name].js",
        chunkFileNames: "assets/[name].js",
        assetFileNames: "assets/[name][extname]",
        codeSplitting: { includeDependenciesRecursively: false, groups: [{ debugName: "rooms", name: (id: string) => room(id) }] },
      },
    },
  },
  test: { include: ["src/**/*.test.{ts,tsx}"], environment: "node" },
});
