import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { BLANK } from "@/words/webhook-form";
import { faultsOf, isWithin, placesOf, SHOWN } from "./form";

/** Settings that the form has no field for: they have their own buttons on other pages, or are chosen with others. */
const ELSEWHERE = new Set(["status", "starred", "secret_type"]);

test("each setting of the API has a field that shows what is wrong with it", () => {
  const document = JSON.parse(readFileSync(join(import.meta.dirname, "../../../openapi.json"), "utf8")) as { components: { schemas: Record<string, { properties: Record<string, unknown> }> } };
  const settings = Object.keys(document.components.schemas.WebhookInput!.properties).filter((name) => !ELSEWHERE.has(name));
  expect(settings.map((name) => `/${name}`).filter((place) => !SHOWN.includes(place))).toEqual([]);
});

test("what is typed anew is not called wrong any more, wherever the API said so", () => {
  const places = new Set(Object.keys(BLANK).filter((key) => key !== "starred").flatMap(placesOf));
  expect(SHOWN.filter((place) => ![...places].some((one) => isWithin(place, one)))).toEqual([]);
});

test.each([
  ["/filter/data/x/$foo", "/filter", true],
  ["/filter", "/filter", true],
  ["/filters", "/filter", false],
  ["/headers/x-a", "/headers/x-a", true],
  ["/url", "/filter", false],
])("%s is within %s: %s", (pointer, place, is) => expect(isWithin(pointer, place)).toBe(is));

test("a refusal's parts by their places; the first of a place counts", () => {
  const errors = [{ pointer: "/webhook/url", message: "a" }, { pointer: "/webhook/url", message: "b" }, { pointer: "/event/type", message: "c" }, { pointer: null, message: "d" }];
  expect(faultsOf(errors, "/webhook")).toEqual({ "/url": "a" });
  expect(faultsOf([{ pointer: "/name", message: "a" }])).toEqual({ "/name": "a" });
  expect(faultsOf(undefined)).toEqual({});
});
