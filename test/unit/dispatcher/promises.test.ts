import * as fc from "fast-check";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import {
  Crash,
  DispatcherWorld,
  type Reply,
  type TestChannel,
} from "../../support/dispatcher-world.ts";
import type { NotificationView } from "../../../src/wire/dispatcher-rpc.ts";
import { seedOf } from "../../support/seeded.ts";

const CHANNELS = {
  one: { maxAlerts: 1, paceMs: 500 },
  many: { maxAlerts: 3, paceMs: 2_000 },
  calm: { maxAlerts: 20, paceMs: 0 },
} as const satisfies Record<string, TestChannel>;

const NAMES = ["one", "many", "calm"] as const;
const EVENTS = ["firing", "repeat:1", "repeat:2", "repeat:3", "resolved"] as const;
const ALERTS = 3;

type Step =
  /** The next event of an alert, to all channels. */
  | { readonly do: "tell"; readonly alert: number }
  /** Everything that was told of, again. */
  | { readonly do: "repeat" }
  | { readonly do: "pass"; readonly ms: number }
  | { readonly do: "reply"; readonly channel: "one" | "many"; readonly reply: Reply }
  /** The object goes away at its n-th next step. */
  | { readonly do: "crash"; readonly after: number }
  | { readonly do: "evict" }
  | { readonly do: "clockBack"; readonly ms: number };

const reply: fc.Arbitrary<Reply> = fc.oneof(
  fc.constantFrom<Reply>(
    { status: 200 },
    { status: 200, afterMs: 700 },
    { status: 500 },
    { status: 503, afterMs: 3_000 },
    { status: 400 },
    { status: 401 },
    { status: 999 },
    { lost: "taken" },
    { lost: "away" },
    "hangs",
  ),
  fc.record({ status: fc.constant(429), retryAfterMs: fc.integer({ min: 1, max: 60_000 }) }),
);

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant("tell"), alert: fc.nat(ALERTS - 1) }) },
  { weight: 1, arbitrary: fc.constant<Step>({ do: "repeat" }) },
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant("pass"), ms: fc.integer({ min: 0, max: 20_000 }) }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant("reply"),
      channel: fc.constantFrom("one", "many"),
      reply,
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("crash"), after: fc.nat(40) }) },
  { weight: 1, arbitrary: fc.constant<Step>({ do: "evict" }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant("clockBack"),
      ms: fc.integer({ min: 1, max: 3_600_000 }),
    }),
  },
);

/** A run of steps, and what has to be true of it. */
class Run {
  /** How many reminders were let go of. */
  superseded = 0;
  readonly #world = new DispatcherWorld({
    channels: CHANNELS,
    delivery: { timeoutMs: 5_000, maxAttempts: 4, concurrency: 2 },
  });
  readonly #replies = new Map<string, Reply>();
  readonly #told: string[] = [];
  readonly #next = Array.from({ length: ALERTS }, () => 0);
  #wasInterrupted = false;

  constructor() {
    this.#world.reply = (channel) => this.#replies.get(channel) ?? { status: 200 };
  }

  async take(one: Step): Promise<void> {
    const world = this.#world;
    switch (one.do) {
      case "tell": {
        const event = EVENTS[this.#next[one.alert] ?? 0];
        if (event === undefined) return;
        this.#next[one.alert] = (this.#next[one.alert] ?? 0) + 1;
        const ids = NAMES.map((name) => `a${one.alert}:${event}/${name}`);
        this.#told.push(...ids);
        return this.#handOver(ids);
      }
      case "repeat":
        return this.#handOver(this.#told);
      case "pass":
        await world.pass(one.ms);
        return this.#revive();
      case "reply":
        this.#replies.set(one.channel, one.reply);
        return;
      case "crash":
        world.crashAfter = one.after;
        this.#wasInterrupted = true;
        return;
      case "evict":
        this.#wasInterrupted = true;
        world.restart();
        return this.#handOver([]);
      case "clockBack":
        this.#wasInterrupted = true;
        world.skewMs -= one.ms;
        return this.#handOver([]);
    }
  }

  /** All receivers are well again, and there is time. */
  async end(): Promise<void> {
    this.#replies.clear();
    for (let i = 0; i < 20; i++) {
      await this.#handOver(i === 0 ? this.#told : []);
      await this.#world.pass(600_000);
      await this.#revive();
    }
  }

  check(): void {
    const { dispatcher, sightings, attempts } = this.#world;
    const views = dispatcher.notifications(undefined, 1_000);
    // Nothing is lost, nothing is invented, and the books say so.
    const ids = views.map(({ id }) => id);
    const ofAlerts = ids.filter((id) => !id.startsWith("system:"));
    expect(ofAlerts.toSorted()).toEqual([...this.#told].toSorted());
    expect(views.filter(({ state }) => state === "queued")).toEqual([]);
    for (const name of NAMES) {
      const { delivered, dead, superseded } = this.#world.store.counts(name);
      const ofChannel = views.filter(({ channel }) => channel === name);
      const isDelivered = ofChannel.filter(({ state }) => state === "delivered");
      const isSuperseded = ofChannel.filter(({ lastError }) => lastError?.startsWith("superseded"));
      this.superseded += superseded;
      expect([delivered, dead, superseded]).toEqual([
        isDelivered.length,
        ofChannel.length - isDelivered.length - isSuperseded.length,
        isSuperseded.length,
      ]);
      this.#checkSuperseded(isSuperseded);
      this.#checkKeys(name);
      this.#checkOrder(name);
      // Each at the channel's pace.
      const times = attempts.filter(({ channel }) => channel === name).map(({ at }) => at);
      for (const [i, at] of times.slice(1).entries()) {
        expect(at - (times[i] ?? 0)).toBeGreaterThanOrEqual(CHANNELS[name].paceMs);
      }
      // What is said to be delivered was seen.
      const seen = new Set(
        sightings.filter(({ channel }) => channel === name).flatMap(({ told }) => told),
      );
      for (const { id } of isDelivered) expect(seen).toContain(id.split("/")[0]);
    }
    // Nobody but the other two is ever refused anything.
    expect(this.#world.store.counts("calm").dead).toBe(0);
    if (!this.#wasInterrupted) {
      this.#checkRetryAfter();
      this.#checkIncidents(ids);
    }
  }

  /** Nobody misses a reminder that was let go of: something newer of the alert came. */
  #checkSuperseded(views: readonly NotificationView[]): void {
    for (const { id, event, attempts } of views) {
      expect({ event, attempts }).toEqual({ event: "repeat", attempts: 0 });
      const [key = "", channel = ""] = id.split("/");
      const [alert, rank] = rankOf(key);
      const later = EVENTS.slice(rank + 1).map((newer) => `${alert}:${newer}/${channel}`);
      expect(this.#told.some((one) => later.includes(one))).toBe(true);
    }
  }

  /** Whoever was told that a channel fails is told that it delivers again. */
  #checkIncidents(ids: readonly string[]): void {
    const { channels } = this.#world.dispatcher.health();
    for (const id of ids.filter((one) => /^system:.*:firing/.test(one))) {
      const about = channels.find(({ channel }) => id.includes(`:channel-failing:${channel}:`));
      const isWell = about?.state === "ok" && about.refused === 0;
      expect(ids.includes(id.replace(":firing/", ":resolved/"))).toBe(isWell);
    }
  }

  /** A receiver that knows keys sees each notification under one, and never in two messages. */
  #checkKeys(name: string): void {
    const keys = new Map<string, string>();
    const contents = new Map<string, string>();
    for (const { channel, key, told } of this.#world.sightings) {
      if (channel !== name) continue;
      for (const one of told) {
        expect(keys.get(one) ?? key).toBe(key);
        keys.set(one, key);
      }
      expect(contents.get(key) ?? told.join()).toBe(told.join());
      contents.set(key, told.join());
    }
  }

  /** Of an alert, an event is never seen after a later one. */
  #checkOrder(name: string): void {
    const latest = new Map<string, number>();
    for (const { channel, told } of this.#world.sightings) {
      if (channel !== name) continue;
      for (const one of told) {
        const [alert, rank] = rankOf(one);
        expect(rank).toBeGreaterThanOrEqual(latest.get(alert) ?? 0);
        latest.set(alert, rank);
      }
    }
  }

  #checkRetryAfter(): void {
    const { attempts } = this.#world;
    for (const [i, { channel, at, reply: said }] of attempts.entries()) {
      if (typeof said !== "object" || !("status" in said) || said.retryAfterMs === undefined)
        continue;
      const later = attempts.slice(i + 1).find((other) => other.channel === channel);
      if (later !== undefined) expect(later.at - at).toBeGreaterThanOrEqual(said.retryAfterMs);
    }
  }

  /** As the coordinator does it: until it is confirmed. */
  async #handOver(ids: readonly string[]): Promise<void> {
    for (let attempt = 0; attempt < 3; attempt++) {
      try {
        this.#world.handOver(ids);
        await this.#world.pass(0);
        return;
      } catch (cause) {
        if (!(cause instanceof Crash)) throw cause;
        this.#world.restart();
      }
    }
    throw new Error("it was never confirmed");
  }

  async #revive(): Promise<void> {
    if (!this.#world.crashed) return;
    this.#world.restart();
    await this.#handOver([]);
  }
}

/** Which alert, and which of its events. */
function rankOf(told: string): readonly [string, number] {
  const rank = EVENTS.findIndex((event) => told.endsWith(`:${event}`));
  if (rank < 0) throw new Error(`"${told}" tells of no event`);
  return [told.slice(0, -(EVENTS[rank]?.length ?? 0) - 1), rank];
}

beforeAll(() => {
  vi.spyOn(console, "error").mockReturnValue();
});
afterAll(() => vi.restoreAllMocks());

const seed = seedOf("dispatcher", process.env["SEED"]);

test("through crashes, evictions and whatever receivers do: nothing is lost, one key for each, in order, at its pace", async () => {
  let superseded = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), async (steps) => {
      const run = new Run();
      for (const one of steps) await run.take(one);
      await run.end();
      run.check();
      superseded += run.superseded;
    }),
    { seed, numRuns: 150 },
  );
  expect(superseded).toBeGreaterThan(0);
});
