/** Which lines of a text are not in the other, in order: the longest common lines are what both have. */
export interface Line {
  text: string;
  differs: boolean;
}

/** Larger texts are compared as a whole: what differs at length nobody reads line by line. */
const MOST_CELLS = 1_000_000;

export function lineDiff(text: string, against: string): Line[] {
  const [ours, theirs] = [text.split("\n"), against.split("\n")];
  if (ours.length * theirs.length > MOST_CELLS) {
    const known = new Set(theirs);
    return ours.map((line) => ({ text: line, differs: !known.has(line) }));
  }
  // How many lines are common from here to the end of both.
  const common = Array.from({ length: ours.length + 1 }, () => new Uint32Array(theirs.length + 1));
  const at = (i: number, j: number) => common[i]?.[j] ?? 0;
  for (let i = ours.length - 1; i >= 0; i -= 1) {
    for (let j = theirs.length - 1; j >= 0; j -= 1) {
      (common[i] as Uint32Array)[j] = ours[i] === theirs[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
    }
  }
  const lines: Line[] = [];
  let j = 0;
  ours.forEach((line, i) => {
    while (j < theirs.length && line !== theirs[j] && at(i, j + 1) === at(i, j) && at(i, j) > at(i + 1, j)) j += 1;
    const isCommon = line === theirs[j] && at(i, j) === at(i + 1, j + 1) + 1;
    if (isCommon) j += 1;
    lines.push({ text: line, differs: !isCommon });
  });
  return lines;
}
