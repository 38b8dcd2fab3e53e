import { expect, test } from "vitest";
import { OwnInvalidations } from "../../../../src/client/cache/own-invalidations.ts";
import { MAX_REQUEST_SCOPES } from "../../../../src/wire/cache-feed.ts";
import { CacheWorld, type Isolate } from "./cache-world.ts";

const get = (world: CacheWorld, isolate: Isolate, key: string, value: string): Promise<string> =>
  world.over(isolate.request().get<string>("lookups", key, () => value, { tags: ["t"] }));

let lookups = 0;

/** Lookups of its own, none of which the isolate can answer. */
async function lookUp(world: CacheWorld, isolate: Isolate, count = 1): Promise<void> {
  for (let time = 0; time < count; time += 1) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other, as in a life
    await get(world, isolate, `other-${(lookups += 1)}`, "");
    // oxlint-disable-next-line no-await-in-loop -- as above
    await world.time.settle();
  }
}

const unpublished = (isolate: Isolate): number => isolate.request().stats().unpublished;

test("what could not be published is sent by a later lookup, and the others hear of it", async () => {
  const world = new CacheWorld();
  const [one, two] = [world.isolate(), world.isolate()];
  await get(world, one, "k", "old");
  await get(world, two, "k", "old");
  one.health = "fails";
  const answer = await world.over(one.request().invalidateTag("t"));
  expect(answer).toMatchObject({ isPublished: false });
  one.health = "well";
  // Not at once: it failed a moment ago.
  await lookUp(world, one, 3);
  expect([unpublished(one), one.sent.length]).toEqual([1, 1]);
  await world.time.advance(5_000);
  await lookUp(world, one);
  expect(unpublished(one)).toBe(0);
  expect(world.log.entries).toEqual([
    { version: 1, cache: "cache", scope: { kind: "tag", tag: "t" } },
  ]);
  two.hear(1);
  expect(await get(world, two, "k", "new")).toBe("new");
  // KV is of use again.
  expect(await get(world, world.isolate(), "k", "newer")).toBe("new");
  const kept = world.kv.gets.length;
  await lookUp(world, one);
  expect(world.kv.gets.length).toBe(kept + 1);
});

test("the next that is published takes it along at once, and so does the next read", async () => {
  for (const next of ["invalidate", "read"]) {
    const world = new CacheWorld();
    const isolate = world.isolate();
    await get(world, isolate, "k", "old");
    isolate.health = "fails";
    await world.over(isolate.request().invalidateTag("t"));
    isolate.health = "well";
    await world.time.advance(5_000);
    if (next === "invalidate") await world.over(isolate.request().invalidateTag("u"));
    else {
      world.log.add("cache", { kind: "tag", tag: "v" });
      isolate.hear(1);
      await get(world, isolate, "another", "");
    }
    await world.time.settle();
    expect(unpublished(isolate)).toBe(0);
    expect(isolate.sent.at(-1)).toEqual([{ kind: "tag", tag: "t" }]);
  }
});

test("while Tachograph cannot be reached one request in five seconds tries", async () => {
  const world = new CacheWorld();
  const isolate = world.isolate();
  await lookUp(world, isolate);
  isolate.health = "fails";
  await world.over(isolate.request().invalidateTag("t"));
  for (let second = 0; second < 20; second += 1) {
    await world.time.advance(1_000);
    await lookUp(world, isolate, 5);
  }
  expect(isolate.sent.length - 1).toBe(4);
  expect(isolate.recorder.failures).toContain("cache invalidation: the feed is down");
});

test("after it hung nobody waits for it, but one each time that a pause is over", async () => {
  const world = new CacheWorld();
  const isolate = world.isolate();
  await get(world, isolate, "k", "old");
  const { time } = world;
  let tags = 0;
  const waitedMs = async (): Promise<number> => {
    const at = time.now;
    const tag = `t${(tags += 1)}`;
    const answer = await world.over(isolate.request().invalidate([{ kind: "tag", tag }]));
    expect(answer).toMatchObject({ isPublished: false, detail: expect.any(String) });
    return time.now - at;
  };
  isolate.health = "hangs";
  expect(await Promise.all([waitedMs(), waitedMs()])).toEqual([5_000, 5_000]);
  expect([await waitedMs(), await waitedMs()]).toEqual([0, 0]);
  await time.advance(4_999);
  expect(await waitedMs()).toBe(0);
  await time.advance(1);
  // One tries by itself, and whoever comes meanwhile does not wait for it.
  const at = time.now;
  const one = isolate.request().invalidateTag("one");
  await time.settle();
  expect(await waitedMs()).toBe(0);
  await world.over(one);
  expect(time.now - at).toBe(5_000);
  await time.advance(9_000);
  expect(await waitedMs()).toBe(0);
  // In this isolate all of them hold at once.
  expect(await world.over(isolate.request().invalidateTag("t"))).toMatchObject({
    isPublished: false,
    detail: "Tachograph could not be reached a moment ago: it is sent in the background",
  });
  expect(await get(world, isolate, "k", "new")).toBe("new");
  const unsent = unpublished(isolate);
  expect(unsent).toBe(tags + 2);
  // Well again: the next attempt of the background, which no lookup waits for, sends all of them.
  isolate.health = "well";
  for (let second = 0; second < 11; second += 1) {
    const from = time.now;
    await lookUp(world, isolate);
    expect(time.now - from).toBe(0);
    await time.advance(1_000);
  }
  expect(unpublished(isolate)).toBe(0);
  expect(await world.over(isolate.request().invalidateTag("u"))).toMatchObject({
    isPublished: true,
  });
});

test("nobody waits beside an attempt of the background", async () => {
  const world = new CacheWorld();
  const isolate = world.isolate();
  await lookUp(world, isolate);
  isolate.health = "hangs";
  await world.over(isolate.request().invalidateTag("t"));
  await world.time.advance(5_000);
  // The pause is over, but now a lookup has it sent.
  await lookUp(world, isolate);
  expect(isolate.sent).toHaveLength(2);
  expect(await world.over(isolate.request().invalidateTag("u"), 0)).toMatchObject({
    isPublished: false,
  });
  expect(isolate.sent).toHaveLength(2);
});

test("an attempt that is late and then fails is one failure", async () => {
  const world = new CacheWorld();
  const isolate = world.isolate();
  const { time } = world;
  // As a client does that gives up for good after some seconds.
  isolate.feed.invalidate = (_cache, scopes) => {
    isolate.sent.push(scopes);
    const late = { ok: false, reason: "unavailable", detail: "late" } as const;
    return new Promise((resolve) => void time.timer(() => resolve(late), 10_001));
  };
  await world.over(isolate.request().invalidateTag("t"));
  await time.advance(5_002);
  // So the pause of five seconds is over, and no longer one has begun.
  await world.over(isolate.request().invalidateTag("u"));
  expect(isolate.sent).toHaveLength(2);
});

test("while nothing is looked up, the next invalidations send what waits", async () => {
  const world = new CacheWorld();
  const isolate = world.isolate();
  await lookUp(world, isolate);
  isolate.health = "fails";
  await world.over(isolate.request().invalidateTag("t"));
  await world.time.advance(5_000);
  // It fails again, so the pause is twice as long.
  await world.over(isolate.request().invalidateTag("u"));
  await world.time.advance(5_000);
  isolate.health = "well";
  const answer = await world.over(isolate.request().invalidateTag("v"));
  expect(answer).toMatchObject({ isPublished: false });
  await world.time.settle();
  expect(unpublished(isolate)).toBe(0);
  expect(isolate.sent.at(-1)).toHaveLength(3);
});

test("a clock that goes back does not keep it from being sent, or read", async () => {
  const world = new CacheWorld();
  const isolate = world.isolate();
  await lookUp(world, isolate);
  isolate.health = "fails";
  await world.over(isolate.request().invalidateTag("t"));
  world.log.add("cache", { kind: "tag", tag: "of another" });
  isolate.hear(1);
  // In vain.
  await lookUp(world, isolate);
  isolate.health = "well";
  const reads = isolate.reads;
  world.time.now -= 12 * 3_600_000;
  await lookUp(world, isolate);
  await world.time.settle();
  expect([unpublished(isolate), isolate.reads]).toEqual([0, reads + 1]);
});

test("an answer that never comes is waited for before it is sent again", async () => {
  const world = new CacheWorld();
  const isolate = world.isolate();
  await lookUp(world, isolate);
  isolate.health = "hangs";
  expect(await world.over(isolate.request().invalidateTag("t"))).toMatchObject({
    isPublished: false,
    detail: "no answer within 5000 ms: it may be published yet",
  });
  isolate.health = "well";
  await lookUp(world, isolate);
  expect(isolate.sent).toHaveLength(1);
  await world.time.advance(5_000);
  await lookUp(world, isolate);
  expect([isolate.sent.length, unpublished(isolate)]).toEqual([2, 0]);
});

test("many are sent a hundred at a time, each scope once, one request after the other", async () => {
  const world = new CacheWorld();
  const isolate = world.isolate();
  await lookUp(world, isolate);
  isolate.health = "fails";
  const tags = Array.from({ length: 250 }, (_, i) => `t${i}`);
  await world.over(Promise.all(tags.map((tag) => isolate.request().invalidateTag(tag))));
  await world.over(isolate.request().invalidateTag("t0"));
  expect(unpublished(isolate)).toBe(250);
  isolate.health = "well";
  const before = isolate.sent.length;
  await world.time.advance(5_000);
  await lookUp(world, isolate);
  await world.time.advance(10);
  const sent = isolate.sent.slice(before);
  expect(sent.map((scopes) => scopes.length)).toEqual([MAX_REQUEST_SCOPES, MAX_REQUEST_SCOPES, 50]);
  expect(world.log.entries).toHaveLength(250);
  expect(unpublished(isolate)).toBe(0);
});

test("more than a thousand become one of everything, after which KV is of use again", async () => {
  const world = new CacheWorld();
  const isolate = world.isolate();
  await get(world, isolate, "k", "old");
  isolate.health = "fails";
  for (let round = 0; round < 11; round += 1) {
    const scopes = Array.from({ length: 100 }, (_, i) => ({
      kind: "tag" as const,
      tag: `${round}-${i}`,
    }));
    await world.over(isolate.request().invalidate(scopes));
  }
  expect(unpublished(isolate)).toBeLessThanOrEqual(1_000);
  expect(await get(world, isolate, "k", "new")).toBe("new");
  isolate.health = "well";
  await world.time.advance(5_000);
  await lookUp(world, isolate);
  await world.time.advance(10);
  expect(unpublished(isolate)).toBe(0);
  expect(world.log.entries[0]?.scope).toEqual({ kind: "all" });
  // What another isolate stores from now on is found.
  await get(world, world.isolate(), "shared", "theirs");
  await world.time.settle();
  expect(await get(world, isolate, "shared", "mine")).toBe("theirs");
});

test("one that dies while it publishes leaves it to a later request", async () => {
  const world = new CacheWorld();
  const isolate = world.isolate();
  await lookUp(world, isolate);
  isolate.health = "hangs";
  void isolate.request().invalidateTag("t");
  await world.time.settle();
  world.time.kill(() => true);
  isolate.health = "well";
  await world.time.advance(9_999);
  await lookUp(world, isolate);
  expect(isolate.sent).toHaveLength(1);
  await world.time.advance(10);
  await lookUp(world, isolate);
  expect(unpublished(isolate)).toBe(0);
});

test("what Tachograph will never take is not sent again, and stays invalid here", () => {
  const own = new OwnInvalidations();
  own.refused(own.add([{ kind: "tag", tag: "t" }], 0));
  expect(own.takeDue(1, 2)).toEqual([]);
  expect(own.isInvalid("k", ["t"], 0)).toBe(true);
});
