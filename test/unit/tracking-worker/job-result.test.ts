import { describe, expect, it } from "vitest";
import { backoffMs } from "../../../examples/tracking-worker/backoff.ts";
import { jobResult } from "../../../examples/tracking-worker/job-result.ts";

const ATTEMPT = { events: 3, attempts: 0, random: 0 };

describe("jobResult", () => {
  it("defers what may pass: limits, outages, timeouts", () => {
    for (const [outcome, status] of [
      ["rate_limited", 429],
      ["error", 503],
      ["timeout", null],
    ] as const) {
      const result = jobResult({ outcome, status, isRejected: false }, ATTEMPT);
      expect(result).toMatchObject({ kind: "failed", retryAfterMs: 2_500 });
    }
  });

  it("says how many shared a request that was rejected", () => {
    const forwarded = { outcome: "error", status: 400, isRejected: true } as const;
    expect(jobResult(forwarded, ATTEMPT)).toEqual({
      kind: "rejected",
      events: 3,
      error: "error, status 400",
    });
  });

  it("is done with what was sent", () => {
    const forwarded = { outcome: "ok", status: 200, isRejected: false } as const;
    expect(jobResult(forwarded, ATTEMPT)).toEqual({ kind: "delivered" });
  });
});

describe("backoffMs", () => {
  it("doubles from 5 s to 10 min, half of it random", () => {
    expect([1, 2, 3].map((attempts) => backoffMs(attempts, 0))).toEqual([2_500, 5_000, 10_000]);
    expect(backoffMs(1, 0.999_999)).toBe(5_000);
    expect(backoffMs(30, 0)).toBe(300_000);
  });
});
