import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { Schemas } from "@/api/client";
import { begin, estimate, type Deed } from "@/api/replays";
import { useScope } from "@/api/scope";
import { useDeed } from "@/shell/deeds";
import { Ask } from "@/ui/dialog";
import { useGo } from "@/ui/link";
import { Trouble } from "@/ui/loading";
import { toast } from "@/ui/toast";
import { Words } from "@/ui/words";
import * as format from "@/words/format";
import { deedWords, noteWords, takesWords } from "@/words/recover";
import { listed, type Text } from "@/words/text";
import { Pace, usePace } from "./pace";

/** Asks before many deliveries are retried or cancelled, with the server's count and how long it takes at which pace. */
export function Sure({ deed, plan, to, isWhole, note, close, begun }: { deed: Deed; plan: Schemas["ReplayInput"]; to: { name: string; count: number }[]; isWhole: boolean; note: Text; close: () => void; begun: () => void }) {
  const scope = useScope();
  const go = useGo();
  const run = useDeed();
  const [pace, setPace] = usePace();
  const [isBusy, setIsBusy] = useState(false);
  const full = { ...plan, rate: pace };
  const asked = useQuery(estimate(scope, deed, full));
  const counted = asked.data;
  const words = deedWords(deed, counted?.count ?? 0, counted?.more ?? false);
  const start = async () => {
    setIsBusy(true);
    const isDone = await run(async () => {
      const job = (await begin(scope, deed, full)) as Schemas["Replay"];
      toast({ text: deed === "retry" ? "They go out, one after the other." : "They are cancelled, one after the other.", action: { label: "Watch", run: () => go(`/replays/${job.id}`) } });
    });
    setIsBusy(false);
    if (!isDone) return;
    close();
    begun();
  };
  return (
    <Ask open onClose={close} title={counted ? words.title : deed === "retry" ? "Retry?" : "Cancel?"} deed={counted ? words.deed : "Counting"} onDeed={() => void start()} isBusy={isBusy || !counted || counted.count === 0}>
      {asked.error ? <Trouble error={asked.error} what="The count" again={asked.refetch} /> : null}
      <p>
        <Words of={toWhom(to, isWhole)} />
      </p>
      <p>{deed === "retry" ? "What failed or was cancelled is owed again, with its tries from the start; what waits goes next. Their lanes keep to order and rate." : "Nothing more is sent of them. They can be retried later."}</p>
      {note.length > 0 && (
        <p>
          <Words of={note} />
        </p>
      )}
      <Pace value={pace} onChange={setPace} />
      <p role="status">{counted ? takesWords(counted, deed === "cancel") : ""}</p>
      {counted?.notes.map((each) => (
        <p key={each}>
          <Words of={noteWords(each)} />
        </p>
      ))}
    </Ask>
  );
}

/** "To Retail push (21) and Old ledger (2)." */
function toWhom(to: { name: string; count: number }[], isWhole: boolean): Text {
  const sums = new Map<string, number>();
  for (const each of to) sums.set(each.name, (sums.get(each.name) ?? 0) + each.count);
  const shown: Text[] = [...sums].slice(0, 4).map(([name, count]) => [{ foreign: name }, to.length > 1 ? ` (${format.count(count)})` : ""]);
  if (sums.size > 4 || !isWhole) shown.push([sums.size > 4 ? `${sums.size - 4} more` : "others"]);
  return ["To ", ...listed(shown), "."];
}
