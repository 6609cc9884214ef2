import { expect, test } from "vitest";
import { noticesDraft, noticesPatch } from "./notices";

const was = noticesDraft({ failing_after: "5m", failure_share: 50, mail_to: ["a@example.com"] });

test("what is not set is empty", () => {
  expect(was).toEqual({ failing_after: "5m", failure_share: "50", oldest_due: "", quota_near: "", key_expires: "", mail_to: ["a@example.com"] });
});

test.each([
  [{}, {}],
  [{ failing_after: "" }, { failing_after: null }],
  [{ failing_after: " 10m " }, { failing_after: "10m" }],
  [{ failure_share: "60" }, { failure_share: 60 }],
  [{ failure_share: "most" }, { failure_share: "most" }],
  [{ quota_near: "70", oldest_due: "1h" }, { quota_near: 70, oldest_due: "1h" }],
  [{ mail_to: [] }, { mail_to: [] }],
])("%j is sent as %j", (change, patch) => expect(noticesPatch(was, { ...was, ...change })).toEqual(patch));
