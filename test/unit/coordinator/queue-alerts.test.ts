import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { DEFAULT_RULES } from "../../../src/alerts/default-rules.ts";
import type { RuleInput } from "../../../src/alerts/rule-input.ts";
import { MINUTE_MS } from "../../../src/merge/slot-time.ts";
import type { TargetKind } from "../../../src/target-kind.ts";
import { TenantWorld } from "../../support/tenant-world.ts";
import shipped from "../../../tachograph.config.ts";

const START = Date.UTC(2026, 10, 20, 12, 0, 0);
const OK = 0;

beforeEach(() => {
  vi.spyOn(console, "error").mockReturnValue();
  vi.spyOn(console, "warn").mockReturnValue();
});
afterEach(() => vi.restoreAllMocks());

/** Only these rules, of a target `google` of some kind. */
function worldOf(kind: TargetKind, rules: Readonly<Record<string, RuleInput>>): TenantWorld {
  const off = Object.fromEntries(DEFAULT_RULES.map(({ name }) => [name, false as const]));
  return new TenantWorld(START, {
    alerts: { rules: { ...off, ...rules } },
    targets: { google: { kind } },
    channels: { ops: { type: "webhook" } },
  });
}

/** Timings of one minute: the durations of an operation in milliseconds. */
type Minute = Readonly<Record<string, readonly number[]>>;

async function play(world: TenantWorld, minutes: readonly Minute[]): Promise<void> {
  const sender = world.reporters.find(({ shard }) => shard.target === "google");
  if (sender === undefined) throw new Error("there is no reporter");
  for (const minute of minutes) {
    const at = world.nowMs;
    const timings = Object.entries(minute).flatMap(([operation, durationsMs]) =>
      durationsMs.map((ms) => ({ operation, at, durationUs: ms * 1_000, outcome: OK })),
    );
    if (timings.length > 0) world.report(sender, timings);
    await world.pass(MINUTE_MS);
  }
}

/** What was told, as `event operation minute`. */
function toldOf(world: TenantWorld): string[] {
  return [...world.dispatcher.taken.values()].map(({ notice }) => {
    const minute = Math.floor(((notice.at ?? 0) - START) / MINUTE_MS);
    return `${notice.event} ${notice.operation} ${minute}`;
  });
}

function repeat(count: number, minute: Minute): Minute[] {
  return Array.from({ length: count }, () => minute);
}

describe("queue-slow", () => {
  const queue = () => worldOf("queue", { "queue-slow": {} });

  test("is told after ten minutes of slow processing, and its end", async () => {
    const world = queue();
    await play(world, repeat(20, { process: [100, 2_500], wait: [9_000] }));
    const [first, ...others] = toldOf(world);
    expect(others).toEqual([]);
    // Five timings come together in the third minute.
    expect(first).toBe("firing process 12");
    await play(world, repeat(10, { process: [100, 100], wait: [9_000] }));
    expect(toldOf(world).at(-1)).toMatch(/^resolved process 2\d$/);
  });

  test("says nothing of how long messages wait", async () => {
    const world = queue();
    await play(world, repeat(30, { process: [100, 300], wait: repeatMs(10), send: repeatMs(5) }));
    expect(toldOf(world)).toEqual([]);
  });

  test("says nothing of four slow messages in five minutes", async () => {
    const world = queue();
    const minutes = repeat(30, {}).map((_, i) => (i % 5 === 0 ? {} : { process: [4_000] }));
    await play(world, minutes);
    expect(toldOf(world)).toEqual([]);
  });

  function repeatMs(count: number): number[] {
    return Array.from({ length: count }, () => 60_000);
  }
});

describe("attribution-slow of the configuration as delivered", () => {
  const rule = shipped.alerts?.rules?.["attribution-slow"];
  if (rule === undefined || rule === false) throw new Error("there is no such rule");
  const attribution = () =>
    worldOf("worker", { "attribution-slow": { ...rule, targets: ["google"] } });

  test("is told when a batch a minute has been slow for ten minutes", async () => {
    const world = attribution();
    await play(world, repeat(20, { batch: [1_200] }));
    expect(toldOf(world)).toEqual(["firing * 12"]);
  });

  test("is not told of one slow batch in an hour of many", async () => {
    const world = attribution();
    await play(world, [...repeat(30, { batch: [80] }), { batch: [3_000] }]);
    await play(world, repeat(30, { batch: [80] }));
    expect(toldOf(world)).toEqual([]);
  });
});
