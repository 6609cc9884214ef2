/** Sentences of the pure functions in `words/`, as elements. */
import { Fragment } from "react";
import type { Text } from "@/words/text";
import { Link } from "./link";

export function Words({ of }: { of: Text }) {
  return of.map((part, at) => <Fragment key={at}>{element(part)}</Fragment>);
}

function element(part: Text[number]) {
  if (typeof part === "string") return part;
  if ("to" in part) {
    const link = (
      <Link to={part.to}>
        <bdi>{part.text}</bdi>
      </Link>
    );
    return part.strong ? <b>{link}</b> : link;
  }
  if ("code" in part) {
    return (
      <code>
        <bdi>{part.code}</bdi>
      </code>
    );
  }
  if ("foreign" in part) return <bdi>{part.foreign}</bdi>;
  return (
    <b>
      <bdi>{part.strong}</bdi>
    </b>
  );
}
