import fc from "fast-check";
import { expect, test } from "vitest";
import { streamFilter } from "../../../src/stream/stream-filter.ts";
import { CLOSE_LATER } from "../../../src/stream/stream-hub.ts";
import { Subscriber } from "../../../src/stream/subscriber.ts";
import { FakeFrameSink } from "../../support/fake-frame-sink.ts";
import { alertOf, EPOCH, HubWorld, NO_PILLARS, TICK_MS, viewOf } from "../../support/hub-world.ts";
import { seedOf } from "../../support/seeded.ts";

test("hello, a snapshot, then ticks, each frame one further", () => {
  const world = new HubWorld();
  world.ticks(3);
  const sink = world.join();
  world.ticks(2);
  expect(sink.outline).toEqual(["hello 2", "snapshot 3", "tick 4", "tick 5"]);
  expect(sink.frames[0]).toEqual({
    type: "hello",
    protocol: "tachograph.v1",
    epoch: EPOCH,
    seq: 2,
    resumed: false,
    tickMs: TICK_MS,
  });
});

test("whoever joins before the first tick gets a snapshot with it", () => {
  const world = new HubWorld();
  const sink = world.join();
  world.ticks(2);
  expect(sink.outline).toEqual(["hello 0", "snapshot 1", "tick 2"]);
});

test("a tick has only the series that changed, a snapshot has all", () => {
  const world = new HubWorld();
  world.tick();
  const sink = world.join();
  world.tick([viewOf("meta")]);
  world.tick([]);
  expect(sink.frames.map((frame) => frame.series?.map(({ target }) => target))).toEqual([
    undefined,
    ["google", "meta"],
    ["meta"],
    [],
  ]);
});

test("a tick has the pillars if they changed, a snapshot always, whatever the filter", () => {
  const world = new HubWorld();
  const cache = {
    grade: "GOOD" as const,
    color: "blue" as const,
    score: 8,
    window: "5m" as const,
    lookups: 10,
    hits: 9,
    misses: 1,
    hitRate: 0.9,
    keys: null,
    layers: [],
    caches: [],
    trend: null,
  };
  const pillars = { ...NO_PILLARS, cache };
  world.tick();
  const filtered = streamFilter({ targets: ["meta"], windows: ["1m"] });
  const sinks = [world.join(), world.join(filtered)];
  world.tick([], pillars);
  world.tick([viewOf("meta")]);
  for (const sink of sinks) {
    expect(sink.frames.map((frame) => frame.pillars)).toEqual([
      undefined,
      NO_PILLARS,
      pillars,
      undefined,
    ]);
  }
  // Who resumes is told what changed meanwhile, who comes anew what there is.
  expect(world.join(filtered, 1).frames.map((frame) => frame.pillars)).toEqual([
    undefined,
    pillars,
    undefined,
  ]);
  expect(world.join().frames.at(-1)?.pillars).toEqual(pillars);
});

test("a tick names what is gone, as far as the filter sees it, and again to who resumes", () => {
  const world = new HubWorld();
  const gone = {
    series: [
      { target: "google", operation: "*" },
      { target: "meta", operation: "events" },
    ],
    limits: ["google"],
  };
  const filters = [{}, { targets: ["google"] }, { targets: ["meta"] }, { targets: ["tiktok"] }];
  const expected = [
    gone,
    { series: [{ target: "google", operation: "*" }], limits: ["google"] },
    { series: [{ target: "meta", operation: "events" }], limits: [] },
    undefined,
  ];
  world.tick();
  const sinks = filters.map((filter) => world.join(streamFilter(filter)));
  world.tick([], undefined, gone);
  world.tick([], undefined, { series: [], limits: [] });
  const resumed = filters.map((filter) => world.join(streamFilter(filter), 1));
  for (const some of [sinks, resumed]) {
    expect(some.map((sink) => sink.frames.find(({ seq }) => seq === 2)?.gone)).toEqual(expected);
  }
  const others = [...sinks, ...resumed, world.join()].flatMap(({ frames }) => frames);
  for (const frame of others) if (frame.seq !== 2) expect(frame).not.toHaveProperty("gone");
});

test("a subscription that resumes gets all that it missed, and no snapshot", () => {
  const world = new HubWorld();
  world.ticks(8);
  const sink = world.join(streamFilter({}), 5);
  world.tick();
  expect(sink.outline).toEqual(["hello 5", "tick 6", "tick 7", "tick 8", "tick 9"]);
  expect(sink.frames[0]?.resumed).toBe(true);
  expect(world.join(streamFilter({}), 9).outline).toEqual(["hello 9"]);
});

test("what cannot be replayed in full is not replayed at all", () => {
  const world = new HubWorld(4);
  world.ticks(8);
  const outlines = [
    world.join(streamFilter({}), 4),
    world.join(streamFilter({}), 3),
    world.join(streamFilter({}), 5, "another"),
    world.join(streamFilter({}), 99),
    // The histograms of past ticks are not kept.
    world.join(streamFilter({ histograms: true }), 7),
  ].map(({ outline }) => outline);
  expect(outlines).toEqual([
    ["hello 4", "tick 5", "tick 6", "tick 7", "tick 8"],
    ["hello 7", "snapshot 8"],
    ["hello 7", "snapshot 8"],
    ["hello 7", "snapshot 8"],
    ["hello 7", "snapshot 8"],
  ]);
});

test("the replay log is bounded in series, too", () => {
  const many = Array.from({ length: 500 }, (_, i) => viewOf("meta", String(i)));
  const world = new HubWorld(1_000, many);
  world.ticks(40);
  expect(world.join(streamFilter({}), 24).outline).toHaveLength(17);
  expect(world.join(streamFilter({}), 23).outline).toEqual(["hello 39", "snapshot 40"]);
});

test("a filter hides other targets, other windows, and histograms unless it wants them", () => {
  const world = new HubWorld();
  world.tick();
  const plain = world.join(streamFilter({ targets: ["meta"], windows: ["5m"] }));
  expect(world.histograms).toBe(0);
  const wanting = world.join(streamFilter({ targets: ["meta"], histograms: true }));
  const [, snapshot] = plain.frames;
  expect(snapshot?.series?.map(({ target }) => target)).toEqual(["meta"]);
  expect(Object.keys(snapshot?.series?.[0]?.windows ?? {})).toEqual(["5m"]);
  expect(plain.sent[1]?.text).not.toContain("HISTF");
  expect(wanting.sent[1]?.text.match(/HISTFAAA/g)).toHaveLength(3);
  // Only the one series that somebody wants to see was encoded.
  expect(world.histograms).toBe(1);
});

test("a tick is serialised once per distinct filter, however many subscribers there are", () => {
  const world = new HubWorld();
  world.tick();
  const filters = [
    () => streamFilter({}),
    () => streamFilter({ targets: ["meta", "google"] }),
    () => streamFilter({ targets: ["google", "meta", "meta"] }),
    () => streamFilter({ windows: ["1h", "1m"] }),
    () => streamFilter({ windows: ["1m", "1h"] }),
  ];
  const sinks = filters.flatMap((filter) =>
    Array.from({ length: 200 }, () => world.join(filter())),
  );
  world.tick();
  // Frames of one serialisation are one object.
  const frames = new Set(sinks.map((sink) => sink.sent.at(-1)));
  expect(frames.size).toBe(3);
  expect(world.hub.size).toBe(1_000);
});

test("a slow subscriber is skipped and then gets the newest snapshot", () => {
  const world = new HubWorld(10, [viewOf("meta", "x".repeat(600_000))]);
  world.tick();
  const slow = world.join();
  const quick = world.join();
  slow.reads = false;
  world.ticks(80);
  expect(quick.outline).toHaveLength(82);
  const held = slow.outline.length;
  expect(held).toBeLessThan(64);
  slow.readAll();
  world.ticks(2);
  expect(slow.outline.slice(held)).toEqual(["snapshot 82", "tick 83"]);
  expect(slow.closed).toBeUndefined();
});

test("who never reads is sent away, and what it was sent stays bounded", () => {
  const world = new HubWorld(10, [viewOf("meta", "x".repeat(600_000))]);
  world.tick();
  const dead = world.join();
  dead.reads = false;
  world.ticks(200);
  expect(dead.closed?.code).toBe(CLOSE_LATER);
  expect(dead.frames.at(-1)?.type).toBe("error");
  expect(dead.unreadBytes()).toBeLessThan(40_000_000);
  expect(world.hub.size).toBe(0);
});

test("many slow subscribers together stay within one budget", () => {
  const world = new HubWorld(10, [viewOf("meta", "x".repeat(100_000))]);
  world.tick();
  const sinks = Array.from({ length: 500 }, () => world.join());
  for (const sink of sinks) sink.reads = false;
  world.ticks(60);
  const unread = sinks.reduce((sum, sink) => sum + sink.unreadBytes(), 0);
  expect(unread).toBeLessThan(1_200 * 1024 * 1024);
  for (const sink of sinks) expect(sink.unreadBytes()).toBeLessThan(2.2 * 1024 * 1024);
});

test("a new subscription on the same connection begins with hello and a snapshot", () => {
  const world = new HubWorld();
  world.tick();
  const { sink, subscriber } = world.joinAs(streamFilter({}));
  world.tick();
  subscriber.subscribe(streamFilter({ targets: ["google"] }));
  world.hub.greet(subscriber, undefined, TICK_MS);
  world.tick();
  expect(sink.outline).toEqual([
    "hello 0",
    "snapshot 1",
    "tick 2",
    "hello 1",
    "snapshot 2",
    "tick 3",
  ]);
  expect(sink.frames.at(-1)?.series?.map(({ target }) => target)).toEqual(["google"]);
});

test("a subscriber that outlived the memory gets a snapshot next", () => {
  const world = new HubWorld();
  const sink = new FakeFrameSink();
  world.hub.rejoin(new Subscriber(sink, streamFilter({})));
  world.ticks(2);
  expect(sink.outline).toEqual(["snapshot 1", "tick 2"]);
});

test("an error is a frame outside the sequence, and the last one", () => {
  const world = new HubWorld();
  world.tick();
  const { sink, subscriber } = world.joinAs(streamFilter({}));
  world.hub.dismiss(subscriber, 1008, "no such window");
  world.ticks(2);
  expect(sink.frames.at(-1)).toEqual({ type: "error", reason: "no such window" });
  expect(sink.sent.at(-1)?.epoch).toBeUndefined();
  expect(sink.closed).toEqual({ code: 1008, reason: "no such window" });
  expect(sink.outline).toHaveLength(3);
});

test("a change of an alert is a frame of its own, one further, whatever the filter", () => {
  const world = new HubWorld();
  world.tick();
  const all = world.join();
  const google = world.join(streamFilter({ targets: ["google"] }));
  world.tick();
  world.alerts("a", "b");
  world.tick();
  const outline = ["hello 0", "snapshot 1", "tick 2", "alert 3", "alert 4", "tick 5"];
  expect(all.outline).toEqual(outline);
  expect(google.outline).toEqual(outline);
  expect(all.frames[3]).toMatchObject({ type: "alert", epoch: EPOCH, seq: 3, id: "a" });
  // One serialisation for everybody.
  expect(all.sent[3]).toBe(google.sent[3]);
  expect(all.frames[2]?.alerts).toBeUndefined();
});

test("who joins after a change of an alert finds it in the snapshot", () => {
  const world = new HubWorld();
  world.tick();
  world.alerts("a");
  const sink = world.join();
  world.tick();
  expect(sink.outline).toEqual(["hello 1", "snapshot 2", "tick 3"]);
  expect(sink.frames[1]?.alerts).toEqual([alertOf("a")]);
  expect(world.join(streamFilter({ targets: ["google"] })).frames[1]?.alerts).toEqual([]);
});

test("a subscription that resumes gets the changes of alerts that it missed", () => {
  const world = new HubWorld();
  world.ticks(2);
  world.alerts("a", "b");
  world.ticks(1);
  expect(world.join(streamFilter({}), 2).outline).toEqual([
    "hello 2",
    "alert 3",
    "alert 4",
    "tick 5",
  ]);
  expect(world.join(streamFilter({}), 3).outline).toEqual(["hello 3", "alert 4", "tick 5"]);
});

test("a storm of alerts does not push the ticks out of the replay log", () => {
  const world = new HubWorld(10);
  world.ticks(3);
  world.alerts(...Array.from({ length: 500 }, (_, i) => `a${i}`));
  world.ticks(2);
  expect(world.join(streamFilter({}), 2).outline).toHaveLength(1 + 1 + 500 + 2);
});

test("who has to begin again with a snapshot is not sent changes before it", () => {
  const world = new HubWorld();
  const sink = new FakeFrameSink();
  world.tick();
  world.hub.rejoin(new Subscriber(sink, streamFilter({})));
  world.alerts("a");
  world.tick();
  expect(sink.outline).toEqual(["snapshot 3"]);
});

type Step = "tick" | "alert" | "read" | "stall" | "reconnect" | "leave";

test("whoever comes back with its last frame's place has every tick, or begins with a snapshot", () => {
  const step = fc.constantFrom<Step[]>(
    "tick",
    "tick",
    "tick",
    "alert",
    "read",
    "stall",
    "reconnect",
    "leave",
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), fc.nat(12), (steps, replayTicks) => {
      const world = new HubWorld(replayTicks, [viewOf("meta", "x".repeat(500_000))]);
      world.tick();
      let { sink, subscriber } = world.joinAs(streamFilter({}));
      let has = readFrom(sink, undefined, 0);
      const stream = { isGone: false };
      for (const action of steps) {
        if (action === "tick") world.tick();
        else if (action === "alert") world.alerts("a", "b");
        else if (action === "stall") sink.reads = false;
        else if (action === "read") {
          sink.reads = true;
          sink.readAll();
        } else if (action === "leave") {
          world.hub.leave(subscriber);
          stream.isGone = true;
        } else {
          has = readFrom(sink, has, 0);
          world.hub.leave(subscriber);
          ({ sink, subscriber } = world.joinAs(streamFilter({}), { epoch: EPOCH, seq: has }));
          stream.isGone = false;
        }
        readFrom(sink, has, 0);
      }
      sink.readAll();
      world.ticks(2);
      if (!stream.isGone && sink.closed === undefined)
        expect(readFrom(sink, has, 0)).toBe(world.seq);
    }),
    { seed: seedOf("stream", process.env["SEED"]), numRuns: 200 },
  );
});

/** Reads a connection's frames as a client does, and fails at a gap. @returns the last place. */
function readFrom(sink: FakeFrameSink, before: number | undefined, first: number): number {
  let at = before ?? first;
  for (const { type, seq = Number.NaN, resumed } of sink.frames) {
    if (type === "hello") {
      if (resumed === true) expect(seq).toBe(before);
      at = seq;
    } else if (type === "tick" || type === "alert") {
      expect(seq).toBe(at + 1);
      at = seq;
    } else if (type === "snapshot") {
      expect(seq).toBeGreaterThan(at);
      at = seq;
    }
  }
  return at;
}
