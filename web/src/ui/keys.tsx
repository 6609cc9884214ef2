/** The keyboard: each part of a page says what its keys do, and `?` shows those that do something now. Never while somebody types. */
import { useEffect, useRef } from "react";
import { Store } from "@/lib/store";
import { you } from "@/lib/you";

export interface Key {
  /** As `event.key` has it, with `shift+` before it; `g o` are two keys one after the other; `mod+k` is Ctrl or ⌘. */
  keys: string;
  /** What it does, for `?`. Nothing for what is said already. */
  label?: string;
  /** Also while typing, and when keys are switched off. */
  isAlways?: boolean;
  run: (event: KeyboardEvent) => void;
}

const registered = new Store<Key[][]>([]);
let first: string | null = null;
let firstTimer: ReturnType<typeof setTimeout> | undefined;

export function activeKeys(): Key[] {
  return registered.get().flat();
}

/** What these keys do, as long as this is on the screen. The part that came last decides. */
export function useKeys(keys: Key[], isOn = true): void {
  const latest = useRef(keys);
  latest.current = keys;
  const names = keys.map((key) => `${key.keys}:${key.label ?? ""}`).join("|");
  useEffect(() => {
    if (!isOn) return;
    const own: Key[] = latest.current.map((key, at) => ({ ...key, run: (event) => latest.current[at]?.run(event) }));
    registered.update((all) => [...all, own]);
    return () => registered.update((all) => all.filter((one) => one !== own));
    // Their names say when they are others.
  }, [names, isOn]);
}

/** A key as people read it. */
export function keyName(keys: string): string {
  const isMac = /mac|iphone|ipad/i.test(navigator.platform);
  return keys
    .replace("mod+", isMac ? "⌘" : "Ctrl ")
    .replace("shift+", "⇧")
    .replace("Enter", "↵")
    .replace("Escape", "Esc");
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));
}

/** Keys that work what has the focus: they are the control's own there. */
const OF_CONTROLS = /^(shift\+)?(Enter| |Home|End|Arrow\w+)$/;

function isOnControl(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest("a,button,summary,label,[role=tab],[role=group][tabindex]") !== null;
}

/** How a key is called in the map. Shift counts where it does not already change what is written. */
export function called(event: Pick<KeyboardEvent, "key" | "shiftKey" | "metaKey" | "ctrlKey">): string {
  const isLetter = /^[a-z]$/i.test(event.key);
  const key = isLetter ? event.key.toLowerCase() : event.key;
  const mod = event.metaKey || event.ctrlKey ? "mod+" : "";
  const shift = event.shiftKey && (isLetter || event.key.length > 1) ? "shift+" : "";
  return mod + shift + key;
}

/** What is open over the page has its own keys; what is just closing has none. */
const OPEN = ["dialog", "alertdialog", "menu"].map((role) => `[role=${role}][data-open]`).join(",");

export function startKeys(): () => void {
  const onKey = (event: KeyboardEvent) => {
    if (event.defaultPrevented || event.altKey || event.isComposing) return;
    const name = called(event);
    const all = activeKeys();
    const find = (keys: string) => all.findLast((key) => key.keys === keys);
    const isQuiet = isTyping(event.target) || !you.get().keys || document.querySelector(OPEN) !== null;
    if (OF_CONTROLS.test(name) && isOnControl(event.target)) return;
    const found = (first && find(`${first} ${name}`)) || find(name);
    if (found && (found.isAlways || !isQuiet)) {
      first = null;
      event.preventDefault();
      found.run(event);
      return;
    }
    clearTimeout(firstTimer);
    first = !isQuiet && all.some((key) => key.keys.startsWith(`${name} `)) ? name : null;
    if (first) firstTimer = setTimeout(() => (first = null), 1_500);
  };
  addEventListener("keydown", onKey);
  return () => removeEventListener("keydown", onKey);
}
