/**
 * What becomes of an operator's accent in the portal: its hue and chroma are kept, and its lightness is set so that the text on it can be read,
 * whichever colour was chosen. In OKLCH (CSS Color 4), contrast as WCAG 2.2 has it.
 */
export interface Brand {
  /** Colours as CSS has them. */
  light: string;
  dark: string;
}

/** What is written on the accent: the surface of each theme. */
const SURFACES = { light: [1, 1, 1], dark: oklchToSrgb(0.205, 0.011, 240) } as const;
const LIGHTNESS = { light: 0.47, dark: 0.78 } as const;
const MOST_CHROMA = 0.16;
export const LEAST_CONTRAST = 4.5;

/** Nothing for what is no colour of six digits. */
export function brandOf(accent: string): Brand | null {
  const digits = /^#([0-9a-f]{6})$/i.exec(accent)?.[1];
  if (!digits) return null;
  const [red, green, blue] = [0, 2, 4].map((at) => Number.parseInt(digits.slice(at, at + 2), 16) / 255) as [number, number, number];
  const [, chroma, hue] = srgbToOklch(red, green, blue);
  const kept = Math.min(chroma, MOST_CHROMA);
  return { light: readable("light", kept, hue), dark: readable("dark", kept, hue) };
}

/** From where the design puts it, further from the text until that can be read. */
function readable(theme: "light" | "dark", chroma: number, hue: number): string {
  const step = theme === "light" ? -0.01 : 0.01;
  let lightness: number = LIGHTNESS[theme];
  while (lightness > 0 && lightness < 1 && contrast(oklchToSrgb(lightness, chroma, hue), SURFACES[theme]) < LEAST_CONTRAST) lightness += step;
  const [l, c, h] = [lightness, chroma, hue].map((number) => Math.round(number * 1_000) / 1_000);
  return `oklch(${l} ${c} ${h})`;
}

/** WCAG 2.2, relative luminance and contrast ratio. Of 0 to 1 each. */
export function contrast(a: readonly [number, number, number], b: readonly [number, number, number]): number {
  const luminance = ([red, green, blue]: readonly [number, number, number]) => 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue);
  const [light, dark] = [luminance(a), luminance(b)].sort((one, other) => other - one) as [number, number];
  return (light + 0.05) / (dark + 0.05);
}

function linear(channel: number): number {
  return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4;
}

function encoded(channel: number): number {
  const inside = Math.min(1, Math.max(0, channel));
  return inside <= 0.0031308 ? inside * 12.92 : 1.055 * inside ** (1 / 2.4) - 0.055;
}

/** CSS Color 4, sample code for OKLab. */
function srgbToOklch(red: number, green: number, blue: number): [number, number, number] {
  const [r, g, b] = [linear(red), linear(green), linear(blue)];
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  const lightness = 0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s;
  const [x, y] = [1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s, 0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s];
  const chroma = Math.hypot(x, y);
  return [lightness, chroma, chroma < 1e-4 ? 0 : ((Math.atan2(y, x) * 180) / Math.PI + 360) % 360];
}

export function oklchToSrgb(lightness: number, chroma: number, hue: number): [number, number, number] {
  const angle = (hue * Math.PI) / 180;
  const [x, y] = [chroma * Math.cos(angle), chroma * Math.sin(angle)];
  const l = (lightness + 0.3963377774 * x + 0.2158037573 * y) ** 3;
  const m = (lightness - 0.1055613458 * x - 0.0638541728 * y) ** 3;
  const s = (lightness - 0.0894841775 * x - 1.291485548 * y) ** 3;
  return [encoded(4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s), encoded(-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s), encoded(-0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s)];
}

/** What stands in the tile where there is no logo: the first letter of the name. */
export function initial(name: string): string {
  return [...name.trim()][0]?.toUpperCase() ?? "";
}

/** Characters of a logo's data URL. */
export const LONGEST_LOGO = 65_536;

/** What is wrong with an image before it is sent; nothing where nothing is. */
export function logoFault(type: string, length: number): string | null {
  if (!["image/png", "image/jpeg", "image/webp"].includes(type)) return "It has to be a PNG, JPEG or WebP image.";
  return length > LONGEST_LOGO ? `It is too large: ${Math.ceil((length * 3) / 4 / 1024)} KiB, of at most ${(LONGEST_LOGO * 3) / 4 / 1024}.` : null;
}
