import { DAY_MS, HOUR_MS } from "../../../src/merge/slot-time.ts";
import type { HistoryRange } from "../range.ts";

const HOUR = { step: "1h", stepMs: HOUR_MS } as const;
const DAY = { step: "1d", stepMs: DAY_MS } as const;

/**
 * The same stretch in steps of the next length, whole again at both ends; undefined where there is
 * no longer one.
 */
export function coarserRange({ from, to, step }: HistoryRange): HistoryRange | undefined {
  if (step === "1d") return undefined;
  const next = step === "1m" ? HOUR : DAY;
  return {
    ...next,
    from: Math.floor(from / next.stepMs) * next.stepMs,
    to: Math.ceil(to / next.stepMs) * next.stepMs,
  };
}
