import type { Schemas } from "@/api/client";
import { useNow } from "@/lib/clock";
import { useZone } from "@/lib/you";
import { Time } from "@/ui/time";
import { Words } from "@/ui/words";
import { nextSteps } from "@/words/verdict-delivery";

/** What happens next, with times; nothing where nothing does. */
export function NextSteps({ of, lane }: { of: Schemas["DeliveryDetail"]; lane: Schemas["Lane"] | undefined }) {
  const now = useNow();
  const zone = useZone();
  const steps = nextSteps(of, lane, { now, zone });
  return (
    <section className="panel" aria-label="What happens next">
      <header>
        <h2>What happens next</h2>
      </header>
      {steps.length === 0 ? (
        <p className="text-ink-2 px-3.5 py-2.5">{of.status === "delivered" ? "Nothing: the receiver has it." : "Nothing by itself."}</p>
      ) : (
        <ol className="steps rows">
          {steps.map((step, at) => (
            <li key={at}>
              <div className="when">
                <b>{step.when}</b>
                {step.at && (
                  <small>
                    <Time at={step.at} as="since" />
                  </small>
                )}
              </div>
              <p>
                <Words of={step.text} />
              </p>
            </li>
          ))}
        </ol>
      )}
    </section>
  );
}
