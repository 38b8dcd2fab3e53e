import * as fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { DEFAULT_RULES } from "../../../src/alerts/default-rules.ts";
import type { RuleInput } from "../../../src/alerts/rule-input.ts";
import type { TachographConfigInput } from "../../../src/config.ts";
import { HOUR_MS, MINUTE_MS } from "../../../src/merge/slot-time.ts";
import { seedOf } from "../../support/seeded.ts";
import { TenantWorld } from "../../support/tenant-world.ts";

const START = Date.UTC(2026, 10, 20, 12, 0, 0);
const SEED = seedOf("probe alerts", process.env["SEED"]);
const [OK, ERROR] = [0, 1];

beforeEach(() => {
  vi.spyOn(console, "error").mockReturnValue();
  vi.spyOn(console, "warn").mockReturnValue();
});
afterEach(() => vi.restoreAllMocks());

/** A tenant whose target `google` has probes, with these rules as they are by default. */
function worldOf(
  rules: readonly string[] = ["probe-failing"],
  channels: TachographConfigInput["channels"] = { ops: { type: "webhook" } },
  more: Readonly<Record<string, RuleInput>> = {},
): TenantWorld {
  const off = DEFAULT_RULES.filter(({ name }) => !rules.includes(name));
  return new TenantWorld(START, {
    alerts: {
      rules: { ...Object.fromEntries(off.map(({ name }) => [name, false as const])), ...more },
    },
    targets: { google: { kind: "probe" } },
    channels,
  });
}

/** One run of a probe: when, in milliseconds since the start, and what it found (null for nothing). */
interface Run {
  readonly atMs: number;
  readonly fails: boolean;
  readonly value?: number | null;
  readonly probe?: string;
}

async function play(world: TenantWorld, runs: readonly Run[]): Promise<void> {
  const sender = world.reporters.find(({ shard }) => shard.target === "google");
  if (sender === undefined) throw new Error("there is no reporter");
  for (const { atMs, fails, value = fails ? 3 : 0, probe = "lost-leads" } of runs) {
    await world.pass(START + atMs - world.nowMs);
    const measures = { failing: fails ? 1 : 0, ...(value === null ? {} : { value }) };
    const outcome = fails ? ERROR : OK;
    const timing = { operation: probe, at: world.nowMs, durationUs: 5_000, outcome, measures };
    world.report(sender, [timing]);
  }
}

/** What was told, as `event probe minute`. */
function toldOf(world: TenantWorld): string[] {
  return [...world.dispatcher.taken.values()].map(({ notice, channel }) => {
    const at = Math.floor(((notice.at ?? 0) - START) / MINUTE_MS);
    return `${channel}: ${notice.event} ${notice.operation} ${at}`;
  });
}

/** A run every so many minutes, each as its letter says: `.` well, `x` failing. */
function timetable(everyMinutes: number, letters: string): Run[] {
  return letters.split("").map((letter, i) => ({
    atMs: i * everyMinutes * MINUTE_MS,
    fails: letter === "x",
  }));
}

describe("a probe that fails", () => {
  test.each([
    [1, "..xxx.....", ["ops: firing lost-leads 2", "ops: resolved lost-leads 5"]],
    [5, "..xxx..", ["ops: firing lost-leads 10", "ops: resolved lost-leads 25"]],
    [5, "x.....", ["ops: firing lost-leads 0", "ops: resolved lost-leads 5"]],
    [30, ".xx..", ["ops: firing lost-leads 30", "ops: resolved lost-leads 90"]],
    [60, ".xx.", ["ops: firing lost-leads 60", "ops: resolved lost-leads 180"]],
  ])("every %d min, %s: is told once, and its end once", async (every, letters, expected) => {
    const world = worldOf();
    await play(world, timetable(every, letters));
    await world.pass(MINUTE_MS);
    // A reminder after 4 h would be another matter.
    expect(toldOf(world)).toEqual(expected);
  });

  test("is told with what it found, and without where that run found nothing", async () => {
    const found = async (value: number | null) => {
      const world = worldOf();
      await play(world, [
        { atMs: 0, fails: false, value: 0 },
        { atMs: 5 * MINUTE_MS, fails: true, value },
      ]);
      await world.pass(MINUTE_MS);
      return [...world.dispatcher.taken.values()].map(({ notice }) => notice);
    };
    expect(await found(7)).toMatchObject([{ measure: "failing", value: 1, found: 7 }]);
    expect(await found(null)).toMatchObject([{ measure: "failing", value: 1, found: null }]);
  });

  test("is told apart from the others of its target", async () => {
    const world = worldOf();
    await play(
      world,
      timetable(5, "..xxx..").flatMap(({ atMs, fails }) => [
        { atMs, fails, probe: "lost-leads" },
        { atMs, fails: false, probe: "stuck-sessions" },
        { atMs, fails: !fails, probe: "turned" },
      ]),
    );
    await world.pass(MINUTE_MS);
    expect(toldOf(world)).toEqual([
      "ops: firing turned 0",
      "ops: resolved turned 10",
      "ops: firing lost-leads 10",
      "ops: resolved lost-leads 25",
      "ops: firing turned 25",
    ]);
  });

  test("every 10 min is told at once by a rule with a threshold of its own", async () => {
    const lost = { metric: "lastMeasure", measure: "value", thresholdValue: 3 } as const;
    const scope = { kind: "probe", operations: ["lost-leads"] } as const;
    const world = worldOf([], undefined, { "many-lost": { ...lost, ...scope } });
    const runs = timetable(10, "..x...");
    await play(world, runs.slice(0, 3));
    await world.pass(9 * MINUTE_MS);
    expect(world.coordinator.alertViews()).toMatchObject([{ state: "firing", value: 3 }]);
    await play(world, runs.slice(3));
    await world.pass(MINUTE_MS);
    expect(toldOf(world)).toEqual(["ops: firing lost-leads 20", "ops: resolved lost-leads 30"]);
  });

  test("and stops reporting is held for two hours, and ends as no data", async () => {
    const world = worldOf();
    await play(world, timetable(5, "..x"));
    await world.pass(HOUR_MS);
    expect(toldOf(world)).toEqual(["ops: firing lost-leads 10"]);
    await world.pass(65 * MINUTE_MS);
    const notices = [...world.dispatcher.taken.values()].map(({ notice }) => notice);
    expect(notices).toMatchObject([
      { event: "firing" },
      { event: "resolved", resolvedReason: "no_data" },
    ]);
    const minutes = ((notices[1]?.resolvedAt ?? 0) - START) / MINUTE_MS;
    expect(minutes).toBeGreaterThanOrEqual(10 + 119);
    expect(minutes).toBeLessThanOrEqual(10 + 123);
  });

  test("has as many incidents as there are, however late its runs are", async () => {
    const runs = fc.array(
      fc.record({ fails: fc.boolean(), lateMs: fc.integer({ min: 0, max: MINUTE_MS - 1 }) }),
      { minLength: 1, maxLength: 20 },
    );
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 7, max: 59 }), runs, async (every, given) => {
        const world = worldOf();
        const all = [...given, { fails: false, lateMs: 0 }];
        await play(
          world,
          all.map(({ fails, lateMs }, i) => ({ atMs: i * every * MINUTE_MS + lateMs, fails })),
        );
        await world.pass(2 * MINUTE_MS);
        const begins = all.filter(({ fails }, i) => fails && all[i - 1]?.fails !== true);
        const events = [...world.dispatcher.taken.values()].map(({ notice }) => notice);
        const told = events.filter(({ event }) => event !== "repeat");
        expect(told.map(({ event }) => event)).toEqual(
          begins.flatMap(() => ["firing", "resolved"]),
        );
        expect(told.every(({ resolvedReason }) => resolvedReason !== "no_data")).toBe(true);
      }),
      { seed: SEED, numRuns: 20 },
    );
  });
});

describe("probes that do not run any more", () => {
  test("are told as no data, if they ran every minute", async () => {
    const world = worldOf(["probe-failing", "no-data", "throughput-surge", "throughput-drop"]);
    await play(world, timetable(1, ".".repeat(30)));
    await world.pass(20 * MINUTE_MS);
    expect(toldOf(world)).toEqual(["ops: firing * 41"]);
  });

  test("are not, if they ran every 5 min: that is too seldom to say so", async () => {
    const world = worldOf(["probe-failing", "no-data"]);
    await play(world, timetable(5, ".".repeat(20)));
    await world.pass(2 * HOUR_MS);
    expect(toldOf(world)).toEqual([]);
  });

  test("are, every 5 min, with the rule that the runbook has for them", async () => {
    const silent = { metric: "noData", kind: "probe", minCount: 6, thresholdMs: 600_000 } as const;
    const world = worldOf(["probe-failing"], undefined, { "probes-silent": silent });
    await play(world, timetable(5, ".".repeat(20)));
    await world.pass(14 * MINUTE_MS);
    expect(toldOf(world)).toEqual([]);
    await world.pass(3 * MINUTE_MS);
    expect(toldOf(world)).toEqual(["ops: firing * 111"]);
  });
});

describe("a channel that acts", () => {
  test("hears of its rules and probes only, and of no end", async () => {
    const heal = {
      type: "webhook",
      rules: ["probe-failing"],
      operations: ["lost-leads"],
      events: ["firing"],
    } as const;
    const world = worldOf(["probe-failing", "no-data"], { ops: { type: "webhook" }, heal });
    await play(
      world,
      timetable(1, `${".".repeat(20)}xx.`).flatMap(({ atMs, fails }) => [
        { atMs, fails, probe: "lost-leads" },
        { atMs, fails, probe: "delivery-rate" },
      ]),
    );
    await world.pass(20 * MINUTE_MS);
    const told = toldOf(world);
    expect(told.filter((one) => one.startsWith("heal"))).toEqual(["heal: firing lost-leads 20"]);
    expect(told.filter((one) => one.startsWith("ops"))).toHaveLength(5);
  });
});
