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
    frame: (run) => run(),
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

test("it hands on what each part wants, and goes on where it was", async () => {
  const { around, requests, pass, due } = world();
  const stream = new LiveStream(around);
  const told: Happening[] = [];
  stream.listen({ interest: { kinds: ["delivery"], webhooks: ["a"] }, told: (happenings) => told.push(...happenings) });
  due();
  await settled();
  expect(requests[0]?.url).toBe("/api/v1/live?kind=delivery&webhook=a");
  expect(stream.phase.get()).toEqual({ name: "live" });

  requests[0]?.tell('id: 7\nevent: delivery\ndata: {"id":"dlv_1","webhook":"a"}\n\nevent: delivery\ndata: {"id":"dlv_2","webhook":"b"}\n\n');
  await settled();
  expect(told.map((happening) => happening.id)).toEqual(["dlv_1"]);

  pass(60_000);
  requests[0]?.end();
  await settled();
  expect(stream.phase.get()).toEqual({ name: "connecting" });
  due();
  await settled();
  expect(requests[1]?.headers["Last-Event-ID"]).toBe("7");
});

test("where streams are cut off, it reads again every ten seconds", async () => {
  const { around, requests, due } = world();
  const stream = new LiveStream(around);
  const again = vi.fn();
  stream.listen({ interest: { kinds: ["health"] }, told: () => undefined, again });
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

test("a hidden page has no stream, and reads again when it is back", async () => {
  const { around, requests, due } = world();
  const stream = new LiveStream(around);
  const again = vi.fn();
  stream.listen({ interest: { kinds: ["health"] }, told: () => undefined, again });
  due();
  await settled();
  stream.hide(true);
  expect(requests[0]?.signal.aborted).toBe(true);
  stream.hide(false);
  expect(again).toHaveBeenCalledTimes(1);
  due();
  await settled();
  expect(requests).toHaveLength(2);
});

test("what was missed is read again", async () => {
  const { around, requests, due } = world();
  const stream = new LiveStream(around);
  const again = vi.fn();
  stream.listen({ interest: { kinds: ["health"] }, told: () => undefined, again });
  due();
  await settled();
  requests[0]?.tell('event: missed\ndata: {"count":12}\n\n');
  await settled();
  expect(again).toHaveBeenCalledTimes(1);
});
