import { historyRange, type HistoryRange } from "../range.ts";
import { useSession } from "../session.ts";
import { type Asked, useAnswer } from "../use-answer.ts";
import { useView } from "../view.ts";
import type { HistoryAnswer, HistoryPoint } from "../../../src/api/history-answer.ts";
import { REFRESH_MS } from "./refresh-ms.ts";

/** A series over the range that is chosen. */
interface RangeHistory {
  /** What was asked for. */
  readonly range: HistoryRange;
  /** In order of time; steps without timings have no point. */
  readonly points: readonly HistoryPoint[];
}

/**
 * A series over the range that is chosen (the last minutes if that is what is live), asked anew as
 * it goes on.
 *
 * @param series - null to ask nothing.
 */
export function useHistory(
  series: { readonly target: string; readonly operation: string } | null,
): Asked<RangeHistory> {
  const session = useSession();
  const { range: name } = useView();
  const key = series === null ? null : `${name} ${series.target} ${series.operation}`;
  const ask = async (signal: AbortSignal): Promise<RangeHistory> => {
    const range = historyRange(name, session.nowMs());
    const { from, to, step } = range;
    const query = { target: series?.target, operation: series?.operation, from, to, step };
    const { points } = await session.api.ask<HistoryAnswer>("/v1/history", { query, signal });
    return { range, points };
  };
  return useAnswer(key, ask, REFRESH_MS[historyRange(name, 0).step]);
}
