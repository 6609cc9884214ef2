/** Imports go one way between the rooms: what stands higher knows what stands lower, never the other way round. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

/** From the lowest. A room may import itself and those before it. */
const ROOMS = ["lib", "words", "api", "live", "ui", "shell", "pages", "portal"];
const root = import.meta.dirname;

function files(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? files(join(folder, entry.name)) : /\.tsx?$/.test(entry.name) ? [join(folder, entry.name)] : []));
}

test.each(ROOMS)("%s imports nothing that stands above it", (room) => {
  const above = ROOMS.slice(ROOMS.indexOf(room) + 1);
  const wrong = files(join(root, room)).flatMap((file) => {
    const imports = [...readFileSync(file, "utf8").matchAll(/from "@\/([a-z]+)/g)].map((found) => found[1] ?? "");
    return imports.filter((other) => above.includes(other)).map((other) => `${file.slice(root.length + 1)} → ${other}`);
  });
  expect(wrong).toEqual([]);
});

test("words are pure: they know no browser and no React", () => {
  // What is to be pasted elsewhere is a text here, and may ask for the time there.
  const own = files(join(root, "words")).filter((file) => !/\.test\.ts$|snippets\.ts$/.test(file));
  const wrong = own.filter((file) => /from "react|from "@\/|document\.|window\.|Date\.now|new Date\(\)/.test(readFileSync(file, "utf8")));
  expect(wrong).toEqual([]);
});
