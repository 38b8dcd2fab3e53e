import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { delaySeconds } from "../../../examples/tracking-worker/jobs/enqueue.ts";

describe("delaySeconds", () => {
  it("is whole seconds, never too short, and at most the day that a queue allows", () => {
    expect(delaySeconds(null, 5)).toBe(0);
    expect(delaySeconds(1_000, 1_000)).toBe(0);
    expect(delaySeconds(1_001, 1_000)).toBe(1);
    expect(delaySeconds(900, 1_000)).toBe(0);
    expect(delaySeconds(9e12, 0)).toBe(86_400);
    fc.assert(
      fc.property(fc.nat(80_000_000), fc.nat(1_000_000), (ahead, now) => {
        const seconds = delaySeconds(now + ahead, now);
        expect(Number.isInteger(seconds)).toBe(true);
        expect(seconds * 1_000).toBeGreaterThanOrEqual(ahead);
        expect(seconds * 1_000).toBeLessThan(ahead + 1_000);
      }),
    );
  });
});
