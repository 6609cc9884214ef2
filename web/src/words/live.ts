/** The pill that says whether what is seen is of now. */
import { clockSeconds, type Zone } from "./format";

export type LivePhase = { name: "off" } | { name: "connecting" } | { name: "live" } | { name: "paused"; since: number } | { name: "polling" };

export function liveWords(phase: LivePhase, zone: Zone): string {
  switch (phase.name) {
    case "live": return "Live";
    case "connecting": return "Connecting";
    case "paused": return `Paused at ${clockSeconds(phase.since, zone)}`;
    case "polling": return "Reading again every 10 s";
    case "off": return "";
  }
}

export function offlineWords(since: number, secondsToNext: number | null, zone: Zone): string {
  const again = secondsToNext === null ? "" : ` Trying again in ${Math.max(0, Math.ceil(secondsToNext))} s.`;
  return `No connection since ${clockSeconds(since, zone)}. What you see is from then.${again}`;
}
