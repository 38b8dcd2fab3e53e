import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  type MockInstance,
  test,
  vi,
} from "vitest";
import { ObjectAlarm } from "../../durable-objects/object-alarm.ts";
import { D1Archive } from "../../durable-objects/storage/d1-archive.ts";
import { TenantCoordinator } from "../../src/coordinator/tenant-coordinator.ts";
import { Dispatcher } from "../../src/worker.ts";
import { notification } from "../support/dispatcher-items.ts";
import { coordinatorOf, evict, moveClock, stopClock, until } from "./api.ts";
import { configure, dispatcherOf, hook, receive, untilSent } from "./receivers.ts";

// Objects of this file begin after this, with this channel.
beforeAll(() => {
  stopClock();
  configure({ a: hook("a") });
});
afterAll(() => vi.useRealTimers());
let error: MockInstance<typeof console.error>;
beforeEach(() => {
  error = vi.spyOn(console, "error").mockReturnValue();
  vi.spyOn(console, "warn").mockReturnValue();
});
afterEach(() => vi.restoreAllMocks());

type AnyObject = ReturnType<typeof coordinatorOf> | ReturnType<typeof dispatcherOf>;

/** How far ahead the alarm is set, or null if there is none. It asks storage, not the object. */
async function alarmInMs(stub: AnyObject): Promise<number | null> {
  const at = await runInDurableObject(stub, (_, state) => state.storage.getAlarm());
  return at === null ? null : at - Date.now();
}

/** Storage of one alarm that can fail. */
class AlarmStorage {
  at: number | null = null;
  reads = 0;
  readonly set: number[] = [];
  failures = 0;

  async getAlarm(): Promise<number | null> {
    this.reads += 1;
    // What storage had when it was asked.
    const { at } = this;
    await Promise.resolve();
    return at;
  }

  async setAlarm(at: number | Date): Promise<void> {
    await Promise.resolve();
    this.failures -= 1;
    if (this.failures >= 0) throw new Error("the disk is full");
    this.at = Number(at);
    this.set.push(Number(at));
  }
}

describe("the alarm of an object", () => {
  /** An object that wants to wake so long after now. */
  function objectOf(storage: AlarmStorage, wantedInMs: () => number | null) {
    const wantedAt = (): number | null => {
      const inMs = wantedInMs();
      return inMs === null ? null : Date.now() + inMs;
    };
    return new ObjectAlarm({ name: "acme", storage, wantedAt });
  }

  test("is set when it is wanted and not in time, and storage is asked for it once", async () => {
    const storage = new AlarmStorage();
    storage.at = Date.now() + 500;
    let wantedInMs: number | null = 1_000;
    const alarm = objectOf(storage, () => wantedInMs);
    await alarm.arm();
    expect(storage.set).toEqual([]);
    wantedInMs = 100;
    await alarm.arm();
    await alarm.arm();
    wantedInMs = null;
    await alarm.arm();
    expect(storage.set).toEqual([Date.now() + 100]);
    expect(storage.reads).toBe(1);
  });

  test("is set once, by whoever comes first, if several do before storage has answered", async () => {
    const storage = new AlarmStorage();
    let wantedInMs = 0;
    // Each wants to wake later than the one before.
    const alarm = objectOf(storage, () => (wantedInMs += 1_000));
    await Promise.all([alarm.arm(), alarm.arm(), alarm.arm()]);
    expect(storage.set).toEqual([Date.now() + 1_000]);
  });

  test("is set anew after it went off, also if that was earlier than by this clock", async () => {
    const storage = new AlarmStorage();
    const alarm = objectOf(storage, () => 1_000);
    await alarm.arm();
    moveClock(990);
    alarm.fired();
    await alarm.arm();
    expect(storage.set).toEqual([Date.now() + 10, Date.now() + 1_000]);
  });

  test("is not mistaken for set if it went off while storage was asked", async () => {
    const storage = new AlarmStorage();
    storage.at = Date.now() + 5;
    const alarm = objectOf(storage, () => 1_000);
    const arming = alarm.arm();
    alarm.fired();
    await arming;
    expect(storage.set).toEqual([Date.now() + 1_000]);
  });

  test("is soon if the object cannot say when it wants to wake", async () => {
    const storage = new AlarmStorage();
    const alarm = objectOf(storage, () => {
      throw new Error("no such table");
    });
    await alarm.arm();
    expect(storage.set).toEqual([Date.now() + 5_000]);
    expect(error).toHaveBeenCalledWith(expect.stringMatching(/^acme: /), expect.anything());
  });

  test("that could not be set is not taken for set, and is tried again by itself", async () => {
    vi.useFakeTimers({ toFake: ["Date", "setTimeout"], now: Date.now() });
    try {
      const storage = new AlarmStorage();
      storage.failures = 3;
      const alarm = objectOf(storage, () => 1_000);
      await alarm.arm();
      await alarm.arm();
      expect(error).toHaveBeenCalledTimes(2);
      expect(vi.getTimerCount()).toBe(1);
      await vi.advanceTimersByTimeAsync(5_000);
      expect(error).toHaveBeenCalledTimes(3);
      expect(storage.set).toEqual([]);
      await vi.advanceTimersByTimeAsync(5_000);
      expect(storage.set).toEqual([Date.now() + 1_000]);
      expect(vi.getTimerCount()).toBe(0);
    } finally {
      stopClock(Date.now());
    }
  });
});

describe("the coordinator's", () => {
  test("brings a hand-over that failed again, without anybody who calls", async () => {
    const [coordinator, dispatcher] = [coordinatorOf("again"), dispatcherOf("again")];
    const handOver = vi.spyOn(Dispatcher.prototype, "handOver");
    handOver.mockRejectedValueOnce(new Error("gone"));
    // With it a sign of life is owed; nobody calls the coordinator from here on.
    await coordinator.announce("again/meta#0", 1);
    await until("the alarm is set to the end of the pause", async () => {
      return (await alarmInMs(coordinator)) === 500;
    });
    expect(handOver).toHaveBeenCalledTimes(1);
    moveClock(500);
    await runDurableObjectAlarm(coordinator);
    await until("the dispatcher has it", async () => (await dispatcher.health()).beat !== null);
    expect(handOver).toHaveBeenCalledTimes(2);
  });

  test.each([false, true])(
    "is replaced when it is in the past (evicted: %s)",
    async (isEvicted) => {
      const tenant = `past-${String(isEvicted)}`;
      const coordinator = coordinatorOf(tenant);
      await coordinator.announce(`${tenant}/meta#0`, 1);
      expect(await alarmInMs(coordinator)).toBe(1_000);
      moveClock(5_000);
      if (isEvicted) await evict(coordinator);
      expect(await alarmInMs(coordinator)).toBe(-4_000);
      await coordinator.wake();
      expect(await alarmInMs(coordinator)).toBeGreaterThan(0);
    },
  );

  test("brings what D1 did not take again, without anybody who calls", async () => {
    const coordinator = coordinatorOf("carry");
    const write = vi.spyOn(D1Archive.prototype, "write").mockRejectedValueOnce(new Error("away"));
    await coordinator.audit({ by: "ana", action: "limit.set", subject: "meta", detail: {} });
    moveClock((await alarmInMs(coordinator)) ?? 0);
    await runDurableObjectAlarm(coordinator);
    // Before, it was set to when whoever carries may have gone.
    await until("the alarm is set to the end of the pause", async () => {
      return ((await alarmInMs(coordinator)) ?? Infinity) <= 1_000;
    });
    expect(write).toHaveBeenCalledTimes(1);
    moveClock(1_000);
    await runDurableObjectAlarm(coordinator);
    await until("D1 has it", async () => (await coordinator.health()).archive.queued === 0);
    expect(write).toHaveBeenCalledTimes(2);
  });

  test("is set anew when it goes off before its time", async () => {
    const coordinator = coordinatorOf("early");
    await coordinator.announce("early/meta#0", 1);
    await runDurableObjectAlarm(coordinator);
    expect(await alarmInMs(coordinator)).toBeGreaterThan(0);
  });

  test("never throws, and comes again soon, when storage does not answer", async () => {
    const coordinator = coordinatorOf("broken");
    await coordinator.announce("broken/meta#0", 1);
    const fail = (): never => {
      throw new Error("no such table");
    };
    vi.spyOn(TenantCoordinator.prototype, "hasMessages", "get").mockImplementation(fail);
    vi.spyOn(TenantCoordinator.prototype, "nextAlarmAt").mockImplementation(fail);
    await runInDurableObject(coordinator, async (instance, state) => {
      await state.storage.deleteAlarm();
      await expect(instance.alarm()).resolves.toBeUndefined();
    });
    expect(await alarmInMs(coordinator)).toBe(5_000);
    expect(error).toHaveBeenCalled();
    vi.restoreAllMocks();
    moveClock(5_000);
    await runDurableObjectAlarm(coordinator);
    expect(await alarmInMs(coordinator)).toBeGreaterThan(0);
  });
});

describe("the dispatcher's", () => {
  const handOver = (tenant: string, ...ids: string[]) => {
    const notifications = ids.map((id) => notification(id, Date.now()));
    const beat = { at: Date.now(), nextTickAt: null };
    return dispatcherOf(tenant).handOver({ beat, notifications });
  };

  test("is set to the next attempt when one failed, without anybody who calls", async () => {
    receive(() => new Response("busy", { status: 503 }));
    const dispatcher = dispatcherOf("retry");
    await handOver("retry", "x1:firing/a");
    await untilSent("retry");
    // Before, it was set to when the attempt would have been cut off.
    await until("the next attempt is due", async () => {
      return ((await alarmInMs(dispatcher)) ?? Infinity) <= 1_000;
    });
  });

  test("is set anew when it goes off before its time", async () => {
    receive(() => new Response("busy", { status: 503 }));
    const dispatcher = dispatcherOf("soon");
    await handOver("soon", "x1:firing/a");
    await untilSent("soon");
    await runDurableObjectAlarm(dispatcher);
    expect(await alarmInMs(dispatcher)).toBeGreaterThan(0);
  });

  test.each([false, true])(
    "is replaced when it is in the past (evicted: %s)",
    async (isEvicted) => {
      receive(() => new Response("busy", { status: 503 }));
      const tenant = `late-${String(isEvicted)}`;
      const dispatcher = dispatcherOf(tenant);
      await handOver(tenant, "x1:firing/a");
      await untilSent(tenant);
      expect(await alarmInMs(dispatcher)).toBeGreaterThan(0);
      moveClock(3_600_000);
      if (isEvicted) await evict(dispatcher);
      expect(await alarmInMs(dispatcher)).toBeLessThan(0);
      await handOver(tenant);
      await untilSent(tenant);
      expect(await alarmInMs(dispatcher)).toBeGreaterThan(0);
    },
  );
});
