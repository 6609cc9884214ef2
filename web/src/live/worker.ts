/** The hub for all tabs of this browser. A browser has few connections to a server, and a stream takes one for good. */
import { Hub, type Page, type Wanted } from "./hub";

/** A page that was closed without a word is forgotten after so long. Pages that show something say so more often. */
const SILENT = 120_000;

const hub = new Hub();
const heard = new Map<Page, number>();

addEventListener("connect", (event) => {
  const port = (event as MessageEvent).ports[0];
  if (!port) return;
  const page: Page = { say: (said) => port.postMessage(said) };
  port.onmessage = ({ data }: MessageEvent<Wanted | "bye" | "here">) => {
    if (data === "bye") {
      heard.delete(page);
      hub.leave(page);
      return;
    }
    heard.set(page, Date.now());
    if (data !== "here") hub.want(page, data);
  };
});

setInterval(() => {
  for (const [page, at] of heard) {
    if (Date.now() - at < SILENT) continue;
    heard.delete(page);
    hub.leave(page);
  }
}, SILENT / 4);
