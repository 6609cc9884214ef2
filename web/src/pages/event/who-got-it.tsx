import { useQuery } from "@tanstack/react-query";
import type { Schemas } from "@/api/client";
import { eventDeliveries } from "@/api/events";
import { eventWebhooks } from "@/api/queries";
import { useScope } from "@/api/scope";
import { useNow } from "@/lib/clock";
import { useZone } from "@/lib/you";
import { StateIcon } from "@/ui/icon";
import { Link } from "@/ui/link";
import { Loaded } from "@/ui/loading";
import { Words } from "@/ui/words";
import { fanWords } from "@/words/event";
import { whatHappened } from "@/words/happened";
import { deliveryStatus } from "@/words/status";
import { capital } from "@/words/text";
import { whyNot } from "@/words/why-not";

type Verdict = Schemas["WebhookVerdict"];

/** Every webhook, with what the event came to there, or the first clause that said no. */
export function WhoGotIt({ of }: { of: Schemas["Event"] }) {
  const scope = useScope();
  const asked = useQuery({ ...eventWebhooks(scope, of.id), retry: false });
  const { data: deliveries } = useQuery({ ...eventDeliveries(scope, of.id), enabled: of.deliveries > 0, retry: false });
  const found = new Map((deliveries?.data ?? []).toReversed().map((delivery) => [delivery.webhook, delivery]));
  const verdicts = asked.data?.data ?? [];
  const known = new Set(verdicts.map((verdict) => verdict.webhook));
  const gone = asked.data && !asked.data.has_more ? [...found.values()].filter((delivery) => !known.has(delivery.webhook)) : [];
  const got = verdicts.filter((verdict) => verdict.delivery);
  const not = verdicts.filter((verdict) => !verdict.delivery);
  const total = asked.data?.count ?? verdicts.length;
  return (
    <section className="panel" aria-label="Who got it">
      <header>
        <h2>{asked.data ? fanWords(asked.data.has_more ? of.deliveries : got.length + gone.length, Math.max(0, total - got.length), asked.data.count_is_capped ?? false) : "Who got it"}</h2>
      </header>
      <Loaded of={asked} what="Its webhooks" one="event" skeleton={<div className="h-24" />}>
        {(data) => (
          <ul className="fan rows">
            {got.map((verdict) => (
              <Got key={verdict.webhook} name={verdict.name || verdict.webhook} delivery={found.get(verdict.webhook)} own={verdict.delivery} />
            ))}
            {gone.map((delivery) => (
              <Got key={delivery.webhook} name={`${delivery.webhook} (deleted)`} delivery={delivery} own={delivery} />
            ))}
            {not.map((verdict) => (
              <DidNot key={verdict.webhook} of={verdict} />
            ))}
            {verdicts.length + gone.length === 0 && <li className="text-ink-2 block!">There is no webhook.</li>}
            {data.has_more && <li className="text-ink-3 block!">Only the newest 250 webhooks are told here.</li>}
          </ul>
        )}
      </Loaded>
    </section>
  );
}

function Got({ name, delivery, own }: { name: string; delivery: Schemas["Delivery"] | undefined; own: Schemas["OwnDelivery"] | null | undefined }) {
  const now = useNow();
  const zone = useZone();
  const words = deliveryStatus(delivery ?? { status: own?.status ?? "" });
  const happened = delivery ? whatHappened(delivery, now, zone) : "";
  const isShort = happened.length <= 28;
  return (
    <li>
      <StateIcon icon={words.icon} state={words.state} />
      <Link className="link cut" to={`/deliveries/${own?.id}`}>
        <bdi>{name}</bdi>
      </Link>
      <span className="text-ink-3">
        {words.word.toLowerCase()}
        {isShort && happened ? `${words.state === "ok" ? "" : ":"} ${happened}` : ""}
      </span>
      {!isShort && (
        <p>
          <bdi dir="auto">{capital(happened)}</bdi>
        </p>
      )}
    </li>
  );
}

function DidNot({ of }: { of: Verdict }) {
  const [first, ...others] = of.mismatch ? whyNot(of.mismatch) : [];
  return (
    <li>
      <StateIcon icon="dash" state="idle" />
      <Link className="cut" to={`/webhooks/${encodeURIComponent(of.webhook)}`}>
        <bdi>{of.name || of.webhook}</bdi>
      </Link>
      <span className="text-ink-3">{of.matches ? "would match now" : "did not match"}</span>
      {first !== undefined && (
        <p>
          <Words of={[typeof first === "string" ? capital(first) : first, ...others, "."]} />
        </p>
      )}
      {of.matches && <p>It was made or changed after this event.</p>}
    </li>
  );
}
