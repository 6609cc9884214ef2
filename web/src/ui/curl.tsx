import { Copy } from "lucide-react";
import { copy } from "./copy";
import { curl, type CurlRequest } from "@/words/curl";

/** A curl line in a well, ready to paste. */
export function Curl({ of }: { of: CurlRequest }) {
  const line = curl(of);
  return (
    <div className="relative rounded-control border bg-sunken p-3 pr-12">
      <pre>{line}</pre>
      <button type="button" className="btn quiet icon-only small absolute right-2 top-2" aria-label="Copy this command" onClick={() => copy(line, "The command is copied.")}>
        <Copy className="icon" aria-hidden />
      </button>
    </div>
  );
}
