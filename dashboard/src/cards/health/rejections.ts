import type { TenantLedger } from "../../../../src/stream/stream-frame.ts";

/** How many timings were refused for each reason, the most first; reasons without one are left out. */
export function rejections({ rejected }: Pick<TenantLedger, "rejected">): {
  readonly total: number;
  readonly byReason: readonly (readonly [reason: string, count: number])[];
} {
  const byReason = Object.entries(rejected)
    .filter(([, count]) => count > 0)
    .toSorted(([left, one], [right, other]) => other - one || (left < right ? -1 : 1));
  return { total: byReason.reduce((sum, [, count]) => sum + count, 0), byReason };
}
