/** What the parts of the form share: what is typed, what is wrong with it, and how to change it. */
import { createContext, useContext } from "react";
import type { Schemas } from "@/api/client";
import type { Draft } from "@/words/webhook-form";

export type Platform = Schemas["Platform"];

export interface Faults {
  /** By JSON pointer into the webhook. */
  [pointer: string]: string;
}

export interface Form {
  draft: Draft;
  set: (change: Partial<Draft>) => void;
  /** What the API says of the setting at this place, or of anything below it. */
  fault: (pointer: string) => string | null;
  isNew: boolean;
  platforms: Platform[];
  platform: Platform | undefined;
}

export const FormContext = createContext<Form | null>(null);

export function useForm(): Form {
  const form = useContext(FormContext);
  if (!form) throw new Error("not within a form");
  return form;
}

/** Where the API says what is wrong with which part of a draft. */
const PLACES: Partial<Record<keyof Draft, string[]>> = {
  platform: ["/platform", "/url", "/fields"], eventTypes: ["/event_types"], symbols: ["/assets"], sectors: ["/assets"], body: ["/payload"], secret: ["/secret", "/secret_type", "/signing"],
  rate: ["/rate_limit"], concurrency: ["/max_concurrency"], headers: ["/headers", "/public_headers"], disableAfter: ["/disable_after"], selfHeal: ["/self_heal"], verifyTls: ["/verify_tls"],
};

export function placesOf(key: string): string[] {
  return PLACES[key as keyof Draft] ?? [`/${key}`];
}

export function isWithin(pointer: string, place: string): boolean {
  return pointer === place || pointer.startsWith(`${place}/`);
}

/** Every place that has a field which shows what is wrong. */
export const SHOWN = ["/platform", "/url", "/fields", "/name", "/description", "/note", "/metadata", "/event_types", "/assets", "/filter", "/retry", "/payload", "/batch", "/secret", "/signing", "/rate_limit", "/max_concurrency", "/ordering", "/headers", "/public_headers", "/auth", "/timeout", "/disable_after", "/self_heal", "/verify_tls"];

/** Of a refusal's parts, each with its place; the first for a place counts. */
export function faultsOf(errors: { pointer?: string | null; message: string }[] | undefined, under = ""): Faults {
  const faults: Faults = {};
  for (const { pointer, message } of errors ?? []) {
    if (pointer === null || pointer === undefined || !(under === "" || isWithin(pointer, under))) continue;
    faults[pointer.slice(under.length)] ??= message;
  }
  return faults;
}
