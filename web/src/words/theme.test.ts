import { expect, test } from "vitest";
import { brandOf, contrast, initial, LEAST_CONTRAST, logoFault, oklchToSrgb } from "./theme";

const SURFACE = { light: [1, 1, 1], dark: oklchToSrgb(0.205, 0.011, 240) } as const;

function parts(colour: string): [number, number, number] {
  return /^oklch\((\S+) (\S+) (\S+)\)$/.exec(colour)!.slice(1).map(Number) as [number, number, number];
}

test("text on the accent can be read, whatever was chosen", () => {
  const steps = ["00", "33", "66", "99", "cc", "ff"];
  for (const red of steps) for (const green of steps) for (const blue of steps) {
    const brand = brandOf(`#${red}${green}${blue}`)!;
    for (const theme of ["light", "dark"] as const) {
      const [lightness, chroma, hue] = parts(brand[theme]);
      expect(contrast(oklchToSrgb(lightness, chroma, hue), SURFACE[theme]), `#${red}${green}${blue} ${theme}`).toBeGreaterThanOrEqual(LEAST_CONTRAST - 0.01);
      expect(chroma).toBeLessThanOrEqual(0.16);
    }
  }
});

test("hue and chroma are kept, lightness is not", () => {
  const [dark, pale] = [brandOf("#0b4a52")!, brandOf("#2456d6")!];
  expect(parts(dark.light)[0]).toBe(0.47);
  expect(parts(dark.dark)[0]).toBe(0.78);
  expect(parts(pale.light)[2]).toBeCloseTo(parts(pale.dark)[2], 5);
  expect(parts(brandOf("#ff0000")!.light)[1]).toBe(0.16);
  expect(parts(brandOf("#808080")!.light)[1]).toBeLessThan(0.001);
});

test.each(["", "red", "#12345", "#1234567", "#12345g", "#123456;x"])("%j is no colour", (text) => expect(brandOf(text)).toBeNull());

test("contrast is as WCAG has it", () => {
  expect(contrast([1, 1, 1], [0, 0, 0])).toBeCloseTo(21, 5);
  expect(contrast([1, 1, 1], [118 / 255, 118 / 255, 118 / 255])).toBeCloseTo(4.54, 2);
});

test.each([["Kestrel Trading", "K"], ["  élan", "É"], ["😀x", "😀"], ["", ""]])("%j begins with %j", (name, letter) => expect(initial(name)).toBe(letter));

test.each([
  ["image/png", 65_536, null],
  ["image/webp", 65_540, "It is too large: 49 KiB, of at most 48."],
  ["image/svg+xml", 100, "It has to be a PNG, JPEG or WebP image."],
])("a logo of %s with %i characters", (type, length, fault) => expect(logoFault(type, length)).toBe(fault));
