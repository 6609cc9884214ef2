import { expect, test, vi } from "vitest";
import type { Happening } from "./interest";
import { LiveStream, type Surroundings } from "./stream";

/** A world without time of its own: what is to happen later happens when the test says so. */
function world() {
  const requests: { url: string; headers: Record<string, string>; signal: AbortSignal; tell: (text: string) => void; end: () => void }[] = [];
  const later: { run: () => void; ms: number }[] = [];
  let now = 0;
  const around: Surroundings = {
    now: () => now,
    later: (run, ms) => {
      const entry = { run, ms };
      later.push(entry);
      return () => void later.splice(later.indexOf(entry), 1);
    },
    fetch: (url, init) => {
      const encoder = new TextEncoder();
      let controller!: ReadableStreamDefaultController<Uint8Array>;
      const body = new ReadableStream<Uint8Array>({ start: (given) => void (controller = given) });
      init?.signal?.addEventListener("abort", () => controller.error(new Error("aborted")));
      requests.push({
        url: String(url),
        headers: init?.headers as Record<string, string>,
        signal: init!.signal!,
        tell: (text) => controller.enqueue(encoder.encode(text)),
        end: () => controller.close(),
      });
      return Promise.resolve(new Response(body));
    },
  };
  return { around, requests, pass: (ms: number) => void (now += ms), due: () => later.splice(0).map((entry) => (entry.run(), entry.ms)) };
}

const settled = () => new Promise((done) => setTimeout(done, 5));

test("it tells what comes, and goes on where it was", async () => {
  const { around, requests, pass, due } = world();
  const told: Happening[] = [];
  const stream = new LiveStream("acme", { told: (happenings) => told.push(...happenings), again: () => undefined }, around);
  stream.want([{ kinds: ["delivery"], webhooks: ["a"] }]);
  due();
  await settled();
  expect(requests[0]).toMatchObject({ url: "/api/v1/live?kind=delivery&webhook=a", headers: { Tenant: "acme" } });
  expect(stream.phase.get()).toEqual({ name: "live" });

  requests[0]?.tell('id: 7\nevent: delivery\ndata: {"id":"dlv_1","webhook":"a"}\n\n');
  await settled();
  expect(told).toEqual([{ kind: "delivery", id: "dlv_1", webhook: "a" }]);

  pass(60_000);
  requests[0]?.end();
  await settled();
  expect(stream.phase.get()).toEqual({ name: "connecting" });
  due();
  await settled();
  expect(requests[1]?.headers["Last-Event-ID"]).toBe("7");
});

test("what is wanted anew closes the stream of before, once", async () => {
  const { around, requests, due } = world();
  const stream = new LiveStream(null, { told: () => undefined, again: () => undefined }, around);
  stream.want([{ kinds: ["health"] }]);
  due();
  await settled();
  stream.want([]);
  stream.want([{ kinds: ["health"] }]);
  due();
  await settled();
  expect(requests).toHaveLength(1);
  stream.want([]);
  due();
  await settled();
  expect(requests[0]?.signal.aborted).toBe(true);
  expect(stream.phase.get()).toEqual({ name: "off" });
});

test("where streams are cut off, what is shown is read again every ten seconds", async () => {
  const { around, requests, due } = world();
  const again = vi.fn();
  const stream = new LiveStream(null, { told: () => undefined, again }, around);
  stream.want([{ kinds: ["health"] }]);
  for (let cut = 0; cut < 3; cut += 1) {
    due();
    await settled();
    requests.at(-1)?.end();
    await settled();
  }
  expect(stream.phase.get()).toEqual({ name: "polling" });
  expect(again).toHaveBeenCalledTimes(1);
  expect(due()).toEqual([10_000]);
});

test("what was missed is read again", async () => {
  const { around, requests, due } = world();
  const again = vi.fn();
  const stream = new LiveStream(null, { told: () => undefined, again }, around);
  stream.want([{ kinds: ["health"] }]);
  due();
  await settled();
  requests[0]?.tell('event: missed\ndata: {"count":12}\n\n');
  await settled();
  expect(again).toHaveBeenCalledTimes(1);
});
