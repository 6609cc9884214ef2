import { expect, test } from "vitest";
import { Hub, type Said } from "./hub";
import type { Surroundings } from "./stream";

function world() {
  const asked: string[] = [];
  const tell: ((text: string) => void)[] = [];
  const later: (() => void)[] = [];
  const around: Surroundings = {
    now: () => 0,
    later: (run) => {
      later.push(run);
      return () => void later.splice(later.indexOf(run), 1);
    },
    fetch: (url, init) => {
      asked.push(`${(init?.headers as Record<string, string>).Tenant ?? "-"} ${String(url)}`);
      const body = new ReadableStream<Uint8Array>({ start: (controller) => void tell.push((text) => controller.enqueue(new TextEncoder().encode(text))) });
      return Promise.resolve(new Response(body));
    },
  };
  return { around, asked, tell, due: () => later.splice(0).forEach((run) => run()) };
}

function page() {
  const said: Said[] = [];
  return { said, say: (what: Said) => void said.push(what), told: () => said.flatMap((what) => ("told" in what ? what.told.map((happening) => happening.id) : [])) };
}

const settled = () => new Promise((done) => setTimeout(done, 5));

test("two pages of one tenant share a stream, and each is told what it wants", async () => {
  const { around, asked, tell, due } = world();
  const hub = new Hub(around);
  const [first, second] = [page(), page()];
  hub.want(first, { tenant: "acme", interests: [{ kinds: ["delivery"], webhooks: ["a"] }] });
  hub.want(second, { tenant: "acme", interests: [{ kinds: ["delivery"], webhooks: ["b"] }] });
  due();
  await settled();
  expect(asked).toEqual(["acme /api/v1/live?kind=delivery&webhook=a%2Cb"]);
  tell[0]?.('event: delivery\ndata: {"id":"dlv_1","webhook":"a"}\n\nevent: delivery\ndata: {"id":"dlv_2","webhook":"b"}\n\n');
  await settled();
  expect([first.told(), second.told()]).toEqual([["dlv_1"], ["dlv_2"]]);

  hub.leave(second);
  due();
  await settled();
  expect(asked.at(-1)).toBe("acme /api/v1/live?kind=delivery&webhook=a");
});

test("another tenant has a stream of its own", async () => {
  const { around, asked, due } = world();
  const hub = new Hub(around);
  const one = page();
  hub.want(one, { tenant: "acme", interests: [{ kinds: ["health"] }] });
  due();
  hub.want(one, { tenant: "*", interests: [{ kinds: ["health"] }] });
  due();
  await settled();
  expect(asked).toEqual(["acme /api/v1/live?kind=health", "* /api/v1/live?kind=health"]);
});
