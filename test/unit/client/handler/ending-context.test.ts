import { describe, expect, test } from "vitest";
import { EndingContext } from "../../../../src/client/handler/ending-context.ts";
import { tachograph } from "../../../../src/client/tachograph.ts";
import type { Tachograph } from "../../../../src/client/tachograph.ts";
import { harness, imbalance } from "../harness.ts";
import { ModelServer } from "../model-server.ts";
import { VirtualTime } from "../virtual-time.ts";

async function isSettled(promise: Promise<unknown> | undefined): Promise<boolean> {
  const later = new Promise((resolve) => setTimeout(resolve, 0, "pending"));
  return (await Promise.race([promise, later])) !== "pending";
}

test("what the client holds is let go once all is sent, and what comes later is held as long as it takes", async () => {
  const kept: Promise<unknown>[] = [];
  const ending = new EndingContext({ waitUntil: (promise) => void kept.push(promise) });
  const never = new Promise<void>(() => undefined);
  ending.holdReport(never);
  expect(await isSettled(kept[0])).toBe(false);
  ending.flush(harness().request());
  await kept[1];
  expect(await isSettled(kept[0])).toBe(true);
  const late = Promise.withResolvers<void>();
  ending.holdReport(late.promise);
  expect(await isSettled(kept[2])).toBe(false);
  late.resolve();
  expect(await isSettled(kept[2])).toBe(true);
});

test("a context that fails is counted, and nothing is thrown", () => {
  const tacho = harness().request();
  const fails = (): never => {
    throw new Error("too late");
  };
  new EndingContext({ waitUntil: fails }).flush(tacho);
  expect(tacho.stats()).toMatchObject({ failures: 1, lastFailure: "ctx.waitUntil: too late" });
});

/** An isolate whose Tachograph never answers, until its fates are taken away. */
function hangingWorld(): { time: VirtualTime; server: ModelServer } {
  const time = new VirtualTime();
  const server = new ModelServer(time);
  server.fates = Array.from({ length: 1_000 }, () => ({ kind: "lose_request" }) as const);
  return { time, server };
}

/** One invocation of an isolate, and how long the runtime would wait for it. */
class Invocation {
  /** What the handler does to get a client of its own. */
  readonly open: (binding?: ModelServer) => Tachograph;
  readonly tacho: Tachograph;
  readonly #ending: EndingContext;
  readonly #time: VirtualTime;
  readonly #held = new Set<Promise<unknown>>();

  constructor(server: ModelServer, time: VirtualTime) {
    const waitUntil = (promise: Promise<unknown>): void => {
      this.#held.add(promise);
      void promise.then(() => this.#held.delete(promise));
    };
    this.#time = time;
    const context = { waitUntil };
    this.#ending = new EndingContext(context);
    const { clock, timer } = time;
    const own = { clock, stopwatch: clock, timer, random: () => 0.5, reporter: () => "iso-test" };
    this.open = (binding = server) => tachograph(binding, context, own);
    this.tacho = this.open();
  }

  /** Ends the handler, and returns for how many milliseconds its context was held then. */
  readonly end = async (): Promise<number> => {
    this.#ending.flush(this.tacho);
    return this.heldMs();
  };

  async heldMs(): Promise<number> {
    const startedAt = this.#time.now;
    await this.#time.settle();
    while (this.#held.size > 0 && this.#time.now - startedAt < 60_000) {
      await this.#time.advance(10);
    }
    return this.#time.now - startedAt;
  }
}

describe.each([
  ["dies when nothing holds it", true],
  ["lives on", false],
])("while Tachograph hangs, and an invocation %s,", (_how, dies) => {
  test("four batches wait for it half a second in all, and nothing is lost", async () => {
    const { time, server } = hangingWorld();
    const heldMs: number[] = [];
    for (let batch = 0; batch < 4; batch += 1) {
      const invocation = new Invocation(server, time);
      for (const target of ["queue", "d1", `only-batch-${batch}`]) {
        invocation.tacho.record(target, "batch", batch);
        await time.advance(100);
      }
      heldMs.push(await invocation.end());
      if (dies) time.kill(() => true);
    }
    expect(heldMs).toEqual([500, 0, 0, 0]);
    server.fates = [];
    await time.advance(10_000);
    const back = new Invocation(server, time);
    back.tacho.record("queue", "batch", 4);
    expect(await back.end()).toBe(0);
    await time.advance(60_000);
    await new Invocation(server, time).end();
    const stats = back.tacho.stats();
    expect(stats).toMatchObject({ recorded: 13, acknowledged: 13, buffered: 0, givenUp: 0 });
    expect(server.countedTimings).toBe(13);
  });

  test("minutes of batches hold it for at most a twentieth of the time, and the books balance", async () => {
    const { time, server } = hangingWorld();
    const startedAt = time.now;
    let heldMs = 0;
    let tacho = new Invocation(server, time).tacho;
    while (time.now - startedAt < 400_000) {
      const invocation = new Invocation(server, time);
      tacho = invocation.tacho;
      tacho.record("queue", "batch", 1);
      await time.advance(200);
      const oneMs = await invocation.end();
      expect(oneMs).toBeLessThanOrEqual(500);
      heldMs += oneMs;
      if (dies) time.kill(() => true);
    }
    expect(heldMs).toBeLessThanOrEqual((time.now - startedAt) / 20);
    const stats = tacho.stats();
    expect(imbalance(stats)).toBe(0);
    expect(stats.givenUp, "what got too old is counted").toBeGreaterThan(0);
    server.fates = [];
    await time.advance(60_000);
    await new Invocation(server, time).end();
    expect(tacho.stats()).toMatchObject({ buffered: 0 });
    expect(imbalance(tacho.stats())).toBe(0);
  });
});

test("what a handler left to its waitUntil records waits no longer either", async () => {
  const { time, server } = hangingWorld();
  const first = new Invocation(server, time);
  expect(await first.end(), "there is nothing to send yet").toBe(0);
  first.tacho.record("d1", "late", 1);
  // The timer of two seconds, and then the report that nobody answers.
  expect(await first.heldMs()).toBe(2_500);
  first.tacho.record("d1", "later", 1);
  expect(await first.heldMs()).toBe(0);
});

test("short batches without a pause hear it soon when Tachograph is back", async () => {
  const { time, server } = hangingWorld();
  const batchesFor = async (durationMs: number): Promise<Tachograph> => {
    const until = time.now + durationMs;
    for (let batch = 0; ; batch += 1) {
      const { tacho, end } = new Invocation(server, time);
      tacho.record(`target-${batch % 7}`, "batch", 1);
      await time.advance(20);
      expect(await end()).toBeLessThanOrEqual(500);
      // What is under way dies with its invocation, answers included.
      time.kill(() => true);
      if (time.now >= until) return tacho;
    }
  };
  await batchesFor(60_000);
  server.fates = Array.from(
    { length: 10_000 },
    () => ({ kind: "answer_late", delayMs: 50 }) as const,
  );
  await batchesFor(25_000);
  const tacho = await batchesFor(1_000);
  const { buffered, acknowledged, givenUp } = tacho.stats();
  expect({ buffered, givenUp }).toEqual({ buffered: 0, givenUp: 0 });
  expect(server.countedTimings).toBe(acknowledged);
});

test("a report that hung during the handler is not waited for at its end", async () => {
  const { time, server } = hangingWorld();
  const invocation = new Invocation(server, time);
  invocation.tacho.record("d1", "query", 1);
  await time.advance(2_600);
  invocation.tacho.record("queue", "batch", 1);
  expect(await invocation.end()).toBe(0);
  expect(server.requests).toHaveLength(1);
  expect(time.delays, "nothing but the report's own deadline is left").toEqual([4_400]);
});

test("after a failure a late timing is not waited for, and its repeat is a later invocation's", async () => {
  const { time, server } = hangingWorld();
  server.fates = [{ kind: "throw" }, { kind: "throw" }];
  const invocation = new Invocation(server, time);
  invocation.tacho.record("queue", "batch", 1);
  expect(await invocation.end()).toBe(0);
  invocation.tacho.record("d1", "late", 1);
  expect(await invocation.heldMs()).toBe(0);
  // The repeat fails as well, if this invocation happens to live on.
  await time.advance(400);
  expect(server.requests).toHaveLength(2);
  expect(await invocation.heldMs()).toBe(0);
  const again = new Invocation(server, time);
  expect(await again.end()).toBe(0);
  expect(server.requests, "all wait for their backoff").toHaveLength(2);
  await time.advance(30_000);
  expect(again.tacho.stats()).toMatchObject({ acknowledged: 2, buffered: 0 });
});

test("a Tachograph that is slow is waited for half a second, and its answer counts when it comes", async () => {
  const { time, server } = hangingWorld();
  server.fates = [
    { kind: "answer_late", delayMs: 499 },
    { kind: "answer_late", delayMs: 700 },
  ];
  const quick = new Invocation(server, time);
  quick.tacho.record("queue", "batch", 1);
  expect(await quick.end()).toBe(500);
  expect(quick.tacho.stats()).toMatchObject({ acknowledged: 1 });
  const slow = new Invocation(server, time);
  slow.tacho.record("queue", "batch", 1);
  expect(await slow.end()).toBe(500);
  expect(slow.tacho.stats()).toMatchObject({ acknowledged: 1, buffered: 1 });
  await time.advance(200);
  expect(slow.tacho.stats()).toMatchObject({ acknowledged: 2, buffered: 0 });
});

test("a client that the handler opens is let go as well, and what it has under way is waited for", async () => {
  const { time, server } = hangingWorld();
  server.fates = [{ kind: "answer_late", delayMs: 300 }];
  const well = new Invocation(server, time);
  well.open().record("meta", "events", 1);
  // Its timer of two seconds fires, and its report is under way when the handler is over.
  await time.advance(2_100);
  well.open().record("meta", "events", 1);
  expect(await well.end()).toBe(200);
  expect(well.tacho.stats()).toMatchObject({ acknowledged: 2, buffered: 0 });
  expect(time.delays, "no timer is left").toEqual([]);
  server.fates = Array.from({ length: 9 }, () => ({ kind: "lose_request" }) as const);
  const hung = new Invocation(server, time);
  hung.open().record("meta", "events", 1);
  expect(await hung.end()).toBe(500);
  const later = new Invocation(server, time);
  later.open().record("google", "events", 1);
  expect(await later.end()).toBe(0);
});

test("a client for another Tachograph sends what it has in its own time", async () => {
  const { time, server } = hangingWorld();
  const other = new ModelServer(time);
  const invocation = new Invocation(server, time);
  const tacho = invocation.open(other);
  tacho.record("meta", "events", 1);
  await time.advance(1_500);
  expect(await invocation.end()).toBe(500);
  expect(tacho.stats()).toMatchObject({ acknowledged: 1 });
});

test("work that a client keeps alive, and a classifier, hold the invocation as long as they take", async () => {
  const { time, server } = hangingWorld();
  const invocation = new Invocation(server, time);
  const own = invocation.open();
  own.keepAlive(new Promise((resolve) => time.timer(() => resolve(undefined), 3_000)));
  await own.fetch("meta", "events", "https://example.com/", {
    fetcher: { fetch: async () => new Response("{}") },
    classify: () => new Promise((resolve) => time.timer(() => resolve("error"), 4_000)),
  });
  expect(await invocation.end()).toBeGreaterThanOrEqual(4_000);
});
