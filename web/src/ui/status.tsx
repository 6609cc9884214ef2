import type { ReactNode } from "react";
import type { StatusWords } from "@/words/status";
import { StateIcon } from "./icon";

/** A state in a list: icon and word, and behind it what belongs to it. */
export function Status({ of, children }: { of: StatusWords; children?: ReactNode }) {
  return (
    <span className={`status ${of.state}`}>
      <StateIcon icon={of.icon} />
      <span>{of.word}</span>
      {children}
    </span>
  );
}

/** A state beside a title. */
export function Chip({ of }: { of: StatusWords }) {
  return (
    <span className={`chip ${of.state}`}>
      <StateIcon icon={of.icon} />
      {of.word}
    </span>
  );
}
