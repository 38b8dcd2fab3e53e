import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { DEFAULT_RULES } from "../../../src/alerts/default-rules.ts";
import type { RuleInput } from "../../../src/alerts/rule-input.ts";
import { HOUR_MS, MINUTE_MS } from "../../../src/merge/slot-time.ts";
import { TenantWorld } from "../../support/tenant-world.ts";

const START = Date.UTC(2026, 10, 20, 12, 10, 0);
const [OK, ERROR, HIT, MISS] = [0, 1, 4, 5];

beforeEach(() => {
  vi.spyOn(console, "error").mockReturnValue();
  vi.spyOn(console, "warn").mockReturnValue();
});
afterEach(() => vi.restoreAllMocks());

/** A tenant with one rule. */
function worldOf(rule: RuleInput): TenantWorld {
  const off = Object.fromEntries(DEFAULT_RULES.map(({ name }) => [name, false as const]));
  return new TenantWorld(START, {
    alerts: { rules: { ...off, mine: rule } },
    channels: { ops: { type: "webhook" } },
  });
}

/** `count` timings of one outcome, all at this moment. */
interface Burst {
  readonly atMinute: number;
  readonly count: number;
  readonly outcome?: number;
  readonly durationMs?: number;
}

async function play(world: TenantWorld, bursts: readonly Burst[]): Promise<void> {
  const [sender] = world.reporters;
  if (sender === undefined) throw new Error("there is no reporter");
  for (const { atMinute, count, outcome = OK, durationMs = 10 } of bursts) {
    await world.pass(START + atMinute * MINUTE_MS - world.nowMs);
    const timing = {
      operation: "events",
      at: world.nowMs,
      durationUs: durationMs * 1_000,
      outcome,
    };
    world.report(
      sender,
      Array.from({ length: count }, () => timing),
    );
  }
}

/** When it was told that the rule fires, in minutes since the start. */
function firedAt(world: TenantWorld): number[] {
  return [...world.dispatcher.taken.values()]
    .filter(({ notice }) => notice.event === "firing")
    .map(({ notice }) => (notice.firedAt - START) / MINUTE_MS);
}

/** How often the coordinator wakes; it does for what is due for D1, too. */
async function ticksWithin(world: TenantWorld, durationMs: number): Promise<number> {
  const before = world.alarms;
  await world.pass(durationMs);
  return world.alarms - before;
}

interface Timeline {
  readonly what: string;
  readonly rule: RuleInput;
  readonly bursts: readonly Burst[];
  /** When it fires at the soonest, in minutes. */
  readonly holdsFrom: number;
}

const TIMELINES: readonly Timeline[] = [
  {
    what: "an error rate of an hour, when what was good leaves it",
    rule: { metric: "errorRate", window: "1h", thresholdRate: 0.5, forMs: 0 },
    bursts: [
      { atMinute: 0, count: 400 },
      { atMinute: 20, count: 30, outcome: ERROR },
    ],
    holdsFrom: 60,
  },
  {
    what: "a percentile of an hour",
    rule: { metric: "latency", percentile: 50, window: "1h", thresholdMs: 500, forMs: 0 },
    bursts: [
      { atMinute: 0, count: 400 },
      { atMinute: 20, count: 30, durationMs: 900 },
    ],
    holdsFrom: 60,
  },
  {
    what: "a mean of an hour that has to hold for a while",
    rule: { metric: "meanLatency", window: "1h", thresholdMs: 500, forMs: 10 * MINUTE_MS },
    bursts: [
      { atMinute: 0, count: 400 },
      { atMinute: 20, count: 30, durationMs: 900 },
    ],
    holdsFrom: 70,
  },
  {
    what: "a hit rate of an hour",
    rule: { metric: "hitRate", window: "1h", thresholdRate: 0.5, forMs: 0, minCount: 20 },
    bursts: [
      { atMinute: 0, count: 400, outcome: HIT },
      { atMinute: 20, count: 30, outcome: MISS },
    ],
    holdsFrom: 60,
  },
  {
    what: "a budget, when what was good leaves its short window",
    rule: {
      metric: "budgetBurn",
      objective: 0.9,
      longWindowMs: 6 * HOUR_MS,
      shortWindowMs: 30 * MINUTE_MS,
      thresholdRatio: 5,
      minCount: 20,
      noData: "ok",
    },
    // The long window is bad from the first burst on, and the short one only at the end again.
    bursts: [
      { atMinute: 0, count: 2_000, outcome: ERROR },
      { atMinute: 40, count: 400 },
      { atMinute: 55, count: 30, outcome: ERROR },
    ],
    holdsFrom: 70,
  },
  {
    what: "silence, however long it has to be",
    rule: {
      metric: "noData",
      lookbackMs: 2 * HOUR_MS,
      thresholdMs: 50 * MINUTE_MS,
      forMs: 0,
      minCount: 1,
    },
    bursts: [{ atMinute: 0, count: 30 }],
    holdsFrom: 51,
  },
];

describe("a tenant that falls silent", () => {
  test.each(TIMELINES)("is told of $what", async ({ rule, bursts, holdsFrom }) => {
    const world = worldOf(rule);
    await play(world, bursts);
    await world.pass(3 * HOUR_MS);
    const last = firedAt(world).at(-1) ?? Number.NaN;
    // A tick that nobody waits for comes every 30 s.
    expect(last).toBeGreaterThanOrEqual(holdsFrom);
    expect(last).toBeLessThanOrEqual(holdsFrom + 0.5);
  });

  test("is told of it after an eviction, too", async () => {
    const world = worldOf({ metric: "errorRate", window: "1h", thresholdRate: 0.5, forMs: 0 });
    await play(world, [
      { atMinute: 0, count: 400 },
      { atMinute: 20, count: 30, outcome: ERROR },
    ]);
    for (let i = 0; i < 60; i++) {
      await world.pass(MINUTE_MS);
      world.evictCoordinator();
    }
    expect(firedAt(world)).toHaveLength(1);
  });

  test("is watched for as long as its longest rule may begin to hold, and no longer", async () => {
    for (const [rule, minutes] of [
      [{ metric: "errorRate", window: "5m", thresholdRate: 0.5 }, 5],
      [{ metric: "errorRate", window: "1h", thresholdRate: 0.5 }, 60],
      [{ metric: "denialRate", windowMs: 3 * HOUR_MS, thresholdRate: 0.5 }, 180],
      [{ metric: "consecutiveErrors", thresholdCount: 5 }, 5],
    ] as const) {
      const world = worldOf(rule);
      await play(world, [{ atMinute: 0, count: 30 }]);
      await world.pass((minutes - 2) * MINUTE_MS);
      expect(await ticksWithin(world, 2 * MINUTE_MS)).toBeGreaterThanOrEqual(4);
      await world.pass(3 * MINUTE_MS);
      // Only what is due for D1.
      expect(await ticksWithin(world, 50 * MINUTE_MS)).toBeLessThan(5);
    }
  });
});
