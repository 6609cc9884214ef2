/** Which rows of a long table are drawn: those in view, and some above and below. All rows are of the same height. */
export interface Window {
  first: number;
  /** Behind the last. */
  end: number;
}

const BESIDE = 12;
/** Fewer are all drawn. */
const FEW = 80;

export function rowsInView(count: number, rowHeight: number, tableTop: number, viewHeight: number): Window {
  if (count <= FEW) return { first: 0, end: count };
  const first = Math.max(0, Math.floor(-tableTop / rowHeight) - BESIDE);
  const end = Math.min(count, Math.ceil((viewHeight - tableTop) / rowHeight) + BESIDE);
  return { first: Math.min(first, Math.max(0, count - 1)), end: Math.max(end, Math.min(count, first + 1)) };
}
