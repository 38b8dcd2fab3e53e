import { type Api, ApiError } from "../api.ts";
import { type HistoryRange, historyRange } from "../range.ts";
import { useSession } from "../session.ts";
import { type Asked, useAnswer } from "../use-answer.ts";
import { useView } from "../view.ts";
import { askTotals } from "./ask-totals.ts";
import { coarserRange } from "./coarser-range.ts";
import type { TotalsPoint } from "../../../src/api/totals-answer.ts";
import { REFRESH_MS } from "./refresh-ms.ts";

/** What was counted in the range that is chosen. */
export interface RangeTotals {
  /** What was answered for: its steps are longer than asked for if those gave too many points. */
  readonly range: HistoryRange;
  /** When it was asked, epoch milliseconds of the server's clock. */
  readonly askedAt: number;
  /** In order of time. */
  readonly points: readonly TotalsPoint[];
}

/** What of the range is asked for. */
interface TotalsChoice {
  /** `range`: by the range's own step; `all`: the range as one. */
  readonly step: "range" | "all";
  readonly by: "target" | "kind";
  /** Only these targets; every one if absent. */
  readonly targets?: readonly string[];
}

/** The status of a refusal, as of more points than are answered. */
const REFUSED = 400;

/**
 * What was counted in the range that is chosen, asked for again as it goes on; nothing while the
 * page shows what is live.
 *
 * @param choice - null to ask nothing.
 */
export function useTotals(choice: TotalsChoice | null): Asked<RangeTotals> {
  const session = useSession();
  const { range: name } = useView();
  const isAsked = name !== "live" && choice !== null;
  const ask = async (signal: AbortSignal): Promise<RangeTotals> => {
    if (choice === null) throw new Error("nothing is asked for");
    const askedAt = session.nowMs();
    const answer = await askRange(session.api, historyRange(name, askedAt), choice, signal);
    return { ...answer, askedAt };
  };
  const key = isAsked ? `${name} ${JSON.stringify(choice)}` : null;
  return useAnswer(key, ask, REFRESH_MS[historyRange(name, 0).step]);
}

/** Takes longer steps where the range's own give more points than the server answers. */
async function askRange(
  api: Api,
  range: HistoryRange,
  choice: TotalsChoice,
  signal: AbortSignal,
): Promise<Omit<RangeTotals, "askedAt">> {
  const { from, to } = range;
  const step = choice.step === "all" ? "all" : range.step;
  try {
    const { points } = await askTotals(api, { ...choice, from, to, step, signal });
    return { range, points };
  } catch (error) {
    const coarser = choice.step === "all" ? undefined : coarserRange(range);
    if (!(error instanceof ApiError) || error.status !== REFUSED || !coarser) throw error;
    return askRange(api, coarser, choice, signal);
  }
}
