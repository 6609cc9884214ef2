import { expect, test, vi } from "vitest";
import type { Said, Wanted } from "./hub";
import type { Happening } from "./interest";
import { LiveTab } from "./tab";

function world() {
  const wanted: Wanted[] = [];
  const frames: (() => void)[] = [];
  let hear: (said: Said) => void = () => undefined;
  const tab = new LiveTab({
    connect: (given) => {
      hear = given;
      return (what) => void wanted.push(what);
    },
    frame: (run) => void frames.push(run),
    now: () => 42,
  });
  return { tab, wanted, say: (said: Said) => hear(said), draw: () => frames.splice(0).forEach((run) => run()) };
}

const delivery = (id: string) => ({ kind: "delivery", id, webhook: "a", status: "delivered", at: "" }) as unknown as Happening;

test("what comes is handed on once a frame, to each part what it wants", () => {
  const { tab, say, draw } = world();
  const told = vi.fn();
  const other = vi.fn();
  tab.listen({ interest: { kinds: ["delivery"] }, told });
  tab.listen({ interest: { kinds: ["health"] }, told: other });
  say({ told: [delivery("1")] });
  say({ told: [delivery("2")] });
  expect(told).not.toHaveBeenCalled();
  draw();
  expect(told.mock.calls).toEqual([[[delivery("1"), delivery("2")]]]);
  expect(other).not.toHaveBeenCalled();
});

test("nothing is wanted while it is hidden or paused, and all is read again afterwards", () => {
  const { tab, wanted } = world();
  const again = vi.fn();
  tab.of("acme");
  tab.listen({ interest: { kinds: ["delivery"] }, told: () => undefined, again });
  tab.hide(true);
  expect(wanted.at(-1)).toEqual({ tenant: "acme", interests: [] });
  tab.hide(false);
  expect(wanted.at(-1)?.interests).toHaveLength(1);
  expect(again).toHaveBeenCalledTimes(1);
  tab.pause();
  expect(tab.phase.get()).toEqual({ name: "paused", since: 42 });
  expect(wanted.at(-1)?.interests).toEqual([]);
  tab.resume();
  expect(again).toHaveBeenCalledTimes(2);
});

test("a pause is not undone by what the stream says of itself", () => {
  const { tab, say } = world();
  tab.listen({ interest: { kinds: ["delivery"] }, told: () => undefined });
  say({ phase: { name: "live" } });
  expect(tab.phase.get()).toEqual({ name: "live" });
  tab.pause();
  say({ phase: { name: "off" } });
  expect(tab.phase.get().name).toBe("paused");
});

test("a flood is let go, and read again", () => {
  const { tab, say, draw } = world();
  const again = vi.fn();
  const told = vi.fn();
  tab.listen({ interest: { kinds: ["delivery"] }, told, again });
  for (let at = 0; at < 11; at += 1) say({ told: Array.from({ length: 500 }, (_, index) => delivery(`${at}-${index}`)) });
  draw();
  expect(again).toHaveBeenCalledTimes(1);
  expect(told.mock.calls[0]?.[0]).toHaveLength(500);
});
