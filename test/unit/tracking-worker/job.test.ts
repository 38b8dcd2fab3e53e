import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  claim,
  HOLD_MS,
  type Job,
  type JobResult,
  KEEP_DEAD_MS,
  KEEP_DELIVERED_MS,
  MAX_WAIT_MS,
  newJob,
  OVERDUE_MS,
  replay,
  settle,
} from "../../../examples/tracking-worker/jobs/job.ts";
import { sweep } from "../../../examples/tracking-worker/jobs/sweep.ts";
import { aJobRequest } from "./a-job.ts";

const NOW = 1_795_000_000_000;
const DENIED: JobResult = { kind: "denied", retryAfterMs: 30_000, place: "p-1" };
const FAILED: JobResult = { kind: "failed", retryAfterMs: 5_000, error: "error, status 503" };
const DELIVERED: JobResult = { kind: "delivered" };

const fresh = (): Job => newJob(aJobRequest({ maxAttempts: 3 }), NOW);
const after = (...results: JobResult[]): Job =>
  results.reduce((job, result) => settle(job, result, NOW), fresh());

describe("settle", () => {
  it("defers what is denied until its permit is there, and keeps its place", () => {
    const job = settle(fresh(), DENIED, NOW + 1_000);
    expect(job).toMatchObject({ state: "deferred", deferredUntil: NOW + 31_000, place: "p-1" });
    expect(job.attempts).toBe(0);
  });

  it("may be denied as often as it takes, for seven days", () => {
    let job = fresh();
    const week = NOW + MAX_WAIT_MS - 30_000;
    for (let now = NOW; now <= week; now += 3_600_000) job = settle(job, DENIED, now);
    expect(job.state).toBe("deferred");
    job = settle(job, DENIED, week + 1);
    expect(job).toMatchObject({ state: "dead", deferredUntil: null, place: null, attempts: 0 });
    expect(job.lastError).toContain("7 days");
  });

  it("backs off from failures, and is dead after the last attempt", () => {
    expect(after(FAILED)).toMatchObject({
      state: "deferred",
      attempts: 1,
      deferredUntil: NOW + 5_000,
      place: null,
      lastError: "error, status 503",
    });
    expect(after(FAILED, DENIED, FAILED)).toMatchObject({ state: "deferred", attempts: 2 });
    expect(after(FAILED, FAILED, FAILED)).toMatchObject({
      state: "dead",
      attempts: 3,
      deferredUntil: null,
    });
  });

  it("sends each of a rejected request's events alone, and gives up the one that was alone", () => {
    const together: JobResult = { kind: "rejected", events: 20, error: "error, status 400" };
    const job = after(together);
    expect(job).toMatchObject({ state: "deferred", isAlone: true, attempts: 0 });
    expect(settle(job, DELIVERED, NOW)).toMatchObject({ state: "delivered" });
    expect(settle(job, { ...together, events: 1 }, NOW)).toMatchObject({
      state: "dead",
      attempts: 1,
      lastError: "error, status 400",
    });
  });

  it("leaves alone what is over", () => {
    for (const over of [after(DELIVERED), after({ kind: "abandoned", error: "gone" })]) {
      for (const result of [DENIED, FAILED, DELIVERED]) {
        expect(settle(over, result, NOW + 1)).toBe(over);
      }
      expect(claim(over, NOW + 1)).toEqual({ kind: "over", id: over.id });
    }
  });

  it("bounds the text of an error", () => {
    expect(after({ ...FAILED, error: "x".repeat(10_000) }).lastError).toHaveLength(200);
  });
});

describe("claim", () => {
  it("gives a job to one at a time, until the claim is over", () => {
    const first = claim(fresh(), NOW);
    if (first.kind !== "send") throw new Error(first.kind);
    const { id } = first.job;
    expect(claim(first.job, NOW + 1)).toEqual({ kind: "wait", id, until: NOW + HOLD_MS });
    expect(claim(first.job, NOW + HOLD_MS).kind).toBe("send");
  });

  it("gives nothing before its time", () => {
    const job = after(DENIED);
    const until = NOW + 30_000;
    expect(claim(job, until - 1)).toEqual({ kind: "wait", id: job.id, until });
    const due = claim(job, until);
    if (due.kind !== "send") throw new Error(due.kind);
    expect(due.job).toMatchObject({ state: "queued", deferredUntil: null, place: "p-1" });
  });
});

describe("replay", () => {
  it("begins anew with a dead job, and with no other", () => {
    const dead = after(FAILED, FAILED, FAILED);
    const job = replay(dead, NOW + 10);
    expect(job).toMatchObject({ state: "queued", attempts: 0, lastError: "error, status 503" });
    expect(claim(job, NOW + 10).kind).toBe("send");
    for (const other of [fresh(), after(DENIED), after(DELIVERED)]) {
      expect(replay(other, NOW)).toBe(other);
    }
  });
});

describe("sweep", () => {
  it("finds what is overdue, and deletes what is over for long", () => {
    const deferred = after(DENIED);
    const dueAt = NOW + 30_000 + OVERDUE_MS;
    expect(sweep(deferred, dueAt - 1)).toEqual({ kind: "keep" });
    const swept = sweep(deferred, dueAt);
    expect(swept).toMatchObject({ kind: "requeue", job: { sweepAt: dueAt + OVERDUE_MS } });
    expect(sweep(after(DELIVERED), NOW + KEEP_DELIVERED_MS - 1).kind).toBe("keep");
    expect(sweep(after(DELIVERED), NOW + KEEP_DELIVERED_MS).kind).toBe("delete");
    const dead = after(FAILED, FAILED, FAILED);
    expect(sweep(dead, NOW + KEEP_DEAD_MS - 1).kind).toBe("keep");
    expect(sweep(dead, NOW + KEEP_DEAD_MS).kind).toBe("delete");
  });
});

const step = fc.record({
  passMs: fc.integer({ min: 0, max: 2 * HOLD_MS }),
  action: fc.constantFrom("claim", "denied", "failed", "rejected", "crash", "sweep"),
  events: fc.integer({ min: 1, max: 5 }),
});

describe("a job", () => {
  it("is never in two hands, never early, fails at most as often as it may, and is never forgotten", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        let job = fresh();
        let now = NOW;
        let heldUntil = 0;
        for (const { passMs, action, events } of steps) {
          now += passMs;
          const notBefore = job.deferredUntil ?? 0;
          if (action === "claim") {
            const claimed = claim(job, now);
            if (claimed.kind !== "send") continue;
            expect(now).toBeGreaterThanOrEqual(Math.max(heldUntil, notBefore));
            ({ job } = claimed);
            heldUntil = now + HOLD_MS;
          } else if (action === "sweep") {
            const swept = sweep(job, now);
            if (swept.kind === "requeue") ({ job } = swept);
          } else if (action !== "crash" && now < heldUntil) {
            const results = {
              denied: DENIED,
              failed: FAILED,
              rejected: { kind: "rejected", events: job.isAlone ? 1 : events, error: "no" },
            } as const;
            job = settle(job, results[action], now);
            heldUntil = 0;
          }
          expect(job.attempts).toBeLessThanOrEqual(job.maxAttempts);
          expect(job.deferredUntil !== null).toBe(job.state === "deferred");
          // Whatever happens, the book looks at it again.
          expect(job.sweepAt).toBeGreaterThan(job.deferredUntil ?? 0);
          if (job.state === "dead") return;
        }
      }),
    );
  });
});
