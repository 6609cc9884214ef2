import { X } from "lucide-react";
import type { Schemas } from "@/api/client";
import { isPortal } from "@/lib/place";
import { useKeys } from "@/ui/keys";
import { copyAsCurl, ExchangeView } from "@/ui/exchange";
import { Status } from "@/ui/status";
import * as format from "@/words/format";
import { ours } from "@/words/hint";

/** What came of a test, where it was asked for. */
export function TestResult({ of, close }: { of: Schemas["TestResult"]; close: () => void }) {
  useKeys([{ keys: "Escape", label: "Close the test", run: close }]);
  const words = of.delivered
    ? { state: "ok" as const, icon: "delivered" as const, word: `It arrived: ${of.status ?? "taken"}` }
    : { state: "bad" as const, icon: "failed" as const, word: (of.error && (isPortal ? ours(of.error.message) : of.error.message)) ?? "It did not arrive" };
  return (
    <section className="attempt mt-5" aria-label="Test" role="status">
      <header>
        <b>Test</b>
        <Status of={words} />
        <span className="text-ink-2">{format.duration(of.timings.total_us / 1000)}</span>
        <span className="ml-auto" />
        <button type="button" className="btn" onClick={() => copyAsCurl(of)}>
          Copy as curl
        </button>
        <button type="button" className="btn icon-only quiet" aria-label="Close the test" onClick={close}>
          <X className="icon" aria-hidden />
        </button>
      </header>
      <ExchangeView of={of} />
    </section>
  );
}
