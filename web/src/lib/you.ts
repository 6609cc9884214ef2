/** What a person chose for this browser: how things look, nothing that is secret. */
import { Store, useStore } from "./store";

export interface You {
  theme: "auto" | "light" | "dark";
  zone: "local" | "utc";
  density: "compact" | "roomy";
  keys: boolean;
}

const PLACE = "lanehook:you";
const USUAL: You = { theme: "auto", zone: "local", density: "compact", keys: true };

export const you = new Store<You>(read());

function read(): You {
  try {
    return { ...USUAL, ...(JSON.parse(localStorage.getItem(PLACE) ?? "{}") as Partial<You>) };
  } catch {
    return USUAL;
  }
}

/** Keeps the choice and shows it. */
export function choose(change: Partial<You>): void {
  you.update((old) => ({ ...old, ...change }));
  try {
    localStorage.setItem(PLACE, JSON.stringify(you.get()));
  } catch {
    // Storage may be switched off; the choice then holds until the page is left.
  }
  show();
}

/** Marks the document with what was chosen; the rest is CSS. */
export function show(): void {
  const { theme, density, keys } = you.get();
  const { dataset } = document.documentElement;
  if (theme === "auto") delete dataset.theme;
  else dataset.theme = theme;
  dataset.density = density;
  dataset.keys = keys ? "on" : "off";
}

export function useYou(): You {
  return useStore(you);
}

/** The zone in which times are shown: a name, or undefined for the browser's own. */
export function useZone(): string | undefined {
  return useYou().zone === "utc" ? "UTC" : undefined;
}
