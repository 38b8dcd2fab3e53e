import { WINDOW_NAMES, type WindowName } from "../../merge/series-state.ts";
import type { WindowStats } from "../../merge/window-stats.ts";
import { WHOLE_TARGET } from "../../names.ts";
import type { SeriesView } from "../../pillars/series-view.ts";
import type { LiveState } from "../../stream/live-state.ts";

/** What a table of series can be sorted by. */
export const SORTS = ["name", "rate", "p50", "p95", "p99", "max", "errors"] as const;

export type Sort = (typeof SORTS)[number];

/** What of the live state is looked at, and how. */
export interface TopView {
  readonly window: WindowName;
  readonly sort: Sort;
  /** Whether the order is turned round: else names go up, and figures down. */
  readonly isReversed: boolean;
  /** Whether operations have rows, too; else whole targets alone. */
  readonly hasOperations: boolean;
  /** How many rows are above the screen. */
  readonly offset: number;
}

/** The series that are shown, in their order. */
export function topSeries(
  { series }: Pick<LiveState, "series">,
  { window, sort, isReversed, hasOperations }: TopView,
): readonly SeriesView[] {
  const shown = [...series.values()].filter(
    ({ operation }) => hasOperations || operation === WHOLE_TARGET,
  );
  // By name they come; what has no figure goes last, whichever way round.
  const sorted =
    sort === "name"
      ? shown
      : shown.toSorted((one, other) => {
          const [left, right] = [one, other].map((view) => figure(view.windows[window], sort));
          if (left === undefined || right === undefined) {
            return Number(left === undefined) - Number(right === undefined);
          }
          return isReversed ? left - right : right - left;
        });
  return sort === "name" && isReversed ? sorted.toReversed() : sorted;
}

function figure(stats: WindowStats, sort: Exclude<Sort, "name">): number | undefined {
  switch (sort) {
    case "rate":
      return stats.perSecond;
    case "errors":
      return stats.count === 0 ? undefined : stats.errorRate;
    case "p50":
      return stats.p50Ms ?? undefined;
    case "p95":
      return stats.p95Ms ?? undefined;
    case "p99":
      return stats.p99Ms ?? undefined;
    case "max":
      return stats.maxMs ?? undefined;
  }
}

/** What begins the sequence of a key that has a name, as of an arrow. */
const SEQUENCE = "\u001b[";

/** The keys of a piece of input: several come together where they are pressed fast. */
export function keysOf(input: string): string[] {
  const [first = "", ...sequences] = input.split(SEQUENCE);
  const keys = Array.from(first);
  for (const text of sequences) {
    // It ends with its first letter or tilde.
    const end = text.search(/[A-Za-z~]/) + 1;
    keys.push(`${SEQUENCE}${text.slice(0, end)}`, ...Array.from(text.slice(end)));
  }
  return keys;
}

/** What a key does. */
type KeyAction =
  | { readonly kind: "view"; readonly view: TopView }
  | { readonly kind: "quit" }
  | { readonly kind: "interrupt" }
  | { readonly kind: "none" };

/** What there is to scroll in, in rows. */
interface ScrollRange {
  /** On a screen at once. */
  readonly pageRows: number;
  /** In all. */
  readonly rows: number;
}

/** @param range as it is before the key is pressed. */
export function pressKey(view: TopView, key: string, { pageRows, rows }: ScrollRange): KeyAction {
  const changed = (part: Partial<TopView>): KeyAction => ({
    kind: "view",
    view: { ...view, offset: 0, ...part },
  });
  const last = Math.max(0, rows - pageRows);
  // From where the screen really stands: there may be fewer rows than when it was scrolled there.
  const moved = (by: number): KeyAction =>
    changed({ offset: Math.min(Math.max(0, Math.min(view.offset, last) + by), last) });
  switch (key) {
    case "q":
    case "Q":
      return { kind: "quit" };
    case "\u0003":
      return { kind: "interrupt" };
    case "1":
      return changed({ window: "1m" });
    case "5":
      return changed({ window: "5m" });
    case "h":
      return changed({ window: "1h" });
    case "w":
      return changed({ window: after(WINDOW_NAMES, view.window) });
    case "s":
      return changed({ sort: after(SORTS, view.sort), isReversed: false });
    case "r":
      return changed({ isReversed: !view.isReversed });
    case "o":
      return changed({ hasOperations: !view.hasOperations });
    case "j":
    case "\u001b[B":
      return moved(1);
    case "k":
    case "\u001b[A":
      return moved(-1);
    case " ":
    case "\u001b[6~":
      return moved(pageRows);
    case "\u001b[5~":
      return moved(-pageRows);
    case "g":
    case "\u001b[H":
      return changed({ offset: 0 });
    default:
      return { kind: "none" };
  }
}

function after<Value>(values: readonly Value[], value: Value): Value {
  return values[(values.indexOf(value) + 1) % values.length] ?? value;
}
