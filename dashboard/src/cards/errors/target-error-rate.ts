import { WHOLE_TARGET } from "../../../../src/names.ts";
import { seriesKey } from "../../../../src/stream/live-state.ts";
import type { SeriesView } from "../../../../src/stream/stream-frame.ts";
import type { LiveLineQuery } from "../../live/live-line.ts";

/** What is told of the error rate of a target: that of its last minute, null without calls in it. */
export function targetErrorRate(target: string): Pick<LiveLineQuery, "valueNow" | "valueOf"> {
  const isWhole = (name: { readonly target: string; readonly operation: string }): boolean =>
    name.target === target && name.operation === WHOLE_TARGET;
  return {
    valueNow: ({ series }) => rateOf(series.get(seriesKey({ target, operation: WHOLE_TARGET }))),
    valueOf: ({ type, series, gone }) => {
      const view = series.find(isWhole);
      const isGone = type === "snapshot" || gone?.series.some(isWhole) === true;
      // A tick tells what changed; what it does not name is as it was.
      return view === undefined && !isGone ? undefined : rateOf(view);
    },
  };
}

function rateOf(view: SeriesView | undefined): number | null {
  const minute = view?.windows["1m"];
  return minute === undefined || minute.count === 0 ? null : minute.errorRate;
}
