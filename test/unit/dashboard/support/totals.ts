import fc from "fast-check";
import type { TotalsPoint } from "../../../../src/api/totals-answer.ts";
import { TARGET_KINDS } from "../../../../src/target-kind.ts";

/** Where the ranges of these tests begin: the start of a day. */
export const FROM = Date.UTC(2026, 4, 4);
export const MINUTE_MS = 60_000;

const outcomes = fc.record({
  ok: fc.nat(1_000),
  error: fc.nat(1_000),
  timeout: fc.nat(1_000),
  rateLimited: fc.nat(1_000),
  hit: fc.nat(1_000),
  miss: fc.nat(1_000),
});

/** A point of some target, in one of the first `steps` steps of a minute. */
export function anyPoint(steps: number): fc.Arbitrary<TotalsPoint> {
  return fc
    .record({
      target: fc.constantFrom("meta", "tiktok", "worker", "cache"),
      kind: fc.constantFrom(...TARGET_KINDS),
      step: fc.nat(steps - 1),
      outcomes,
    })
    .map(({ target, kind, step, outcomes: counted }) =>
      totalsPoint({ target, kind, at: FROM + step * MINUTE_MS, ...counted }),
    );
}

/** A point with the counts that are given, one minute long unless told otherwise. */
export function totalsPoint(given: Partial<TotalsPoint> = {}): TotalsPoint {
  const counted = { ok: 0, error: 0, timeout: 0, rateLimited: 0, hit: 0, miss: 0, ...given };
  const { ok, error, timeout, rateLimited, hit, miss } = counted;
  const count = ok + error + timeout + rateLimited + hit + miss;
  return {
    target: "meta",
    kind: "platform",
    at: FROM,
    stepMs: MINUTE_MS,
    coveredMs: MINUTE_MS,
    count,
    perSecond: count / 60,
    errorRate: count === 0 ? 0 : (error + timeout) / count,
    ...counted,
  };
}
