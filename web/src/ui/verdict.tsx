import { useEffect, useRef, useState, type ReactNode } from "react";
import { plain, type Text } from "@/words/text";
import type { State, StatusIcon } from "@/words/status";
import { StateIcon } from "./icon";
import { Words } from "./words";

export interface VerdictWords {
  state: State;
  icon: StatusIcon;
  title: string;
  sentences: Text[];
}

/** What is the matter, on top of a page. It is told to screen readers when it changes, at most once in ten seconds. */
export function Verdict({ of }: { of: VerdictWords }) {
  return (
    <div className="verdict">
      <h1>
        <StateIcon icon={of.icon} state={of.state} />
        {of.title}
      </h1>
      {of.sentences.length > 0 && (
        <p>
          {of.sentences.map((sentence, at) => (
            <span key={at}>
              {at > 0 && " "}
              <Words of={sentence} />
            </span>
          ))}
        </p>
      )}
      <Spoken text={[of.title, ...of.sentences.map(plain)].join(". ")} />
    </div>
  );
}

/** The same for one thing: a headline on its state's wash, and beside it what comes next and when. */
export function Say({ of, next, children }: { of: VerdictWords; next?: ReactNode; children?: ReactNode }) {
  return (
    <section className={`say ${of.state}`} aria-label="What is the matter">
      <div>
        <h2>{of.title}</h2>
        {of.sentences.map((sentence, at) => (
          <p key={at}>
            <Words of={sentence} />
          </p>
        ))}
        {children}
      </div>
      {next && <div className="next">{next}</div>}
      <Spoken text={of.title} />
    </section>
  );
}

const AT_MOST_EVERY = 10_000;

function Spoken({ text }: { text: string }) {
  const [spoken, setSpoken] = useState("");
  const last = useRef(0);
  const first = useRef(text);
  useEffect(() => {
    // What a page says when it opens is read as its heading.
    if (text === first.current) return;
    const timer = setTimeout(
      () => {
        last.current = Date.now();
        setSpoken(text);
      },
      Math.max(0, last.current + AT_MOST_EVERY - Date.now()),
    );
    return () => clearTimeout(timer);
  }, [text]);
  return (
    <span className="sr-only" role="status" aria-live="polite">
      {spoken}
    </span>
  );
}
