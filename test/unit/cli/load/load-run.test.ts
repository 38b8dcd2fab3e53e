import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CliError } from "../../../../src/cli/cli-error.ts";
import type { LoadPlan } from "../../../../src/cli/load/load-plan.ts";
import { type LoadPort, runLoad } from "../../../../src/cli/load/load-run.ts";
import type { ReportOutcome } from "../../../../src/cli/send/report-sender.ts";
import { seedOf } from "../../../support/seeded.ts";
import { VirtualTime } from "../../../support/virtual-time.ts";

const seed = seedOf("a run of load", process.env["SEED"]);
const PLAN: LoadPlan = {
  perSecond: 100,
  batch: 10,
  total: 100,
  concurrency: 2,
  giveUpAfterMs: 1_000,
};

function acknowledged(accepted: number): ReportOutcome {
  const answer = { accepted, duplicate: false, rejected: [] };
  return { kind: "acknowledged", attempts: 1, answer };
}

/** Runs a plan against a server that takes so long for each request, in made-up time. */
async function runPlan(
  plan: LoadPlan,
  latencyMs: (request: number) => number,
  more: { readonly stopAtMs?: number; readonly failAt?: number } = {},
) {
  const time = new VirtualTime(1_000);
  const stop = new AbortController();
  const busy = new Set<number>();
  const sent: { readonly atMs: number; readonly size: number }[] = [];
  const seen = { most: 0, done: 0, sinceDueMs: 0, longestSilenceMs: 0, toldAtMs: 1_000 };
  const port: LoadPort = {
    nowMs: time.now,
    pause: time.sleep,
    signal: stop.signal,
    send: async (lane, size) => {
      expect(busy.has(lane)).toBe(false);
      busy.add(lane);
      seen.most = Math.max(seen.most, busy.size);
      const request = sent.push({ atMs: time.nowMs - 1_000, size }) - 1;
      await time.sleep(latencyMs(request));
      busy.delete(lane);
      if (request === more.failAt) {
        return { kind: "failed", attempts: 1, error: new CliError("no", { exitCode: 77 }) };
      }
      return acknowledged(size);
    },
    onOutcome: (size, outcome, { sinceSentMs, sinceDueMs }) => {
      if (outcome.kind === "acknowledged") seen.done += size;
      expect(sinceDueMs).toBeGreaterThanOrEqual(sinceSentMs);
      seen.sinceDueMs = Math.max(seen.sinceDueMs, sinceDueMs);
    },
    onProgress: (handedOut) => {
      expect(handedOut).toBeLessThanOrEqual(plan.total);
      seen.longestSilenceMs = Math.max(seen.longestSilenceMs, time.nowMs - seen.toldAtMs);
      seen.toldAtMs = time.nowMs;
    },
  };
  const state = { isOver: false };
  const running = runLoad(plan, port).finally(() => {
    state.isOver = true;
  });
  for (let passedMs = 0; !state.isOver; passedMs += 10) {
    if (passedMs >= (more.stopAtMs ?? Infinity)) stop.abort();
    await time.pass(10);
  }
  return { result: await running, sent, ...seen };
}

describe("a run of load", () => {
  it("sends at its rate, whatever a request takes as long as a lane is free", async () => {
    const { result, sent, done } = await runPlan(PLAN, () => 150);
    expect(sent.map(({ atMs }) => atMs)).toEqual([0, 100, 200, 300, 400, 500, 600, 700, 800, 900]);
    expect(result).toMatchObject({ late: 0, givenUp: 0, notDue: 0, failure: undefined });
    expect(done).toBe(100);
  });

  it("does not slow down in silence: it counts what is late, and what is given up", async () => {
    const { result, done, most, sinceDueMs, longestSilenceMs } = await runPlan(PLAN, (request) =>
      request < 2 ? 1_600 : 10,
    );
    // Both lanes hang until 1,600 and 1,700 ms: what was due before 600 ms is given up then.
    expect(result).toMatchObject({ givenUp: 40, late: 40, notDue: 0 });
    expect(done).toBe(60);
    expect(most).toBe(2);
    // Also while both hang somebody is told how far it is.
    expect(longestSilenceMs).toBeLessThanOrEqual(110);
    expect(sinceDueMs).toBe(1_600);
  });

  it("stops when it is told to, and waits for what is under way", async () => {
    const { result, sent, done } = await runPlan(PLAN, () => 180, { stopAtMs: 350 });
    expect(sent).toHaveLength(4);
    expect(done).toBe(40);
    expect(result).toMatchObject({ notDue: 60, failure: undefined });
  });

  it("ends with what is beyond repair", async () => {
    const { result, sent } = await runPlan(PLAN, () => 50, { failAt: 2 });
    expect(sent).toHaveLength(3);
    expect(result.failure).toMatchObject({ exitCode: 77 });
    expect(result.notDue).toBe(70);
  });

  it("accounts for every timing however slow the server is, one request a lane", async () => {
    const plans = fc.record({
      perSecond: fc.integer({ min: 10, max: 2_000 }),
      batch: fc.integer({ min: 1, max: 100 }),
      total: fc.integer({ min: 1, max: 1_000 }),
      concurrency: fc.integer({ min: 1, max: 5 }),
      giveUpAfterMs: fc.integer({ min: 0, max: 1_000 }),
    });
    const latencies = fc.array(fc.integer({ min: 1, max: 1_500 }), { minLength: 1, maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(plans, latencies, async (drawn, delays) => {
        // Not more requests than a simulation can hold.
        const plan = { ...drawn, batch: Math.max(drawn.batch, Math.ceil(drawn.total / 40)) };
        const latencyMs = (request: number): number => delays[request % delays.length] ?? 1;
        const { result, done, most } = await runPlan(plan, latencyMs);
        expect(done + result.givenUp).toBe(plan.total);
        expect(result.notDue).toBe(0);
        expect(most).toBeLessThanOrEqual(plan.concurrency);
      }),
      { seed, numRuns: 40 },
    );
  });
});
