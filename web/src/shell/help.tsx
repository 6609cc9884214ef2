/** `?`: the keys of this page, and the requests that it made, to be made by other means. */
import { calls } from "@/api/client";
import { useStore } from "@/lib/store";
import { choose, useYou } from "@/lib/you";
import { Curl } from "@/ui/curl";
import { Dialog } from "@/ui/dialog";
import { activeKeys, keyName } from "@/ui/keys";
import { help } from "./top";

export default function Help() {
  const isOpen = useStore(help);
  return (
    <Dialog open={isOpen} onClose={() => help.set(false)} title="Keys of this page" isWide>
      {isOpen && <Content />}
    </Dialog>
  );
}

function Content() {
  const { keys } = useYou();
  const made = useStore(calls);
  const shown = activeKeys().filter((key) => key.label);
  return (
    <div className="grid gap-5">
      <dl className="grid grid-cols-[repeat(auto-fill,minmax(260px,1fr))] gap-x-6 gap-y-1.5">
        {shown.map((key) => (
          <div key={key.keys + key.label} className="flex gap-3">
            <dt className="w-20 flex-none">
              {keyName(key.keys).split(" ").map((part, at) => (
                <kbd key={at} className="mr-1">
                  {part}
                </kbd>
              ))}
            </dt>
            <dd className="text-ink-2">{key.label}</dd>
          </div>
        ))}
      </dl>
      <label className="flex items-center gap-2">
        <input type="checkbox" checked={keys} onChange={(event) => choose({ keys: event.target.checked })} />
        Keys do something
      </label>
      <h2>What this page asked the API</h2>
      <div className="grid gap-2">
        {made.toReversed().slice(0, 12).map((call) => (
          <Curl
            key={`${call.method} ${call.url}`}
            of={{
              method: call.method,
              url: call.url,
              headers: [{ name: "Authorization", value: "[redacted]" }, ...(call.tenant ? [{ name: "Tenant", value: call.tenant }] : []), ...(call.body ? [{ name: "Content-Type", value: "application/json" }] : [])],
              body: call.body,
            }}
          />
        ))}
      </div>
      <p className="text-ink-3 text-sm">
        <code>$SECRET</code> stands for <code>Bearer</code> and your key.
      </p>
    </div>
  );
}
