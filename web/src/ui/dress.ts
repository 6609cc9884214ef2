/** Marks an element with a theme: its accent, corners and light or dark. The rest is CSS. */
import { brandOf } from "@/words/theme";

export interface Dress {
  accent?: string | null;
  mode: "light" | "dark" | "auto";
  radius?: number | null;
}

export function dress(element: HTMLElement, { accent, mode, radius }: Dress): void {
  if (mode === "auto") delete element.dataset.theme;
  else element.dataset.theme = mode;
  const brand = accent ? brandOf(accent) : null;
  if (brand) element.style.setProperty("--brand", `light-dark(${brand.light}, ${brand.dark})`);
  else element.style.removeProperty("--brand");
  if (radius === null || radius === undefined) element.style.removeProperty("--radius");
  else element.style.setProperty("--radius", `${radius}px`);
}
