import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { MAX_WAITING } from "../../../src/dispatcher/delivery-queues.ts";
import type { DueReport } from "../../../src/dispatcher/ports.ts";
import { MAX_HAND_OVER } from "../../../src/wire/dispatcher-rpc.ts";
import { DispatcherWorld, type WorldOptions } from "../../support/dispatcher-world.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

const errors: string[] = [];

beforeEach(() => {
  errors.length = 0;
  vi.spyOn(console, "error").mockImplementation((text: unknown) => {
    errors.push(String(text));
  });
  vi.spyOn(console, "warn").mockReturnValue();
});
afterEach(() => vi.restoreAllMocks());

function world(options: Partial<WorldOptions> = {}): DispatcherWorld {
  return new DispatcherWorld({ channels: { ops: {} }, ...options });
}

function stateOf(one: DispatcherWorld, id: string) {
  return one.dispatcher.notifications(undefined, 1_000).find((view) => view.id === id);
}

function channelHealth(one: DispatcherWorld, name: string) {
  return one.dispatcher.health().channels.find(({ channel }) => channel === name);
}

describe("handing over", () => {
  test("is sent at once, under its own id, and is settled", async () => {
    const one = world();
    expect(one.handOver(["x:firing/ops"])).toMatchObject({ accepted: 1 });
    await one.pass(0);
    expect(one.sightings).toMatchObject([{ key: "x:firing/ops", told: ["x:firing"] }]);
    expect(stateOf(one, "x:firing/ops")).toMatchObject({ state: "delivered", attempts: 1 });
    expect(channelHealth(one, "ops")).toMatchObject({ state: "ok", delivered: 1, queued: 0 });
  });

  test("twice is once, also after a restart", async () => {
    const one = world();
    one.handOver(["x:firing/ops"]);
    one.handOver(["x:firing/ops"]);
    await one.pass(MINUTE_MS);
    one.restart();
    one.handOver(["x:firing/ops"]);
    await one.pass(MINUTE_MS);
    expect(one.sightings).toHaveLength(1);
  });

  test("more than it may be at once is refused, and nothing of it is taken", () => {
    const one = world();
    const ids = Array.from({ length: MAX_HAND_OVER + 1 }, (_, i) => `x${i}:firing/ops`);
    expect(() => one.handOver(ids)).toThrow(/at most 500/);
    expect(one.store.queues()).toEqual([]);
  });
});

describe("messages", () => {
  test("what waits is told together, up to what the channel takes, at its pace", async () => {
    const one = world({ channels: { ops: { maxAlerts: 3, paceMs: 2_000 } } });
    one.handOver(["a:firing/ops"]);
    one.handOver(["b:firing/ops", "c:firing/ops", "d:firing/ops", "e:firing/ops"]);
    const began = one.time.nowMs;
    await one.pass(10_000);
    expect(one.sightings.map(({ told, at }) => [told.length, at - began])).toEqual([
      [1, 0],
      [3, 2_000],
      [1, 4_000],
    ]);
    expect(one.sightings[1]?.key).toMatch(/^batch-[0-9a-f]{40}$/);
  });

  test("an end is told after its beginning, in a message of its own, also if both wait", async () => {
    const one = world({ channels: { ops: { paceMs: 1_000 } } });
    one.handOver(["z:firing/ops"]);
    one.handOver(["a:firing/ops", "b:firing/ops", "a:resolved/ops"]);
    await one.pass(10_000);
    expect(one.sightings.map(({ told }) => told)).toEqual([
      ["z:firing"],
      ["a:firing", "b:firing"],
      ["a:resolved"],
    ]);
  });

  test("an end waits for a beginning that is tried again, and not for one that is dead", async () => {
    const one = world({ delivery: { maxAttempts: 2 } });
    one.reply = (_, key) => ({ status: key === "a:firing/ops" ? 500 : 200 });
    one.handOver(["a:firing/ops"]);
    one.handOver(["a:resolved/ops", "b:firing/ops"]);
    await one.pass(MINUTE_MS);
    expect(one.sightings.map(({ told }) => told[0])).toEqual([
      "a:firing",
      "b:firing",
      "a:firing",
      "a:resolved",
    ]);
    expect(stateOf(one, "a:firing/ops")).toMatchObject({
      state: "dead",
      attempts: 2,
      lastError: "given up after 2 failed attempts; the last: answered 500",
    });
  });

  test("a message that is tried again stays as it is, whatever came in the meantime", async () => {
    const one = world();
    one.reply = () => ({ status: one.sightings.length < 1 ? 503 : 200 });
    one.handOver(["a:firing/ops", "b:firing/ops"]);
    await one.pass(0);
    one.restart();
    one.handOver([]);
    await one.pass(MINUTE_MS);
    const [first, second] = one.sightings;
    expect(second).toEqual({ ...first, at: second?.at });
    expect(one.sightings).toHaveLength(2);
  });
});

describe("retries", () => {
  test("wait twice as long each time, from 1 s to 15 min", async () => {
    const one = world({ random: () => 1, delivery: { maxAttempts: 13 } });
    one.reply = () => ({ status: 500 });
    one.handOver(["a:firing/ops"]);
    await one.pass(3 * HOUR_MS);
    const times = one.sightings.map(({ at }) => at);
    const waits = times.slice(1).map((at, i) => Math.round((at - (times[i] ?? 0)) / 1_000));
    expect(waits).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900]);
    expect(channelHealth(one, "ops")).toMatchObject({ state: "failing", dead: 1, queued: 0 });
  });

  test("come not before the receiver said", async () => {
    const one = world();
    one.reply = () =>
      one.sightings.length === 0 ? { status: 429, retryAfterMs: 90_000 } : { status: 200 };
    one.handOver(["a:firing/ops"]);
    await one.pass(1_000);
    one.restart();
    // What is new has to wait, too.
    one.handOver(["b:firing/ops"]);
    await one.pass(88_999);
    expect(one.sightings).toHaveLength(1);
    await one.pass(10_000);
    expect(one.toldTo("ops").toSorted()).toEqual(["a:firing", "a:firing", "b:firing"]);
  });

  test("a lost answer, a hanging receiver and garbage are tried again with the same key", async () => {
    const one = world({ delivery: { timeoutMs: 5_000 } });
    const replies = [{ lost: "taken" }, "hangs", { status: 999 }, { status: 200 }] as const;
    one.reply = () => replies[one.sightings.length] ?? { status: 200 };
    one.handOver(["a:firing/ops"]);
    await one.pass(5 * MINUTE_MS);
    expect(one.sightings.map(({ key }) => key)).toEqual(Array(4).fill("a:firing/ops"));
    expect(stateOf(one, "a:firing/ops")).toMatchObject({ state: "delivered", attempts: 4 });
  });

  test("a clock that goes back makes nobody wait for longer than was meant", async () => {
    const one = world();
    one.reply = () => ({ status: one.sightings.length < 1 ? 500 : 200 });
    one.handOver(["a:firing/ops"]);
    await one.pass(0);
    one.skewMs -= HOUR_MS;
    one.handOver([]);
    await one.pass(5_000);
    expect(stateOf(one, "a:firing/ops")).toMatchObject({ state: "delivered" });
  });

  test("a message that only itself is refused does not stop the others", async () => {
    const one = world({ channels: { ops: { maxAlerts: 1 } } });
    one.reply = (_, key) => ({ status: key.startsWith("bad") ? 500 : 200 });
    one.handOver(["bad:firing/ops", "a:firing/ops", "b:firing/ops", "c:firing/ops"]);
    await one.pass(30_000);
    expect(channelHealth(one, "ops")).toMatchObject({ delivered: 3, queued: 1 });
  });
});

describe("a channel that is disabled", () => {
  test("is probed every 15 min with one message, and goes on when it works again", async () => {
    const one = world();
    one.reply = () => ({ status: 401 });
    one.handOver(["a:firing/ops"]);
    one.handOver(["b:firing/ops"]);
    await one.pass(4 * HOUR_MS);
    expect(one.sightings).toHaveLength(17);
    expect(new Set(one.sightings.map(({ key }) => key))).toEqual(new Set(["a:firing/ops"]));
    expect(channelHealth(one, "ops")).toMatchObject({ state: "disabled", lastError: /401/ });
    one.reply = () => ({ status: 200 });
    await one.pass(16 * MINUTE_MS);
    expect(channelHealth(one, "ops")).toMatchObject({ state: "ok", delivered: 2, queued: 0 });
  });

  test("lets its messages die after a day", async () => {
    const one = world();
    one.reply = () => ({ status: 401 });
    one.handOver(["a:firing/ops", "b:firing/ops"]);
    await one.pass(DAY_MS - 1_000);
    expect(channelHealth(one, "ops")).toMatchObject({ dead: 0, queued: 2 });
    await one.pass(HOUR_MS);
    expect(channelHealth(one, "ops")).toMatchObject({ dead: 2, queued: 0 });
    expect(stateOf(one, "a:firing/ops")?.lastError).toMatch(/within 24 h: answered 401/);
  });

  test("is released by a test message that arrives", async () => {
    const one = world();
    one.reply = () => ({ status: 401 });
    one.handOver(["a:firing/ops"]);
    await one.pass(0);
    one.reply = () => ({ status: 200 });
    expect(await one.dispatcher.test("ops")).toMatchObject({ delivered: true, status: 200 });
    await one.pass(2_000);
    expect(stateOf(one, "a:firing/ops")).toMatchObject({ state: "delivered" });
  });
});

describe("channels side by side", () => {
  test("one that hangs holds up no other, and is cut off", async () => {
    const one = world({ channels: { slow: {}, ops: { paceMs: 0 } }, delivery: { concurrency: 2 } });
    one.reply = (channel) => (channel === "slow" ? "hangs" : { status: 200 });
    one.handOver(["a:firing/slow", "a:firing/ops"]);
    for (let i = 0; i < 20; i++) {
      await one.pass(100);
      const before = one.time.nowMs;
      one.handOver([`b${i}:firing/ops`, `b${i}:firing/slow`]);
      await one.pass(5);
      const last = one.sightings.findLast(({ channel }) => channel === "ops");
      expect(last).toMatchObject({ told: [`b${i}:firing`], at: before });
    }
    expect(one.sightings.filter(({ channel }) => channel === "slow")).toHaveLength(1);
    await one.pass(15_000);
    expect(channelHealth(one, "slow")).toMatchObject({ state: "failing", queued: 21 });
    expect(channelHealth(one, "slow")?.lastError).toMatch(/15000 ms/);
  });

  test("no more than so many messages are under way, and every channel has its turn", async () => {
    const names = ["c1", "c2", "c3", "c4", "c5"];
    const one = world({
      channels: Object.fromEntries(names.map((name) => [name, { maxAlerts: 1, paceMs: 0 }])),
      delivery: { concurrency: 2 },
    });
    let under = 0;
    let most = 0;
    one.reply = () => {
      under += 1;
      most = Math.max(most, under);
      void one.time.sleep(100).then(() => (under -= 1));
      return { status: 200, afterMs: 101 };
    };
    one.handOver(names.flatMap((name) => [`a:firing/${name}`, `b:firing/${name}`]));
    await one.pass(10_000);
    expect(most).toBe(2);
    const turns = one.sightings.map(({ channel }) => channel);
    expect(turns.slice(0, 5).toSorted()).toEqual(names);
    expect(turns).toHaveLength(10);
  });
});

describe("a full queue", () => {
  test("drops the oldest repeats, then the oldest, and says so", () => {
    const one = world();
    one.reply = () => "hangs";
    one.handOver(["first:firing/ops"]);
    one.handOver(["x:firing/ops", "x:repeat:1/ops"]);
    for (let i = 0; i < MAX_WAITING / MAX_HAND_OVER; i++) {
      const ids = Array.from({ length: MAX_HAND_OVER }, (_, k) => `y${i}-${k}:firing/ops`);
      one.handOver(ids);
    }
    expect(channelHealth(one, "ops")).toMatchObject({ dropped: 2, queued: MAX_WAITING + 1 });
    expect(stateOf(one, "first:firing/ops")).toBeUndefined();
    const dead = one.dispatcher.notifications("dead", 10);
    expect(dead.map(({ id }) => id)).toEqual(["x:repeat:1/ops", "x:firing/ops"]);
    expect(errors.join("\n")).toMatch(/more than 10000 notifications waited/);
  });
});

describe("an entry that cannot be read", () => {
  test("is a dead letter, and those behind it are sent", async () => {
    const one = world({ channels: { ops: { maxAlerts: 2 } } });
    one.reply = () => ({ status: 503 });
    one.handOver(["a:firing/ops"]);
    one.handOver(["b:firing/ops", "c:firing/ops", "d:firing/ops"]);
    for (const id of ["b:firing/ops", "c:firing/ops"]) one.store.spoil(id);
    one.reply = () => ({ status: 200 });
    await one.pass(MINUTE_MS);
    expect(one.toldTo("ops")).toContain("d:firing");
    expect(stateOf(one, "b:firing/ops")).toMatchObject({ state: "dead", lastError: /read/ });
    expect(channelHealth(one, "ops")).toMatchObject({ queued: 0, delivered: 2, dead: 2 });
  });

  test("ends a message that has no other, and leaves the channel free for the next", async () => {
    const one = world();
    one.reply = () => ({ status: 503 });
    one.handOver(["a:firing/ops"]);
    await one.pass(0);
    one.store.spoil("a:firing/ops");
    one.reply = () => ({ status: 200 });
    await one.pass(MINUTE_MS);
    expect(stateOf(one, "a:firing/ops")).toMatchObject({ state: "dead", attempts: 2 });
    expect(one.store.batches("ops")).toEqual([]);
    expect(one.attempts).toHaveLength(1);
    one.handOver(["b:firing/ops"]);
    await one.pass(MINUTE_MS);
    expect(stateOf(one, "b:firing/ops")).toMatchObject({ state: "delivered" });
    expect(channelHealth(one, "ops")).toMatchObject({ queued: 0, delivered: 1, dead: 1 });
  });
});

describe("a channel without its secret", () => {
  const channels = { ops: {}, quiet: { severities: ["LOW"] as const }, lost: { missing: "TOKEN" } };

  test("is told of once, to those that are told of what is HIGH, and again when it works", async () => {
    const one = world({ channels });
    one.handOver(["a:firing/lost"]);
    await one.pass(MINUTE_MS);
    one.restart();
    one.handOver(["b:firing/lost"]);
    await one.pass(MINUTE_MS);
    expect(one.toldTo("ops")).toHaveLength(1);
    expect(one.toldTo("ops")[0]).toMatch(/^system:acme:channel-unconfigured:lost:\d+:firing$/);
    expect(one.toldTo("quiet")).toEqual([]);
    expect(errors).toEqual([expect.stringMatching(/"lost" is not configured, missing: TOKEN/)]);
    expect(channelHealth(one, "lost")).toMatchObject({ state: "unconfigured", queued: 2 });
    one.restart({ channels: { ...channels, lost: {} } });
    one.handOver([]);
    await one.pass(MINUTE_MS);
    expect(one.toldTo("ops").at(-1)).toMatch(
      /^system:acme:channel-unconfigured:lost:\d+:resolved$/,
    );
    expect(one.toldTo("lost")).toEqual(["a:firing", "b:firing"]);
    one.restart({ channels });
    one.handOver([]);
    await one.pass(MINUTE_MS);
    expect(one.toldTo("ops")).toHaveLength(3);
  });

  test("is told of through the queues, whose bound holds for it, too", () => {
    const one = world({ channels: { ops: {} } });
    one.reply = () => "hangs";
    for (let i = 0; i <= MAX_WAITING / MAX_HAND_OVER; i++) {
      one.handOver(Array.from({ length: MAX_HAND_OVER }, (_, k) => `y${i}-${k}:firing/ops`));
    }
    const before = channelHealth(one, "ops");
    one.restart({ channels: { ops: {}, lost: { missing: "TOKEN" } } });
    one.handOver([]);
    expect(channelHealth(one, "ops")).toMatchObject({
      queued: before?.queued,
      dropped: (before?.dropped ?? 0) + 1,
    });
  });

  test("keeps what it has for a day", async () => {
    const one = world({ channels });
    one.handOver(["a:firing/lost"]);
    await one.pass(DAY_MS - 1_000);
    expect(channelHealth(one, "lost")).toMatchObject({ queued: 1, dead: 0 });
    expect(stateOf(one, "a:firing/lost")).toMatchObject({ state: "queued", nextAt: null });
    await one.pass(MINUTE_MS);
    expect(stateOf(one, "a:firing/lost")).toMatchObject({ state: "dead", lastError: /TOKEN/ });
  });

  test("and one that nobody configured keep theirs likewise, and say so", async () => {
    const one = world();
    one.handOver(["a:firing/gone"]);
    await one.pass(MINUTE_MS);
    expect(channelHealth(one, "gone")).toMatchObject({
      state: "unconfigured",
      queued: 1,
      lastError: /names no such channel/,
    });
    await one.pass(DAY_MS);
    expect(stateOf(one, "a:firing/gone")).toMatchObject({ state: "dead" });
    expect(one.toldTo("ops")).toEqual([]);
  });
});

describe("the watchdog", () => {
  const options = { channels: { ops: {} }, delivery: { watchdogMs: 120_000 } };

  test("calls the coordinator first, and is content if it comes back", async () => {
    const one = world(options);
    one.handOver([], one.nowMs + 10_000);
    await one.pass(129_000);
    expect(one.woken).toBe(0);
    one.wake = () => {
      one.handOver([], one.nowMs + 10_000);
      return Promise.resolve();
    };
    await one.pass(10 * MINUTE_MS);
    expect(one.woken).toBeGreaterThan(3);
    expect(one.sightings).toEqual([]);
  });

  test("tells it if the coordinator gives no sign of life, once, and when it is back", async () => {
    const one = world(options);
    one.handOver([], one.nowMs + 10_000);
    await one.pass(155_000);
    expect(one.sightings).toEqual([]);
    one.restart();
    await one.pass(10_000);
    await one.pass(HOUR_MS);
    expect(one.toldTo("ops")).toHaveLength(1);
    expect(one.toldTo("ops")[0]).toMatch(
      /^system:acme:coordinator-stalled:coordinator:\d+:firing$/,
    );
    one.restart();
    one.handOver([], one.nowMs + 10_000);
    await one.pass(5_000);
    expect(one.toldTo("ops")).toHaveLength(2);
    expect(one.toldTo("ops")[1]).toMatch(/:resolved$/);
    // The next time is another incident.
    await one.pass(HOUR_MS);
    expect(one.toldTo("ops")).toHaveLength(3);
    expect(one.toldTo("ops")[2]).not.toBe(one.toldTo("ops")[0]);
  });

  test("tells it at once if the coordinator cannot be called", async () => {
    const one = world(options);
    one.wake = () => Promise.reject(new Error("overloaded"));
    one.handOver([], one.nowMs + 10_000);
    await one.pass(131_000);
    expect(one.toldTo("ops")).toHaveLength(1);
  });

  test("leaves a coordinator alone that said that it sleeps", async () => {
    const one = world(options);
    one.handOver([], null);
    await one.pass(DAY_MS);
    expect(one.woken).toBe(0);
    expect(one.sightings).toEqual([]);
  });
});

describe("the heartbeat", () => {
  test("is given as long as all is well, and not while the coordinator is late", async () => {
    let pings = 0;
    const one = world({
      delivery: { heartbeatMs: MINUTE_MS, watchdogMs: 120_000 },
      ping: () => {
        pings += 1;
        return Promise.resolve();
      },
    });
    one.handOver([], null);
    await one.pass(10 * MINUTE_MS - 1_000);
    expect(pings).toBe(10);
    expect(one.dispatcher.health().heartbeatAt).toBeGreaterThan(0);
    one.handOver([], one.nowMs + 1_000);
    await one.pass(HOUR_MS);
    expect(pings).toBe(12);
    one.handOver([], null);
    await one.pass(5_000);
    expect(pings).toBe(13);
  });

  test("shows when it does not arrive, and goes on", async () => {
    let pings = 0;
    const one = world({
      delivery: { heartbeatMs: MINUTE_MS },
      ping: () => {
        pings += 1;
        return pings === 1 ? Promise.resolve() : Promise.reject(new Error("answered 500"));
      },
    });
    one.handOver([], null);
    await one.pass(3 * MINUTE_MS);
    const { heartbeatAt, heartbeatError, lastError } = one.dispatcher.health();
    expect({ heartbeatError, lastError }).toEqual({
      heartbeatError: "answered 500",
      lastError: null,
    });
    expect(one.nowMs - (heartbeatAt ?? 0)).toBeGreaterThanOrEqual(2 * MINUTE_MS);
    expect(pings).toBeGreaterThan(2);
  });
});

describe("reports", () => {
  const mail = { subject: "s", text: "t", markdown: "m", html: "h", json: {} };

  /** Reports every hour, that are due for 24 h. */
  function hourly(calls: number[]) {
    return {
      nextAt: (nowMs: number) => (Math.floor(nowMs / HOUR_MS) + 1) * HOUR_MS,
      due: (nowMs: number): Promise<readonly DueReport[]> => {
        calls.push(nowMs);
        const at = Math.floor(nowMs / HOUR_MS) * HOUR_MS;
        return Promise.resolve([{ id: `daily:${at}`, period: "daily", mail }]);
      },
    };
  }

  test("are sent once to each channel that wants them, however often the alarm comes", async () => {
    const calls: number[] = [];
    const reports = hourly(calls);
    const one = world({ channels: { ops: {}, mail: { reports: true } }, reports });
    one.handOver([]);
    await one.pass(HOUR_MS - 1);
    one.dispatcher.run();
    await one.pass(0);
    expect(one.sightings).toEqual([]);
    for (let i = 0; i < 5; i++) {
      one.dispatcher.run();
      await one.pass(1_000);
      one.restart();
    }
    one.skewMs -= 10 * MINUTE_MS;
    one.dispatcher.run();
    one.arm();
    await one.pass(30 * MINUTE_MS);
    expect(one.sightings).toHaveLength(1);
    expect(one.sightings[0]).toMatchObject({ channel: "mail", kind: "report" });
    expect(one.sightings[0]?.key).toMatch(/^acme:report:daily:\d+\/mail$/);
    await one.pass(2 * HOUR_MS);
    expect(one.sightings).toHaveLength(3);
  });

  test("are in the channel's own language, if they are written in it", async () => {
    const mailIn = vi.fn<(language: string) => typeof mail>(() => mail);
    const one = world({
      channels: { mail: { reports: true }, correio: { reports: true, language: "pt-BR" } },
      reports: {
        ...hourly([]),
        due: () => Promise.resolve([{ id: "daily:1", period: "daily", mail, mailIn }]),
      },
    });
    one.handOver([]);
    await one.pass(HOUR_MS);
    expect(one.sightings.map(({ channel }) => channel).toSorted()).toEqual(["correio", "mail"]);
    expect(mailIn.mock.calls).toEqual([["pt-BR"]]);
  });

  test("that cannot be written are tried again, and shown", async () => {
    const calls: number[] = [];
    const reports = hourly(calls);
    let isBroken = true;
    const due = (nowMs: number): Promise<readonly DueReport[]> =>
      isBroken ? Promise.reject(new Error("D1 is away")) : reports.due(nowMs);
    const one = world({ channels: { mail: { reports: true } }, reports: { ...reports, due } });
    one.handOver([]);
    await one.pass(HOUR_MS + 5 * MINUTE_MS);
    expect(one.dispatcher.health().reportsError).toBe("D1 is away");
    isBroken = false;
    await one.pass(2 * MINUTE_MS);
    expect(one.sightings).toHaveLength(1);
    expect(one.dispatcher.health().reportsError).toBeNull();
  });
});

describe("test messages", () => {
  test("say what came back, and what is missing", async () => {
    const one = world({ channels: { ops: {}, lost: { missing: "TOKEN" } } });
    one.reply = () => ({ status: 400 });
    expect(await one.dispatcher.test("ops")).toEqual({
      channel: "ops",
      type: "slack",
      delivered: false,
      status: 400,
      durationMs: 0,
      detail: "answered 400",
    });
    expect(await one.dispatcher.test("lost")).toMatchObject({ delivered: false, detail: /TOKEN/ });
    expect(await one.dispatcher.test("nobody")).toBeNull();
    // They are no notifications.
    expect(one.dispatcher.notifications(undefined, 10)).toEqual([]);
  });

  test("are cut off, and go one at a time", async () => {
    const one = world({ delivery: { timeoutMs: 3_000 } });
    one.reply = () => "hangs";
    const first = one.dispatcher.test("ops");
    expect(await one.dispatcher.test("ops")).toMatchObject({ detail: /under way/ });
    await one.pass(4_000);
    expect(await first).toMatchObject({ delivered: false, status: null, detail: /3000 ms/ });
  });
});

describe("the alarm", () => {
  test("never throws, and comes again when storage failed", async () => {
    const one = world();
    const queues = vi.spyOn(one.store, "queues");
    one.handOver([]);
    queues.mockImplementation(() => {
      throw new Error("the disk is full");
    });
    one.dispatcher.run();
    queues.mockRestore();
    expect(one.dispatcher.health().lastError).toMatch(/the disk is full/);
    one.handOver(["a:firing/ops"]);
    await one.pass(5_000);
    one.dispatcher.run();
    expect(stateOf(one, "a:firing/ops")).toMatchObject({ state: "delivered" });
    expect(one.dispatcher.health().lastError).toBeNull();
  });

  test("is not needed when nothing waits, and deletes what is old", async () => {
    const one = world({ delivery: { keepDays: 1 } });
    expect(one.dispatcher.nextRunAt()).toBeNull();
    one.handOver(["a:firing/ops"]);
    await one.pass(DAY_MS - 1);
    expect(stateOf(one, "a:firing/ops")).toBeDefined();
    await one.pass(2 * MINUTE_MS);
    expect(stateOf(one, "a:firing/ops")).toBeUndefined();
    expect(one.dispatcher.nextRunAt()).toBeNull();
  });

  test("does not come again and again without a reason", async () => {
    const one = world({ channels: { ops: {}, slow: {}, lost: { missing: "TOKEN" } } });
    one.reply = (channel) => (channel === "slow" ? "hangs" : { status: 401 });
    const run = vi.spyOn(one.dispatcher, "run");
    one.handOver(["a:firing/ops", "a:firing/slow", "a:firing/lost"]);
    await one.pass(2 * DAY_MS);
    // 96 probes of one, some 140 attempts at the other, each with its timeout, and little more.
    expect(run.mock.calls.length).toBeLessThan(600);
    expect(one.store.queues()).toEqual([]);
  });
});
