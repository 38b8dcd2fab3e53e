import type { WindowStats } from "../merge/window-stats.ts";
import type { SeriesView } from "./series-view.ts";
import type { PillarWindow } from "./pillar-views.ts";

/**
 * The window that a pillar is made of: 5 minutes, as the rules look at, or the hour if they hold
 * nothing, so that what is used every ten minutes does not come and go.
 * @returns null if the hour holds nothing either.
 */
export function pillarWindow(
  series: readonly SeriesView[],
  amountOf: (stats: WindowStats) => number,
): PillarWindow | null {
  const holds = (window: PillarWindow): boolean =>
    series.some(({ windows }) => amountOf(windows[window]) > 0);
  if (holds("5m")) return "5m";
  return holds("1h") ? "1h" : null;
}
