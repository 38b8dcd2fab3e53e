import * as fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { DEFAULT_RULES } from "../../../src/alerts/default-rules.ts";
import type { RuleInput } from "../../../src/alerts/rule-input.ts";
import type { TachographConfigInput } from "../../../src/config.ts";
import { HOUR_MS, MINUTE_MS } from "../../../src/merge/slot-time.ts";
import type { Notification } from "../../../src/notify/notice.ts";
import { streamFilter } from "../../../src/stream/stream-filter.ts";
import { Subscriber } from "../../../src/stream/subscriber.ts";
import { FakeFrameSink } from "../../support/fake-frame-sink.ts";
import { seedOf } from "../../support/seeded.ts";
import { TenantWorld } from "../../support/tenant-world.ts";

const START = Date.UTC(2026, 10, 20, 12, 10, 0);
const [OK, ERROR] = [0, 1];

beforeEach(() => {
  vi.spyOn(console, "error").mockReturnValue();
  vi.spyOn(console, "warn").mockReturnValue();
});
afterEach(() => vi.restoreAllMocks());

/** Only the named rules, with what is changed of them. */
function only(rules: Readonly<Record<string, RuleInput>>): TachographConfigInput {
  const off = Object.fromEntries(DEFAULT_RULES.map(({ name }) => [name, false as const]));
  return {
    alerts: { rules: { ...off, ...rules }, cooldownMs: 0 },
    channels: { ops: { type: "webhook" }, chat: { type: "slack" } },
  };
}

const STREAK = only({ "consecutive-errors": {} });

function report(world: TenantWorld, outcomes: readonly number[], reporter = 0): void {
  const sender = world.reporters[reporter];
  if (sender === undefined) throw new Error(`there is no reporter ${reporter}`);
  const at = world.nowMs;
  world.report(
    sender,
    outcomes.map((outcome) => ({ operation: "events", at, durationUs: 10_000, outcome })),
  );
}

function idsOf(notifications: Iterable<Notification>): string[] {
  return [...notifications].map(({ id }) => id.replace(/^[a-z0-9]+-([a-z0-9]+)-[^:]+/, "$1"));
}

describe("an incident", () => {
  test("is told to each channel when it fires and when it ends", async () => {
    const world = new TenantWorld(START, STREAK);
    report(world, [ERROR, ERROR, ERROR, ERROR, ERROR]);
    await world.pass(1_000);
    expect(idsOf(world.dispatcher.taken.values())).toEqual(["1:firing/ops", "1:firing/chat"]);
    report(world, [OK]);
    await world.pass(MINUTE_MS);
    expect(idsOf(world.dispatcher.taken.values()).slice(2)).toEqual([
      "1:resolved/ops",
      "1:resolved/chat",
    ]);
    expect(world.coordinator.alertViews()).toEqual([]);
    const [record] = world.archive.records.values();
    expect(record).toMatchObject({ kind: "alert", alert: { state: "resolved", target: "meta" } });
  });

  test("that began and ended between two ticks is told, and only once, whatever crashes", async () => {
    const world = new TenantWorld(START, STREAK);
    // The first tick of a life checkpoints; the next one of the same minute does not by itself.
    report(world, [OK]);
    await world.pass(1_000);
    report(world, [ERROR, ERROR, ERROR, ERROR, ERROR, OK]);
    await world.pass(20_000);
    expect(idsOf(world.dispatcher.taken.values()).at(-1)).toBe("1:resolved/chat");
    world.evictCoordinator();
    await world.alarm();
    world.evictCoordinator();
    await world.pass(MINUTE_MS);
    const firing = [...world.dispatcher.taken.values()].filter(
      ({ notice }) => notice.event === "firing",
    );
    expect(idsOf(firing)).toEqual(["1:firing/ops", "1:firing/chat"]);
  });

  test("is stored with what is to be told of it, or neither is", async () => {
    const world = new TenantWorld(START, STREAK);
    report(world, [ERROR, ERROR, ERROR, ERROR, ERROR]);
    world.alertStore.failCommits(1);
    await world.pass(1_000);
    expect(world.alertStore.load().alerts).toEqual([]);
    expect(world.dispatcher.taken.size).toBe(0);
    expect(world.coordinator.health().lastError).toContain("disk");
    await world.pass(20_000);
    expect(idsOf(world.dispatcher.taken.values())).toEqual(["1:firing/ops", "1:firing/chat"]);
  });

  test("survives an eviction while it is pending, with the time that it has waited", async () => {
    const world = new TenantWorld(START, only({ "error-rate-high": {} }));
    const minutes = 12;
    for (let i = 0; i < minutes * 6; i++) {
      report(world, [ERROR, ERROR, OK, OK]);
      await world.pass(10_000);
      if (i % 7 === 0) world.evictCoordinator();
    }
    expect(idsOf(world.dispatcher.taken.values())).toEqual(["1:firing/ops", "1:firing/chat"]);
    const [first] = world.dispatcher.taken.values();
    const { since = 0, firedAt = 0 } = first?.notice ?? {};
    expect(firedAt - since).toBe(10 * MINUTE_MS);
  });
});

describe("the way to the dispatcher", () => {
  test("a hand-over that fails, or whose answer is lost, is repeated, and nothing comes twice", async () => {
    const world = new TenantWorld(START, STREAK);
    world.dispatcher.failures = ["before", "after", "after", "before"];
    report(world, [ERROR, ERROR, ERROR, ERROR, ERROR]);
    await world.pass(30_000);
    expect(world.dispatcher.taken.size).toBe(2);
    expect(world.alertStore.outgoingCount()).toBe(0);
  });

  test("it is given signs of life while the coordinator ticks, and told when it sleeps", async () => {
    const world = new TenantWorld(START, STREAK);
    report(world, [OK]);
    await world.pass(2 * MINUTE_MS);
    const beats = world.dispatcher.beats;
    expect(beats.length).toBeGreaterThanOrEqual(3);
    for (const [i, beat] of beats.slice(1).entries()) {
      expect(beat.at).toBeLessThanOrEqual(beats[i]?.nextTickAt ?? 0);
    }
    await world.untilAsleep(200);
    expect(beats.at(-1)?.nextTickAt).toBeNull();
    const count = beats.length;
    await world.pass(10 * HOUR_MS);
    // The end of the hour and of the day wake it for a moment; it owes nobody a sign meanwhile.
    expect(beats.length).toBe(count);
  });

  test("one that stays silent is an alert of its own, which ends when it answers again", async () => {
    const world = new TenantWorld(START, STREAK);
    const sink = new FakeFrameSink();
    world.coordinator.hub.join(new Subscriber(sink, streamFilter({})), undefined, 500);
    world.arm();
    world.dispatcher.failures = Array.from({ length: 20 }, () => "before" as const);
    report(world, [ERROR, ERROR, ERROR, ERROR, ERROR]);
    await world.pass(3 * MINUTE_MS);
    expect(world.coordinator.health().dispatcherFault).not.toBeNull();
    const open = world.coordinator.alertViews().map(({ rule }) => rule);
    expect(open).toEqual(["dispatcher-stalled", "consecutive-errors"]);
    world.dispatcher.failures = [];
    await world.pass(MINUTE_MS);
    expect(world.coordinator.health().dispatcherFault).toBeNull();
    expect(world.dispatcher.taken.size).toBe(2);
    const states = sink.sent
      .map(({ text }) => JSON.parse(text) as { type: string; rule?: string; state?: string })
      .filter(({ rule }) => rule === "dispatcher-stalled")
      .map(({ state }) => state);
    expect(states).toEqual(["firing", "resolved"]);
  });

  test("without a channel nobody is asked", async () => {
    const world = new TenantWorld(START, { ...STREAK, channels: {} });
    report(world, [ERROR, ERROR, ERROR, ERROR, ERROR]);
    await world.pass(MINUTE_MS);
    expect(world.dispatcher.beats).toEqual([]);
    expect(world.coordinator.alertViews()).toHaveLength(1);
  });
});

describe("people", () => {
  test("an acknowledgement stops repeats, is shown on the stream, and outlives an eviction", async () => {
    const world = new TenantWorld(START, STREAK);
    const sink = new FakeFrameSink();
    report(world, [ERROR, ERROR, ERROR, ERROR, ERROR]);
    await world.pass(1_000);
    world.coordinator.hub.join(new Subscriber(sink, streamFilter({})), undefined, 500);
    const [alert] = world.coordinator.alertViews();
    expect(world.coordinator.acknowledge("nobody", "ana")).toBeUndefined();
    expect(world.coordinator.acknowledge(alert?.id ?? "", "ana")).toMatchObject({
      acknowledgedBy: "ana",
    });
    expect(sink.frames.at(-1)).toMatchObject({ type: "alert", id: alert?.id });
    world.evictCoordinator();
    for (let i = 0; i < 6 * 60; i++) {
      report(world, [ERROR]);
      await world.pass(MINUTE_MS);
    }
    expect(world.coordinator.alertViews()).toMatchObject([{ acknowledgedBy: "ana" }]);
    expect(world.dispatcher.taken.size).toBe(2);
  });

  test("a silence keeps an alert quiet until it is over, and then it is told once", async () => {
    const world = new TenantWorld(START, STREAK);
    const to = START + 10 * MINUTE_MS;
    const about = { match: { target: "meta" }, from: START, to, by: "ana", why: "maintenance" };
    expect(world.coordinator.alerts.addSilence(about)).toMatchObject({ ok: true });
    world.evictCoordinator();
    for (let i = 0; i < 15; i++) {
      report(world, [ERROR, ERROR, ERROR]);
      await world.pass(MINUTE_MS);
      if (i === 8) {
        expect(world.dispatcher.taken.size).toBe(0);
        expect(world.coordinator.alertViews()).toMatchObject([
          { silencedBy: expect.stringMatching(/^id-/) },
        ]);
      }
    }
    expect(idsOf(world.dispatcher.taken.values())).toEqual(["1:firing/ops", "1:firing/chat"]);
    expect(world.coordinator.alerts.silences()).toEqual([]);
    const audit = [...world.archive.records.values()].filter(({ kind }) => kind === "audit");
    expect(audit).toMatchObject([{ entry: { action: "silence.create", by: "ana" } }]);
  });
});

test("while a CRITICAL alert fires the status is never better than WARNING", async () => {
  const world = new TenantWorld(START, only({ "consecutive-errors": { severity: "CRITICAL" } }));
  report(
    world,
    Array.from({ length: 2_000 }, () => OK),
  );
  await world.pass(1_000);
  const statusOf = async (): Promise<unknown> => {
    const body = (await world.coordinator.live(streamFilter({}))) as { status: string };
    return body.status;
  };
  expect(await statusOf()).toBe("HEALTHY");
  report(world, [ERROR, ERROR, ERROR, ERROR, ERROR]);
  await world.pass(2_000);
  expect(await statusOf()).toBe("WARNING");
});

type Step = "errors" | "success" | "time" | "evict" | "lose" | "refuse" | "full";

test("whatever fails, each incident is told exactly once that it fires and once that it ends", async () => {
  const step = fc.constantFrom<Step[]>(
    "errors",
    "errors",
    "success",
    "time",
    "time",
    "evict",
    "lose",
    "refuse",
    "full",
  );
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(step, fc.nat(3)), { maxLength: 40 }), async (steps) => {
      const world = new TenantWorld(START, STREAK);
      for (const [action, n] of steps) {
        if (action === "errors") report(world, [ERROR, ERROR, ERROR], n);
        else if (action === "success") report(world, [OK], n);
        else if (action === "time") await world.pass(4_000 * (n + 1));
        else if (action === "evict") world.evictCoordinator();
        else if (action === "lose") world.dispatcher.failures.push("after");
        else if (action === "refuse") world.dispatcher.failures.push("before");
        else world.alertStore.failCommits(1);
      }
      world.alertStore.failCommits(0);
      world.dispatcher.failures = [];
      for (let n = 0; n < 4; n++) report(world, [OK], n);
      await world.pass(15 * MINUTE_MS);
      for (let n = 0; n < 4; n++) report(world, [OK], n);
      await world.pass(5 * MINUTE_MS);
      expect(world.coordinator.alertViews()).toEqual([]);
      const told = [...world.dispatcher.taken.values()].map(
        ({ channel, notice }) => `${channel} ${notice.alertId} ${notice.event}`,
      );
      const incidents = new Set(
        [...world.archive.records.values()].flatMap((record) =>
          record.kind === "alert" ? [record.alert.id] : [],
        ),
      );
      const expected = [...incidents].flatMap((id) =>
        ["ops", "chat"].flatMap((channel) => [
          `${channel} ${id} firing`,
          `${channel} ${id} resolved`,
        ]),
      );
      expect(told.toSorted()).toEqual(expected.toSorted());
    }),
    { seed: seedOf("tenant-alerts", process.env["SEED"]), numRuns: 150 },
  );
});

describe("nobody is told twice of the same trouble", () => {
  test("what flaps is told once, and again if it still fires after the cooldown", async () => {
    const config = only({ "consecutive-errors": {} });
    const world = new TenantWorld(START, {
      ...config,
      alerts: { ...config.alerts, cooldownMs: 5 * MINUTE_MS },
    });
    for (let i = 0; i < 12; i++) {
      report(world, [ERROR, ERROR, ERROR, ERROR, ERROR]);
      await world.pass(10_000);
      report(world, [OK]);
      await world.pass(10_000);
    }
    expect(idsOf(world.dispatcher.taken.values())).toEqual([
      "1:firing/ops",
      "1:firing/chat",
      "1:resolved/ops",
      "1:resolved/chat",
    ]);
    for (let i = 0; i < 18; i++) {
      report(world, [ERROR, ERROR, ERROR, ERROR, ERROR]);
      await world.pass(10_000);
    }
    expect(idsOf(world.dispatcher.taken.values()).slice(4)).toEqual([
      "d:firing/ops",
      "d:firing/chat",
    ]);
  });

  test("an outage that ends leaves no alert behind that is told with nothing wrong", async () => {
    const world = new TenantWorld(
      START,
      only({ "error-rate-critical": {}, "error-rate-high": {} }),
    );
    const pass = async (minutes: number, outcome: number): Promise<void> => {
      for (let i = 0; i < minutes * 6; i++) {
        report(
          world,
          Array.from({ length: 10 }, () => outcome),
        );
        await world.pass(10_000);
      }
    };
    await pass(6, OK);
    await pass(12, ERROR);
    await pass(20, OK);
    const rules = [...world.dispatcher.taken.values()].map(({ notice }) => notice.rule);
    expect(new Set(rules)).toEqual(new Set(["error-rate-critical"]));
    expect(world.coordinator.alertViews()).toEqual([]);
  });

  test("a burst that is over when its time has come begins no incident", async () => {
    const world = new TenantWorld(START, only({ "error-rate-critical": {} }));
    for (let i = 0; i < 12 * 6; i++) {
      const outcome = i >= 12 && i < 18 ? ERROR : OK;
      report(
        world,
        Array.from({ length: 10 }, () => outcome),
      );
      await world.pass(10_000);
    }
    expect(world.dispatcher.taken.size).toBe(0);
  });

  test("a target whose shard does not answer is not told as one without data", async () => {
    const world = new TenantWorld(START, only({ "no-data": {}, "throughput-drop": {} }));
    const shard = world.shards[0];
    for (let i = 0; i < 30 * 6; i++) {
      report(world, [OK]);
      await world.pass(10_000);
    }
    for (let i = 0; i < 20 * 6; i++) {
      shard?.faults.push("no_answer");
      report(world, [OK]);
      await world.pass(10_000);
    }
    expect(world.coordinator.alertViews()).toEqual([]);
    expect(world.dispatcher.taken.size).toBe(0);
  });

  test("a Worker that is dead for hours is told once, and ends when it is back", async () => {
    const world = new TenantWorld(START, only({ "no-data": {} }));
    for (let i = 0; i < 30 * 6; i++) {
      report(world, [OK]);
      await world.pass(10_000);
    }
    await world.pass(3.5 * HOUR_MS);
    expect(world.coordinator.alertViews()).toMatchObject([{ rule: "no-data", state: "firing" }]);
    expect(world.dispatcher.taken.size).toBe(2);
    report(world, [OK]);
    await world.pass(MINUTE_MS);
    expect(world.coordinator.alertViews()).toEqual([]);
    expect(world.dispatcher.taken.size).toBe(4);
  });
});

test("alerts of two tenants that begin in the same moment have different ids", async () => {
  const ids = await Promise.all(
    ["a", "b"].map(async (name) => {
      const world = new TenantWorld(START, STREAK);
      world.nameIds(name);
      report(world, [ERROR, ERROR, ERROR, ERROR, ERROR]);
      await world.pass(1_000);
      return world.coordinator.alertViews()[0]?.id;
    }),
  );
  expect(ids[0]).not.toBe(ids[1]);
});
