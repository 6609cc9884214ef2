/**
 * A table of which only what is in view is drawn. It scrolls with the page, so a row is found by its place there. With `j` and `k` a row is
 * walked to, `Enter` opens it, `x` selects it, `⇧x` all up to it, `a` all that match.
 */
import { memo, useEffect, useLayoutEffect, useRef, useState, type MouseEvent, type ReactNode } from "react";
import { rowsInView, type Window } from "@/words/window";
import { useKeys } from "./keys";
import { useGo } from "./link";

export interface Column<T> {
  name: string;
  head: ReactNode;
  cell: (row: T) => ReactNode;
  /** A CSS width; columns without one share what is left. */
  width?: string;
  isNumber?: boolean;
  /** Left out where the window is narrow. */
  isSpare?: boolean;
  /** On a phone: a line of its own, at the end of the first line, or left out. */
  phone?: "wide" | "end" | "spare";
}

export interface Selection {
  ids: ReadonlySet<string>;
  /** All that the filters match, also those that are not loaded. */
  all: boolean;
}

export const NOTHING: Selection = { ids: new Set(), all: false };

interface Props<T> {
  caption: string;
  rows: T[];
  /** Keep them the same between renderings, or each row is drawn anew each time. */
  columns: Column<T>[];
  rowKey: (row: T) => string;
  /** Where a row leads. */
  href?: (row: T) => string;
  rowHeight?: number;
  isDense?: boolean;
  /** How many there are in all, if that is known. */
  total?: number;
  onNearEnd?: () => void;
  selection?: Selection;
  onSelect?: (selection: Selection) => void;
  isChanged?: (row: T) => boolean;
  /** The row that one comes back to. */
  startAt?: string | null;
  /** Whether `j`, `k` and the others are this table's. One table of a page. */
  hasKeys?: boolean;
}

const NEAR_END = 10;

export function Table<T>({ caption, rows, columns, rowKey, href, rowHeight, isDense = false, total, onNearEnd, selection, onSelect, isChanged, startAt, hasKeys = true }: Props<T>) {
  const place = useRef<HTMLTableSectionElement>(null);
  const isPhone = usePhone();
  const height = rowHeight ?? (isDense ? 34 : 48);
  const view = useWindow(place, rows.length, height, isPhone);
  const [at, setAt] = useState(() => (startAt ? rows.findIndex((row) => rowKey(row) === startAt) : -1));
  const go = useGo();
  useEffect(() => {
    if (at >= 0) place.current?.querySelector<HTMLElement>(`[data-row="${at}"]`)?.focus({ preventScroll: true });
    // Once, when one comes back.
  }, []);

  const isNearEnd = view.end >= rows.length - NEAR_END;
  useEffect(() => {
    if (isNearEnd) onNearEnd?.();
    // Asked again when there are more rows, or the end comes nearer.
  }, [isNearEnd, rows.length]);

  const walk = (to: number) => {
    const next = Math.max(0, Math.min(rows.length - 1, to));
    setAt(next);
    const row = place.current?.querySelector<HTMLElement>(`[data-row="${next}"]`);
    if (row) {
      row.focus({ preventScroll: true });
      row.scrollIntoView({ block: "nearest" });
    } else {
      scrollBy({ top: (next - at) * height });
      requestAnimationFrame(() => place.current?.querySelector<HTMLElement>(`[data-row="${next}"]`)?.focus({ preventScroll: true }));
    }
  };
  const open = (newTab: boolean) => {
    const row = rows[at];
    if (row && href) go(href(row), { newTab });
  };
  const toggle = (index: number, isRange: boolean) => {
    const row = rows[index];
    if (!row || !onSelect || !selection) return;
    const ids = new Set(selection.ids);
    if (isRange) {
      const marked = rows.findIndex((each) => ids.has(rowKey(each)));
      for (const each of rows.slice(Math.min(marked < 0 ? index : marked, index), Math.max(marked, index) + 1)) ids.add(rowKey(each));
    } else if (!ids.delete(rowKey(row))) ids.add(rowKey(row));
    onSelect({ ids, all: false });
  };
  useKeys(
    [
      { keys: "j", label: "Next row", run: () => walk(at + 1) },
      { keys: "k", label: "Row before", run: () => walk(at - 1) },
      ...(href
        ? [
            { keys: "Enter", label: "Open the row", run: () => open(false) },
            { keys: "shift+Enter", label: "Open the row in a new tab", run: () => open(true) },
          ]
        : []),
      ...(onSelect
        ? [
            { keys: "x", label: "Select the row", run: () => toggle(at, false) },
            { keys: "shift+x", label: "Select up to the row", run: () => toggle(at, true) },
            { keys: "a", label: "Select all that match", run: () => onSelect({ ids: new Set(rows.map(rowKey)), all: true }) },
            { keys: "Escape", label: "Clear the selection", run: () => onSelect(NOTHING) },
          ]
        : []),
    ],
    hasKeys,
  );

  // Rows are drawn anew only when they change; what they do is looked up when they do it.
  const latest = useRef({ rows, setAt, toggle, go, href });
  latest.current = { rows, setAt, toggle, go, href };
  const deeds = useRef<RowDeeds>({
    focus: (number) => latest.current.setAt(number),
    select: (number, isRange) => latest.current.toggle(number, isRange),
    click: (number, event) => {
      const { rows, href, go } = latest.current;
      const row = rows[number];
      const isOnControl = event.target instanceof Element && event.target.closest("a,button,input,label");
      if (row !== undefined && href && !isOnControl && !getSelection()?.toString()) go(href(row), { newTab: event.metaKey || event.ctrlKey });
    },
    leads: href !== undefined,
    selects: onSelect !== undefined,
  }).current;

  const shown = rows.slice(view.first, view.end);
  const above = view.first * height;
  const below = (rows.length - view.end) * height;
  const span = columns.length + (onSelect ? 1 : 0);
  return (
    <table className={isDense ? "table dense" : "table"} aria-rowcount={total === undefined ? undefined : total + 1}>
      <caption>{caption}</caption>
      <thead>
        <tr>
          {onSelect && (
            <th scope="col" style={{ width: 32 }}>
              <span className="sr-only">Selected</span>
            </th>
          )}
          {columns.map((column) => (
            <th key={column.name} scope="col" className={classOf(column)} style={{ width: column.width }}>
              {column.head}
            </th>
          ))}
        </tr>
      </thead>
      <tbody ref={place}>
        {above > 0 && (
          <tr className="spacer" aria-hidden="true">
            <td colSpan={span} style={{ height: above }} />
          </tr>
        )}
        {shown.map((row, index) => {
          const number = view.first + index;
          const key = rowKey(row);
          return (
            <Row
              key={key}
              of={row}
              number={number}
              columns={columns}
              isCurrent={number === Math.max(0, at)}
              isSelected={selection ? selection.all || selection.ids.has(key) : undefined}
              isChanged={isChanged?.(row) ?? false}
              deeds={deeds}
            />
          );
        })}
        {below > 0 && (
          <tr className="spacer" aria-hidden="true">
            <td colSpan={span} style={{ height: below }} />
          </tr>
        )}
      </tbody>
    </table>
  );
}

interface RowDeeds {
  focus: (number: number) => void;
  select: (number: number, isRange: boolean) => void;
  click: (number: number, event: MouseEvent) => void;
  leads: boolean;
  selects: boolean;
}

interface RowProps<T> {
  of: T;
  number: number;
  columns: Column<T>[];
  isCurrent: boolean;
  isSelected: boolean | undefined;
  isChanged: boolean;
  deeds: RowDeeds;
}

function classOf(column: { isNumber?: boolean; isSpare?: boolean }): string {
  return `${column.isNumber ? "num" : ""} ${column.isSpare ? "narrow-spare" : ""}`;
}

const Row = memo(function Row<T>({ of, number, columns, isCurrent, isSelected, isChanged, deeds }: RowProps<T>) {
  return (
    <tr
      data-row={number}
      tabIndex={isCurrent ? 0 : -1}
      aria-rowindex={number + 2}
      aria-selected={isSelected}
      className={isChanged ? "changed" : undefined}
      onFocus={() => deeds.focus(number)}
      onClick={(event) => deeds.click(number, event)}
      style={deeds.leads ? { cursor: "pointer" } : undefined}
    >
      {deeds.selects && (
        <td className="check">
          <input type="checkbox" aria-label={`Select row ${number + 1}`} checked={isSelected} onChange={(event) => deeds.select(number, (event.nativeEvent as globalThis.MouseEvent).shiftKey)} />
        </td>
      )}
      {columns.map((column) => (
        <td key={column.name} className={`${classOf(column)} ${column.phone ?? ""}`}>
          {column.cell(of)}
        </td>
      ))}
    </tr>
  );
}) as <T>(props: RowProps<T>) => ReactNode;

function useWindow(place: { current: HTMLElement | null }, count: number, height: number, isPhone: boolean): Window {
  // Rows of a phone have two lines and no fixed height; there, all that were loaded are drawn.
  const [view, setView] = useState<Window>({ first: 0, end: Math.min(count, 60) });
  useLayoutEffect(() => {
    if (isPhone) return;
    let frame = 0;
    const look = () => {
      frame = 0;
      const top = place.current?.getBoundingClientRect().top ?? 0;
      const next = rowsInView(count, height, top, innerHeight);
      setView((old) => (old.first === next.first && old.end === next.end ? old : next));
    };
    const soon = () => (frame ||= requestAnimationFrame(look));
    look();
    addEventListener("scroll", soon, { passive: true });
    addEventListener("resize", soon);
    return () => {
      cancelAnimationFrame(frame);
      removeEventListener("scroll", soon);
      removeEventListener("resize", soon);
    };
  }, [place, count, height, isPhone]);
  return isPhone ? { first: 0, end: count } : { first: Math.min(view.first, count), end: Math.min(Math.max(view.end, Math.min(count, 60)), count) };
}

export function usePhone(): boolean {
  const [isPhone, setIsPhone] = useState(() => matchMedia("(max-width: 760px)").matches);
  useEffect(() => {
    const query = matchMedia("(max-width: 760px)");
    const change = () => setIsPhone(query.matches);
    query.addEventListener("change", change);
    return () => query.removeEventListener("change", change);
  }, []);
  return isPhone;
}
