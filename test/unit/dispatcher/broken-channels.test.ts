import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { dispatcherProblems } from "../../../src/api/dispatcher-problems.ts";
import { newChannelRecord } from "../../../src/dispatcher/dispatch-store.ts";
import { messageKey } from "../../../src/dispatcher/message-key.ts";
import { systemItems } from "../../../src/dispatcher/system-notice.ts";
import { DispatcherWorld, type Reply, type WorldOptions } from "../../support/dispatcher-world.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

const errors: string[] = [];

beforeEach(() => {
  errors.length = 0;
  vi.spyOn(console, "error").mockImplementation((text: unknown) => {
    errors.push(String(text));
  });
});
afterEach(() => vi.restoreAllMocks());

const one = { maxAlerts: 1, paceMs: 0 };

/** A channel that may break, one that is well, and one that takes nothing of severity HIGH. */
function world(options: Partial<WorldOptions> = {}): DispatcherWorld {
  const channels = { ops: one, pager: one, quiet: { ...one, severities: ["LOW"] as const } };
  return new DispatcherWorld({ channels, ...options });
}

/** Lets a channel's receiver answer so; the others are well. */
function answer(them: DispatcherWorld, replies: Readonly<Record<string, Reply>>): void {
  them.reply = (channel) => replies[channel] ?? { status: 200 };
}

function health(them: DispatcherWorld, name = "ops") {
  return them.dispatcher.health().channels.find(({ channel }) => channel === name);
}

function problems(them: DispatcherWorld): readonly string[] {
  return dispatcherProblems(them.dispatcher.health(), 120_000);
}

/** What a channel was told of others, without the time in the incident's id. */
function incidents(them: DispatcherWorld, channel = "pager"): readonly string[] {
  return them
    .toldTo(channel)
    .filter((told) => told.startsWith("system:"))
    .map((told) => told.replace(/^system:acme:/, "").replace(/:\d{13}:/, " "));
}

const FIRING = "channel-failing:ops firing";
const RESOLVED = "channel-failing:ops resolved";

describe("a receiver that refuses every message", () => {
  test("makes its channel fail after three in a row, which is shown and told, until one arrives", async () => {
    const them = world();
    answer(them, { ops: { status: 400 } });
    them.handOver(["a:firing/ops", "b:firing/ops"]);
    await them.pass(MINUTE_MS);
    expect(health(them)).toMatchObject({ state: "ok", dead: 2, refused: 2 });
    expect(problems(them)).toEqual([]);
    expect(incidents(them)).toEqual([]);
    them.restart();
    them.handOver(["c:firing/ops"]);
    await them.pass(1_000);
    expect(health(them)).toMatchObject({ state: "failing", dead: 3, queued: 0, refused: 3 });
    expect(problems(them)).toEqual([
      expect.stringMatching(/^the channel ops loses .* last 3 messages: answered 400$/),
    ]);
    expect(incidents(them)).toEqual([FIRING]);
    expect(incidents(them, "quiet")).toEqual([]);
    expect(errors.filter((text) => text.includes("refuses every message"))).toHaveLength(1);
    them.handOver(["d:firing/ops", "e:firing/ops"]);
    await them.pass(2 * HOUR_MS);
    them.restart();
    them.handOver([]);
    expect(health(them)).toMatchObject({ state: "failing", dead: 5 });
    expect(incidents(them)).toEqual([FIRING]);
    answer(them, {});
    them.handOver(["f:firing/ops"]);
    await them.pass(1_000);
    expect(health(them)).toMatchObject({ state: "ok", refused: 0, delivered: 1 });
    expect(problems(them)).toEqual([]);
    expect(incidents(them)).toEqual([FIRING, RESOLVED]);
  });

  test("is another than one that refuses two, takes one, and refuses two", async () => {
    const them = world();
    them.reply = (_, key) => ({ status: key.startsWith("bad") ? 400 : 200 });
    for (const id of ["bad1", "bad2", "good", "bad3", "bad4"]) {
      them.handOver([`${id}:firing/ops`]);
      await them.pass(1_000);
    }
    expect(health(them)).toMatchObject({ state: "ok", dead: 4, refused: 2 });
    expect(incidents(them)).toEqual([]);
  });

  test("is told with what it says, and what to do, in both languages", async () => {
    const them = world();
    answer(them, { ops: { status: 400 } });
    const enqueue = vi.spyOn(them.store, "enqueue");
    them.handOver(["a:firing/ops", "b:firing/ops", "c:firing/ops"]);
    await them.pass(1_000);
    const items = enqueue.mock.calls.flatMap(([given]) => given);
    const told = items.find(({ id }) => id.startsWith("system:"))?.content;
    expect(told).toMatchObject({
      notice: {
        rule: "channel-failing",
        target: "ops",
        severity: "HIGH",
        detail: { en: /refuses.*answered 400$/, "pt-BR": /recusa.*answered 400$/ },
        action: { en: /channels\/ops\/test/, "pt-BR": /channels\/ops\/test/ },
      },
    });
  });
});

describe("channels that do not take everything", () => {
  test("hear of the system what they ask for by its name, and of ends only if they take them", async () => {
    const them = world({
      channels: {
        ops: one,
        pager: one,
        heal: { ...one, rules: ["probe-failing"] },
        parts: { ...one, operations: ["events"] },
        watch: { ...one, rules: ["channel-failing"], operations: ["events"] },
        starts: { ...one, events: ["firing"] },
      },
    });
    answer(them, { ops: { status: 401 } });
    them.handOver(["a:firing/ops"]);
    await them.pass(1_000);
    answer(them, {});
    await them.dispatcher.test("ops");
    await them.pass(1_000);
    const told = ["pager", "heal", "parts", "watch", "starts"].map((name) => incidents(them, name));
    expect(told).toEqual([[FIRING, RESOLVED], [], [], [FIRING, RESOLVED], [FIRING]]);
  });
});

describe("a channel that is disabled", () => {
  test("is told at once, once, and its end when a test message arrives", async () => {
    const them = world();
    answer(them, { ops: { status: 401 } });
    them.handOver(["a:firing/ops"]);
    await them.pass(0);
    expect(incidents(them)).toEqual([FIRING]);
    them.restart();
    them.handOver(["b:firing/ops"]);
    await them.pass(6 * HOUR_MS);
    expect(incidents(them)).toEqual([FIRING]);
    expect(errors.filter((text) => text.includes("until a setting changes"))).toHaveLength(1);
    answer(them, {});
    await them.dispatcher.test("ops");
    await them.pass(1_000);
    expect(incidents(them)).toEqual([FIRING, RESOLVED]);
    expect(health(them)).toMatchObject({ state: "ok", queued: 0 });
  });

  test("and taken out of the configuration has come to its end", async () => {
    const them = world();
    answer(them, { ops: { status: 401 } });
    them.handOver(["a:firing/ops"]);
    await them.pass(0);
    them.restart({ channels: { pager: one } });
    them.handOver([]);
    await them.pass(1_000);
    expect(incidents(them)).toEqual([FIRING, RESOLVED]);
  });

  test("and delivered right before its object went away has its end told after that", async () => {
    const them = world();
    answer(them, { ops: { status: 401 } });
    them.handOver(["a:firing/ops"]);
    await them.pass(0);
    them.store.saveChannel(newChannelRecord("ops"));
    them.restart();
    them.arm();
    await them.pass(2_000);
    expect(incidents(them)).toEqual([FIRING, RESOLVED]);
  });

  test("has nobody to be told to where it is the only one", async () => {
    const them = world({ channels: { ops: one } });
    answer(them, { ops: { status: 401 } });
    them.handOver(["a:firing/ops"]);
    await them.pass(HOUR_MS);
    expect(incidents(them, "ops")).toEqual([]);
    expect(health(them)).toMatchObject({ queued: 1 });
  });
});

describe("a receiver that is away", () => {
  test("is told after 15 min, not before, and its end when a message arrives", async () => {
    const them = world();
    answer(them, { ops: { status: 503 } });
    them.handOver(["a:firing/ops"]);
    await them.pass(15 * MINUTE_MS - 1_000);
    expect(incidents(them)).toEqual([]);
    them.restart();
    them.handOver([]);
    await them.pass(2_000);
    expect(incidents(them)).toEqual([FIRING]);
    // That one message is refused says nothing about the others.
    answer(them, { ops: { status: 400 } });
    await them.pass(30 * MINUTE_MS);
    expect(health(them)).toMatchObject({ state: "ok", queued: 0, dead: 1 });
    expect(incidents(them)).toEqual([FIRING]);
    answer(them, {});
    them.handOver(["b:firing/ops"]);
    await them.pass(1_000);
    expect(incidents(them)).toEqual([FIRING, RESOLVED]);
  });

  test("for less than that is told to nobody", async () => {
    const them = world();
    for (let i = 0; i < 3; i++) {
      answer(them, { ops: { status: 503 } });
      them.handOver([`a${i}:firing/ops`]);
      await them.pass(8 * MINUTE_MS);
      answer(them, {});
      await them.pass(16 * MINUTE_MS);
    }
    expect(health(them)).toMatchObject({ delivered: 3 });
    expect(incidents(them)).toEqual([]);
  });

  test("is not away since a message was refused", async () => {
    const them = world();
    answer(them, { ops: { status: 400 } });
    them.handOver(["a:firing/ops"]);
    await them.pass(20 * MINUTE_MS);
    answer(them, { ops: { status: 503 } });
    them.handOver(["b:firing/ops"]);
    await them.pass(14 * MINUTE_MS);
    expect(incidents(them)).toEqual([]);
    await them.pass(2 * MINUTE_MS);
    expect(incidents(them)).toEqual([FIRING]);
  });

  test("is told in time though the clock goes back", async () => {
    const them = world();
    answer(them, { ops: { status: 503 } });
    them.handOver(["a:firing/ops"]);
    await them.pass(10 * MINUTE_MS);
    them.skewMs -= 5 * HOUR_MS;
    them.handOver([]);
    await them.pass(16 * MINUTE_MS);
    expect(incidents(them)).toEqual([FIRING]);
  });
});

describe("channels that are broken together", () => {
  test("have it once of each other, however long it takes", async () => {
    const them = world();
    answer(them, { ops: { status: 401 }, pager: { status: 400 } });
    const ids = ["a", "b", "c", "d"].flatMap((id) => [`${id}:firing/ops`, `${id}:firing/pager`]);
    them.handOver(ids);
    await them.pass(20 * HOUR_MS);
    const views = them.dispatcher.notifications(undefined, 100);
    const told = views.filter(({ id }) => id.startsWith("system:"));
    expect(told.map(({ channel, state }) => `${channel} ${state}`).toSorted()).toEqual([
      "ops queued",
      "pager dead",
    ]);
  });

  /** A receiver that refuses each message at first, and takes it at the next attempt. */
  function firstRefused(...names: readonly string[]): (channel: string, key: string) => Reply {
    const seen = new Set<string>();
    return (channel, key) => {
      const isNew = names.includes(channel) && !seen.has(`${channel} ${key}`);
      seen.add(`${channel} ${key}`);
      return { status: isNew ? 401 : 200 };
    };
  }

  test("do not break each other again and again by being told", async () => {
    const them = world();
    them.reply = firstRefused("ops", "pager");
    them.handOver(["a:firing/ops", "a:firing/pager"]);
    await them.pass(DAY_MS);
    for (const name of ["ops", "pager"]) {
      const told = them.toldTo(name).filter((text) => text.startsWith("system:"));
      expect(new Set(told).size).toBe(2);
      expect(health(them, name)).toMatchObject({ state: "ok", queued: 0 });
    }
  });

  test("or well in turns are told of once an hour", async () => {
    const them = world();
    them.reply = firstRefused("ops");
    for (let i = 0; i < 18; i++) {
      them.handOver([`a${i}:firing/ops`]);
      await them.pass(20 * MINUTE_MS);
    }
    expect(health(them)).toMatchObject({ delivered: 18 });
    const told = incidents(them);
    const count = told.filter((text) => text === FIRING).length;
    expect(count).toBeGreaterThanOrEqual(5);
    expect(count).toBeLessThanOrEqual(6);
    expect(told.filter((text) => text === RESOLVED)).toHaveLength(count);
  });
});

describe("reminders that wait", () => {
  const repeats = [1, 2, 3, 4].map((n) => `a:repeat:${n}/ops`);

  test("make room for newer ones: a receiver that returns hears of an alert twice", async () => {
    const them = world();
    answer(them, { ops: { status: 503 } });
    them.handOver(["a:firing/ops"]);
    for (const id of repeats) {
      await them.pass(5 * MINUTE_MS);
      them.handOver([id]);
    }
    expect(health(them)).toMatchObject({ queued: 2, superseded: 3, dead: 0, dropped: 0 });
    const dead = them.dispatcher.notifications("dead", 9);
    expect(dead.map(({ id, lastError }) => [id, lastError])).toEqual(
      repeats
        .slice(0, 3)
        .toReversed()
        .map((id) => [id, "superseded by a newer reminder"]),
    );
    answer(them, {});
    const before = them.sightings.length;
    await them.pass(16 * MINUTE_MS);
    const since = them.sightings.slice(before).filter(({ channel }) => channel === "ops");
    expect(since.flatMap(({ told }) => told)).toEqual(["a:firing", "a:repeat:4"]);
    // They are handed over once more, as their confirmation was lost.
    them.handOver(["a:firing/ops", ...repeats]);
    await them.pass(MINUTE_MS);
    expect(them.toldTo("ops").at(-1)).toBe("a:repeat:4");
    expect(health(them)).toMatchObject({ queued: 0, superseded: 3 });
  });

  test("make room for the end, which comes after the beginning", async () => {
    const them = world();
    answer(them, { ops: { status: 503 } });
    them.handOver(["a:firing/ops", "b:firing/ops", "b:repeat:1/ops"]);
    them.handOver(repeats);
    await them.pass(MINUTE_MS);
    them.handOver(["a:resolved/ops"]);
    answer(them, {});
    const before = them.sightings.length;
    await them.pass(16 * MINUTE_MS);
    const told = them.sightings.slice(before).flatMap((sighting) => sighting.told);
    expect(told.filter((text) => text.startsWith("a"))).toEqual(["a:firing", "a:resolved"]);
    expect(told).toContain("b:repeat:1");
    expect(them.dispatcher.notifications("dead", 1)).toMatchObject([
      { id: "a:repeat:4/ops", lastError: "superseded by the end of the alert" },
    ]);
  });

  test("stay once they were tried", async () => {
    const them = world();
    answer(them, { ops: { status: 503 } });
    them.handOver(["a:repeat:1/ops"]);
    await them.pass(MINUTE_MS);
    them.handOver(["a:repeat:2/ops", "a:repeat:3/ops", "a:resolved/ops"]);
    answer(them, {});
    const before = them.sightings.length;
    await them.pass(16 * MINUTE_MS);
    expect(them.sightings.slice(before).flatMap(({ told }) => told)).toEqual([
      "a:repeat:1",
      "a:resolved",
    ]);
  });
});

describe("a receiver that wants to be left alone for days", () => {
  const later = { status: 429, retryAfterMs: 10 * DAY_MS } as const;

  test("is asked again after an hour, and what is new does not wait for longer", async () => {
    const them = world();
    answer(them, { ops: later });
    them.handOver(["a:firing/ops"]);
    await them.pass(0);
    answer(them, {});
    them.handOver(["b:firing/ops"]);
    await them.pass(HOUR_MS - 1_000);
    expect(them.toldTo("ops")).toEqual(["a:firing"]);
    await them.pass(2_000);
    expect(them.toldTo("ops").slice(1).toSorted()).toEqual(["a:firing", "b:firing"]);
  });

  test("kills no message with it: it is tried until its day is over", async () => {
    const them = world();
    answer(them, { ops: later });
    them.handOver(["a:firing/ops"]);
    await them.pass(DAY_MS + MINUTE_MS);
    const times = them.sightings.filter(({ channel }) => channel === "ops").map(({ at }) => at);
    expect(times.length).toBeGreaterThanOrEqual(24);
    expect(health(them)).toMatchObject({ dead: 1, queued: 0 });
  });

  test("hears once more of a message that has half an hour left", async () => {
    const them = world({ channels: { ops: one } });
    // For most of its day it is refused in another way.
    answer(them, { ops: { status: 401 } });
    them.handOver(["a:firing/ops"]);
    await them.pass(DAY_MS - 31 * MINUTE_MS);
    answer(them, { ops: later });
    const before = them.sightings.length;
    await them.pass(15 * MINUTE_MS);
    expect(them.sightings.length - before).toBe(1);
    answer(them, {});
    // What is new waits for it.
    them.handOver(["b:firing/ops"]);
    await them.pass(16 * MINUTE_MS);
    expect(them.sightings.slice(before).map(({ told }) => told[0])).toEqual([
      "a:firing",
      "a:firing",
      "b:firing",
    ]);
    expect(health(them)).toMatchObject({ dead: 0, delivered: 2 });
  });
});

describe("receivers that hang", () => {
  const slow = ["s1", "s2", "s3", "s4", "s5"];
  const channels = Object.fromEntries(
    ["pager", ...slow].map((name) => [name, { ...one, severities: ["CRITICAL"] as const }]),
  );

  test.each([2, 4, 6])("delay no other after the first timeout, of %i places", async (places) => {
    const them = world({ channels, delivery: { concurrency: places } });
    const hang: Reply = "hangs";
    answer(them, Object.fromEntries(slow.map((name) => [name, hang])));
    them.handOver(slow.map((name) => `a:firing/${name}`));
    // Each of them once, so many at a time.
    await them.pass(Math.ceil(slow.length / (places / 2)) * 16_000);
    for (let i = 0; i < 80; i++) {
      them.handOver([`b${i}:firing/pager`, ...slow.map((name) => `b${i}:firing/${name}`)]);
      const at = them.time.nowMs;
      await them.pass(4_300);
      expect(them.sightings.findLast(({ channel }) => channel === "pager")).toMatchObject({
        told: [`b${i}:firing`],
        at,
      });
    }
    // They are tried all the same, each in its turn.
    for (const name of slow) {
      expect(them.attempts.filter(({ channel }) => channel === name).length).toBeGreaterThan(3);
    }
  });

  test("do not make the alarm come again and again while they wait for a place", async () => {
    const them = world({ channels, delivery: { concurrency: 2 } });
    const hang: Reply = "hangs";
    answer(them, Object.fromEntries(slow.map((name) => [name, hang])));
    const run = vi.spyOn(them.dispatcher, "run");
    them.handOver(slow.map((name) => `a:firing/${name}`));
    await them.pass(HOUR_MS);
    expect(run.mock.calls.length).toBeLessThan(300);
  });
});

test("two tenants' incidents of the same millisecond have no id and no key in common", () => {
  const name = "a".repeat(64);
  const items = ["acme", "globex", name].map((tenant) => {
    const text = { en: "x", "pt-BR": "x" };
    const incident = {
      tenant,
      rule: "channel-unconfigured",
      target: name,
      severity: "HIGH",
      since: 1_795_165_200_000,
      detail: text,
      action: text,
    } as const;
    const [item] = systemItems(incident, [name], 0, null);
    if (item === undefined) throw new Error("nobody is told");
    return { id: item.subject, key: messageKey(tenant, [item]) };
  });
  expect(new Set(items.map(({ id }) => id)).size).toBe(3);
  expect(new Set(items.map(({ key }) => key)).size).toBe(3);
  for (const { id, key } of items) {
    expect(id).toMatch(/^[A-Za-z0-9:._/-]{1,200}$/);
    expect(key).toMatch(/^[A-Za-z0-9:._/-]{1,200}$/);
  }
});
