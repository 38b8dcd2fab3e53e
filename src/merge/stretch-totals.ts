import { saturatingSum } from "../histogram/saturating-sum.ts";
import { OUTCOMES } from "../outcome.ts";
import { decodeSlotList } from "./slot-list.ts";
import type { StepMs, StoredSlot } from "./tenant-store.ts";

/** How many timings ended how. */
export interface OutcomeTotals {
  readonly count: number;
  /** In the order of `OUTCOMES`. */
  readonly outcomes: readonly number[];
}

/** One row of a whole target's history without its histogram. */
export interface StretchTotals extends OutcomeTotals {
  readonly stepMs: StepMs;
  readonly at: number;
  readonly target: string;
  readonly part: number;
}

export const NO_TOTALS: OutcomeTotals = { count: 0, outcomes: OUTCOMES.map(() => 0) };

/** @throws CorruptBytesError if the row cannot be read. */
export function stretchTotals({ stepMs, at, target, part, body }: StoredSlot): StretchTotals {
  let sum = NO_TOTALS;
  for (const aggregate of decodeSlotList(body).values()) sum = addTotals(sum, aggregate);
  return { stepMs, at, target, part, ...sum };
}

export function addTotals(left: OutcomeTotals, right: OutcomeTotals): OutcomeTotals {
  return {
    count: saturatingSum(left.count, right.count),
    outcomes: left.outcomes.map((some, code) => saturatingSum(some, right.outcomes[code] ?? 0)),
  };
}

/** What is left of some when others of them are taken away. */
export function subtractTotals(from: OutcomeTotals, other: OutcomeTotals): OutcomeTotals {
  return {
    count: from.count - other.count,
    outcomes: from.outcomes.map((some, code) => some - (other.outcomes[code] ?? 0)),
  };
}
