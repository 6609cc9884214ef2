import { expect, test } from "vitest";
import { EventParser } from "./parse";

test("messages come whole, however they are cut", () => {
  const text = 'retry: 2000\n: lanehook\nid: 1-a\n\nid: 2-b\nevent: delivery\ndata: {"id":"dlv_1"}\n\nevent: end\ndata: {}\n\n';
  for (const size of [1, 3, 7, 1000]) {
    const parser = new EventParser();
    const found = [];
    for (let at = 0; at < text.length; at += size) found.push(...parser.feed(text.slice(at, at + size)));
    expect(found).toEqual([
      { id: "2-b", event: "delivery", data: '{"id":"dlv_1"}' },
      { id: "2-b", event: "end", data: "{}" },
    ]);
    expect(parser.retry).toBe(2000);
  }
});

test("a comment with an id moves the place and tells nothing", () => {
  const parser = new EventParser();
  expect(parser.feed(": still here\nid: 9-z\n\n")).toEqual([]);
  expect(parser.lastId).toBe("9-z");
});

test("data of several lines, and no event's name", () => {
  expect(new EventParser().feed("data: a\ndata: b\n\n")).toEqual([{ id: null, event: "message", data: "a\nb" }]);
});
