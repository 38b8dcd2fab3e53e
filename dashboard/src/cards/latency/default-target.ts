import { WHOLE_TARGET } from "../../../../src/names.ts";
import { MIN_COUNT } from "../../../../src/pillars/mean-score.ts";
import type { LiveState } from "../../../../src/stream/live-state.ts";
import type { SeriesView } from "../../../../src/stream/stream-frame.ts";
import { rankOf } from "../../parts/severity.ts";

/**
 * The target that is looked at first: the one with the worst alert that fires, else the one whose
 * latency is graded worst of those with traffic enough to tell, the busiest where several are alike.
 * Empty where there is none.
 */
export function defaultTarget({ series, alerts }: Pick<LiveState, "series" | "alerts">): string {
  const wholes = [...series.values()].filter(({ operation }) => operation === WHOLE_TARGET);
  const names = new Set(wholes.map(({ target }) => target));
  const firing = [...alerts.values()]
    .filter(({ state, target }) => state === "firing" && names.has(target))
    .toSorted((left, right) => rankOf(left.severity) - rankOf(right.severity));
  const [worst] = wholes.toSorted(
    (left, right) =>
      scoreOf(left) - scoreOf(right) ||
      right.windows["1h"].count - left.windows["1h"].count ||
      (left.target < right.target ? -1 : 1),
  );
  return firing[0]?.target ?? worst?.target ?? "";
}

/** What has few timings in the last minute says little: it comes last. */
function scoreOf({ grades, windows }: SeriesView): number {
  return windows["1m"].count < MIN_COUNT ? Infinity : (grades.latency?.score ?? Infinity);
}
