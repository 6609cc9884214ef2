/** Server-sent events (HTML, section 9.2), read piece by piece. */
export interface Message {
  id: string | null;
  event: string;
  data: string;
}

export class EventParser {
  #rest = "";
  #event = "";
  #data: string[] = [];
  /** The last that was named; a stream that is taken up again begins behind it. */
  lastId: string | null = null;
  /** Milliseconds that the server wants to be left alone before the next try. */
  retry: number | null = null;

  /** What a piece of text completes. Comments and empty messages complete nothing, but their ids count. */
  feed(text: string): Message[] {
    const lines = (this.#rest + text).split(/\r\n|\n|\r(?=[^])/);
    this.#rest = lines.pop() ?? "";
    const found: Message[] = [];
    for (const line of lines) {
      if (line === "") {
        if (this.#data.length > 0) found.push({ id: this.lastId, event: this.#event || "message", data: this.#data.join("\n") });
        this.#event = "";
        this.#data = [];
        continue;
      }
      const colon = line.indexOf(":");
      if (colon === 0) continue;
      const [field, value] = colon < 0 ? [line, ""] : [line.slice(0, colon), line.slice(colon + 1).replace(/^ /, "")];
      if (field === "data") this.#data.push(value);
      else if (field === "event") this.#event = value;
      else if (field === "id" && !value.includes("\0")) this.lastId = value;
      else if (field === "retry" && /^\d+$/.test(value)) this.retry = Number(value);
    }
    return found;
  }
}
