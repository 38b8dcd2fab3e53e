import fc from "fast-check";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { ObjectAlarm } from "../../durable-objects/object-alarm.ts";
import { ALARM_TOLERANCE_MS } from "../../src/alarm-to-set.ts";
import { seedOf } from "../support/seeded.ts";

const NOW = Date.UTC(2026, 10, 20);
const BACKSTOP_MS = 10_000;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date", "setTimeout", "clearTimeout"], now: NOW });
});
afterEach(() => {
  vi.useRealTimers();
});

/** An object that wants to wake `everyMs` after it last woke, and the runtime that keeps its alarm. */
class World {
  everyMs = 500;
  isOften = true;
  readonly woken: { readonly at: number; readonly by: "alarm" | "timer" }[] = [];
  writes = 0;
  alarmAt: number | null = null;
  #wokenAt = NOW;
  lives = 0;
  #alarm = this.#begin();

  get wantedAt(): number {
    return Math.max(this.#wokenAt + this.everyMs, Date.now() + 1);
  }

  arm(): Promise<void> {
    return this.#alarm.arm();
  }

  /** Its memory goes, and its timers with it; storage has what it had. */
  lose(): void {
    this.#alarm = this.#begin();
  }

  /** Lets time pass by the millisecond, and the alarm go off when it is time. */
  async pass(durationMs: number): Promise<void> {
    for (const until = Date.now() + durationMs; Date.now() < until;) {
      await vi.advanceTimersByTimeAsync(1);
      if (this.alarmAt === null || this.alarmAt > Date.now()) continue;
      this.alarmAt = null;
      this.#alarm.fired();
      await this.#wake("alarm");
    }
  }

  async #wake(by: "alarm" | "timer"): Promise<void> {
    this.woken.push({ at: Date.now(), by });
    this.#wokenAt = Date.now();
    await this.#alarm.arm();
  }

  #begin(): ObjectAlarm {
    this.lives += 1;
    const life = this.lives;
    const wake = (): void => {
      if (life === this.lives) void this.#wake("timer");
    };
    return new ObjectAlarm({
      name: "acme",
      storage: {
        getAlarm: () => Promise.resolve(this.alarmAt),
        setAlarm: (at) => {
          this.writes += 1;
          this.alarmAt = Number(at);
          return Promise.resolve();
        },
      },
      wantedAt: () => this.wantedAt,
      often: { isNow: () => this.isOften, wake },
    });
  }
}

test("an object that wakes often is woken by timers, with an alarm every ten seconds", async () => {
  const world = new World();
  await world.arm();
  await world.pass(60_000);
  expect(world.woken.length).toBeGreaterThanOrEqual(120);
  expect(world.woken.filter(({ by }) => by === "alarm").length).toBe(6);
  expect(world.writes).toBe(7);
});

test("an object that wakes seldom is woken by its alarm alone, and no timer is left", async () => {
  const world = new World();
  await world.arm();
  await world.pass(1_000);
  world.isOften = false;
  world.everyMs = 30_000;
  await world.arm();
  expect(vi.getTimerCount()).toBe(0);
  world.woken.length = 0;
  await world.pass(100_000);
  // The first is what was set for the case that the memory is lost.
  expect(world.woken.map(({ at, by }) => [at - NOW, by])).toEqual([
    [10_000, "alarm"],
    [40_000, "alarm"],
    [70_000, "alarm"],
    [100_000, "alarm"],
  ]);
});

test("a sooner wake replaces the timer, and a later one leaves it", async () => {
  const world = new World();
  for (const everyMs of [4_000, 300, 2_000]) {
    world.everyMs = everyMs;
    await world.arm();
    expect(vi.getTimerCount()).toBe(1);
  }
  await world.pass(2_300);
  expect(world.woken.map(({ at, by }) => [at - NOW, by])).toEqual([
    [300, "timer"],
    [2_300, "timer"],
  ]);
});

test("what is far ahead is left to the alarm, however often it wakes", async () => {
  const world = new World();
  world.everyMs = 20_000;
  await world.arm();
  expect(world.alarmAt).toBe(NOW + 20_000);
  expect(vi.getTimerCount()).toBe(0);
});

test("an object wakes in time as long as it has its memory, and in ten seconds if it loses it", async () => {
  const step = fc.oneof(
    { weight: 5, arbitrary: fc.record({ passMs: fc.integer({ min: 1, max: 4_000 }) }) },
    {
      weight: 2,
      arbitrary: fc.record({ everyMs: fc.constantFrom(100, 500, 4_990, 5_000, 9_000) }),
    },
    { weight: 1, arbitrary: fc.record({ isOften: fc.boolean() }) },
    { weight: 1, arbitrary: fc.constant({ lose: true }) },
    { weight: 1, arbitrary: fc.constant({ arm: true }) },
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 20 }), async (steps) => {
      vi.clearAllTimers();
      const world = new World();
      await world.arm();
      let dueAt = world.wantedAt;
      for (const action of steps) {
        if ("passMs" in action) {
          const from = world.woken.length;
          await world.pass(action.passMs);
          for (const { at } of world.woken.slice(from)) {
            expect(at).toBeLessThan(dueAt + ALARM_TOLERANCE_MS);
            dueAt = at + world.everyMs;
          }
          expect(Date.now()).toBeLessThan(dueAt + ALARM_TOLERANCE_MS);
        } else if ("lose" in action) {
          const wantedAt = dueAt;
          world.lose();
          dueAt = Math.max(wantedAt, Date.now() + BACKSTOP_MS);
        } else {
          if ("everyMs" in action) world.everyMs = action.everyMs;
          if ("isOften" in action) world.isOften = action.isOften;
          await world.arm();
          dueAt = world.wantedAt;
        }
        // Those of a life whose memory is lost are gone with it, which the fake timers do not know.
        expect(vi.getTimerCount()).toBeLessThanOrEqual(world.lives);
        expect(world.alarmAt).not.toBeNull();
        expect((world.alarmAt ?? 0) - Date.now()).toBeLessThan(BACKSTOP_MS + ALARM_TOLERANCE_MS);
      }
    }),
    { seed: seedOf("alarms and timers", process.env["SEED"]), numRuns: 100 },
  );
});
