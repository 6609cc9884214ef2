import { Plus } from "lucide-react";
import { useEffect, useRef } from "react";
import type { Theme } from "@/api/theme";
import { dress } from "@/ui/dress";
import { Chip } from "@/ui/status";
import { Strip } from "@/ui/strip";
import { healthStatus } from "@/words/status";
import type { StripData } from "@/words/strip";
import { initial } from "@/words/theme";

/** Numbers that stand for nobody's: a preview has none of its own. */
const SAMPLE: StripData = { succeeded: [6, 8, 7, 9, 8, 10, 12, 11, 9, 8, 7, 9, 11, 13, 12, 10, 9, 8, 10, 12, 14, 11, 9, 8], throttled: [], failed: [] };
const BROKEN: StripData = { succeeded: [8, 9, 8, 10, 9, 11, 10, 9, 12, 11, 10, 9, 10, 9, 8, 9, 10, 2, 0, 0, 0, 0, 0, 0], throttled: [], failed: [...Array<number>(17).fill(0), 3, 2, 1, 0, 1, 0, 1], owed: [...Array<number>(17).fill(0), 2, 6, 10, 14, 18, 22, 24] };

/** What becomes of a theme, on a phone. Pictures only: nothing in it can be pressed. */
export function PortalPreview({ of }: { of: Pick<Theme, "accent" | "logo" | "mode" | "radius" | "name"> }) {
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (place.current) dress(place.current, of);
  }, [of]);
  return (
    <div ref={place} className="portal portal-preview" role="img" aria-label="How the portal looks with this theme">
      <div aria-hidden="true" inert>
        <div className="portal-title">
          <div className="column">
            {of.logo ? <img className="logo" src={of.logo} alt="" /> : <span className="logo">{initial(of.name)}</span>}
            <b className="cut"><bdi>{of.name || "Your customer's name for you"}</bdi></b>
          </div>
        </div>
        <div className="column">
          <div className="tabs">
            <span data-active="">Webhooks</span>
            <span>Deliveries</span>
            <span>Events</span>
          </div>
          <div className="portal-head">
            <b className="heading">Webhooks</b>
            <span className="btn main">
              <Plus className="icon" aria-hidden />
              Add
            </span>
          </div>
          <Sample name="Trading desk bot" address="bot.example.com/hooks/prices" state="failing" data={BROKEN} from={17} left="24 waiting" right="last delivered 03:05" />
          <Sample name="FX watchers" address="telegram · api.telegram.org" state="healthy" data={SAMPLE} from={null} left="240 delivered in 24 h" right="12 s ago" />
        </div>
      </div>
    </div>
  );
}

function Sample({ name, address, state, data, from, left, right }: { name: string; address: string; state: string; data: StripData; from: number | null; left: string; right: string }) {
  const words = healthStatus(state);
  return (
    <div className="card">
      <div className="row">
        <b className="cut">{name}</b>
        <Chip of={words} />
      </div>
      <span className="cut text-ink-3 address">{address}</span>
      <Strip data={data} state={words.state} from={from} name="" />
      <div className="row text-ink-3">
        <span>{left}</span>
        <span>{right}</span>
      </div>
    </div>
  );
}
