import { MINUTE_MS } from "../../../src/merge/slot-time.ts";
import type { HistoryPoint } from "../../../src/api/history-answer.ts";
import { decodeHistogram } from "./decode-histogram.ts";
import type { Minute } from "./rolling-windows.ts";

/**
 * The histograms of points that are minutes; longer ones, of a past of which nothing finer is kept,
 * are left out.
 *
 * @returns `fault` says which could not be read; empty if all could.
 */
export async function minutesOf(
  points: readonly HistoryPoint[],
): Promise<{ readonly minutes: readonly Minute[]; readonly fault: string }> {
  let fault = "";
  const read = points.map(async ({ at, stepMs, histogram }): Promise<Minute[]> => {
    if (stepMs !== MINUTE_MS || histogram === undefined) return [];
    const decoded = await decodeHistogram(histogram);
    if (decoded.ok) return [{ at, buckets: decoded.histogram }];
    fault = `${new Date(at).toISOString()}: ${decoded.reason}.`;
    return [];
  });
  return { minutes: (await Promise.all(read)).flat(), fault };
}
