import type { Api } from "../api.ts";
import type { HistoryStepName } from "../range.ts";
import type { TotalsAnswer } from "../../../src/api/totals-answer.ts";

interface TotalsQuery {
  /** Epoch milliseconds; `to` is excluded. */
  readonly from: number;
  readonly to: number;
  /** `all`: one point for the whole stretch. */
  readonly step: HistoryStepName | "all";
  /** Whether points are of each target, or of all targets of a kind together. */
  readonly by: "target" | "kind";
  /** Only these targets; every one if absent. */
  readonly targets?: readonly string[] | undefined;
  readonly signal: AbortSignal;
}

/**
 * What was counted of whole targets, as `GET /v1/totals` knows it.
 *
 * @throws ApiError if the server does not answer, or refuses.
 */
export function askTotals(api: Api, query: TotalsQuery): Promise<TotalsAnswer> {
  const { from, to, step, by, targets, signal } = query;
  return api.ask<TotalsAnswer>("/v1/totals", {
    query: { from, to, step, by, targets: targets?.join(",") },
    signal,
  });
}
