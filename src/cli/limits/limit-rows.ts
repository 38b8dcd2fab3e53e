import type { LimitView } from "../../wire/permits.ts";
import { bar } from "../output/bar.ts";
import { formatCount, formatDuration, formatPercent, formatTime } from "../output/format.ts";
import type { Cell, Column } from "../output/table.ts";

/** The columns of a table of buckets. */
export const LIMIT_COLUMNS: readonly Column[] = [
  { title: "TARGET" },
  { title: "CAPACITY", align: "right", rank: 2 },
  { title: "PER MIN", align: "right", rank: 3 },
  { title: "AVAILABLE", rank: 1 },
  { title: "LEASED", align: "right", rank: 6 },
  { title: "WAITING", align: "right", rank: 5 },
  { title: "GRANTED", align: "right", rank: 8 },
  { title: "DENIED", align: "right", rank: 7 },
  { title: "SET BY", rank: 4 },
  { title: "STATE", isFlexible: true },
];

const BAR_WIDTH = 10;

/** A refill has thousandths. */
const REFILL = new Intl.NumberFormat("en", { maximumFractionDigits: 3 });

/**
 * A bucket as a row of {@link LIMIT_COLUMNS}.
 * @param title - what stands in the first cell.
 * @param view - null for a target without a limit.
 */
export function limitRow(
  title: string,
  view: LimitView | null,
  nowMs: number,
  isUnicode: boolean,
): Cell[] {
  if (view === null) return [title, "no limit"];
  const { capacity, available } = view;
  return [
    title,
    formatCount(capacity),
    REFILL.format(view.refillPerMinute),
    `${bar(available, capacity, BAR_WIDTH, isUnicode)} ${formatCount(available)}`,
    formatCount(view.outstanding),
    formatCount(view.waiting),
    formatCount(view.granted),
    formatCount(view.denied),
    view.isOverridden ? "override" : "config",
    limitState(view, nowMs),
  ];
}

/** Whether calls are let through, and why not. */
function limitState(view: LimitView, nowMs: number): Cell {
  const { blockedUntil, blockedReason, capacity, refillRate, available } = view;
  const why = blockedReason === null ? "" : `: ${blockedReason}`;
  if (blockedUntil !== null && blockedUntil > nowMs) {
    const left = formatDuration(blockedUntil - nowMs);
    return { text: `closed until ${formatTime(blockedUntil)} (${left})${why}`, style: "red" };
  }
  if (capacity === 0) return { text: "closed: its capacity is 0", style: "red" };
  if (refillRate < 1) {
    return { text: `open, refills at ${formatPercent(refillRate)}${why}`, style: "yellow" };
  }
  return available > 0 ? { text: "open", style: "green" } : { text: "empty", style: "yellow" };
}
