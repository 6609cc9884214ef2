/** Shares streams among pages: one for each tenant, asked for what all pages want together; each page is told what it wants. */
import { wants, type Happening, type Interest } from "./interest";
import { LiveStream, real, type StreamPhase, type Surroundings } from "./stream";

/** What a page says to the hub. */
export interface Wanted {
  tenant: string | null;
  interests: Interest[];
}

/** What the hub says to a page. */
export type Said = { told: Happening[] } | { again: true } | { phase: StreamPhase };

export interface Page {
  say: (said: Said) => void;
}

export class Hub {
  #pages = new Map<Page, Wanted>();
  #streams = new Map<string | null, LiveStream>();

  constructor(readonly around: Surroundings = real) {}

  want(page: Page, wanted: Wanted): void {
    const before = this.#pages.get(page);
    this.#pages.set(page, wanted);
    if (before && before.tenant !== wanted.tenant) this.#settle(before.tenant);
    this.#settle(wanted.tenant);
    page.say({ phase: this.#stream(wanted.tenant).phase.get() });
  }

  leave(page: Page): void {
    const wanted = this.#pages.get(page);
    this.#pages.delete(page);
    if (wanted) this.#settle(wanted.tenant);
  }

  #settle(tenant: string | null): void {
    this.#stream(tenant).want(this.#of(tenant).flatMap(([, wanted]) => wanted.interests));
  }

  #of(tenant: string | null): [Page, Wanted][] {
    return [...this.#pages].filter(([, wanted]) => wanted.tenant === tenant);
  }

  #stream(tenant: string | null): LiveStream {
    let stream = this.#streams.get(tenant);
    if (!stream) {
      const told = (happenings: Happening[]) => {
        for (const [page, { interests }] of this.#of(tenant)) {
          const wanted = happenings.filter((happening) => interests.some((interest) => wants(interest, happening)));
          if (wanted.length > 0) page.say({ told: wanted });
        }
      };
      const toAll = (said: Said) => this.#of(tenant).forEach(([page]) => page.say(said));
      const made = new LiveStream(tenant, { told, again: () => toAll({ again: true }) }, this.around);
      made.phase.subscribe(() => toAll({ phase: made.phase.get() }));
      this.#streams.set(tenant, made);
      stream = made;
    }
    return stream;
  }
}
