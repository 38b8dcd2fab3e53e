import { expect, test } from "vitest";
import { SseSink } from "../../durable-objects/sse-sink.ts";
import { streamFilter } from "../../src/stream/stream-filter.ts";
import { Subscriber } from "../../src/stream/subscriber.ts";
import { HubWorld, TICK_MS, viewOf } from "../support/hub-world.ts";

const MAX_UNREAD_BYTES = 32 * 1024 * 1024;

/** A hub whose frames are long, with one subscriber who reads only when told to. */
function slowReader() {
  const world = new HubWorld(10, [viewOf("meta", "x".repeat(600_000))]);
  world.tick();
  const sink = new SseSink(() => world.hub.leave(subscriber));
  const subscriber = new Subscriber(sink, streamFilter({}));
  world.hub.join(subscriber, undefined, TICK_MS);
  const { body } = sink.response;
  if (body === null) throw new Error("there is no stream to read");
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  return { world, sink, reader };
}

/** Reads until a certain frame has come. @returns the type and the place of each. */
async function readUntil(
  reader: ReadableStreamDefaultReader<string>,
  last: string,
): Promise<string[]> {
  const frames: string[] = [];
  let place = "";
  while (frames.at(-1) !== last) {
    const { value, done } = await reader.read();
    if (done) throw new Error(`the stream ended after ${frames.length} frames`);
    // Each event is one chunk, which the decoder may cut; its head is at the beginning.
    place = /^id: [^:]+:(\d+)$/m.exec(value.slice(0, 100))?.[1] ?? place;
    const type = /^event: (\w+)$/m.exec(value.slice(0, 100))?.[1];
    if (type !== undefined) frames.push(`${type} ${place}`);
  }
  return frames;
}

test("a reader that falls asleep is skipped to the newest snapshot, and holds no memory", async () => {
  const { world, sink, reader } = slowReader();
  world.ticks(60);
  expect(sink.unreadBytes()).toBeGreaterThan(MAX_UNREAD_BYTES / 2);
  expect(sink.unreadBytes()).toBeLessThan(MAX_UNREAD_BYTES + 1024 * 1024);
  const held = sink.unreadBytes();
  world.ticks(5);
  expect(sink.unreadBytes()).toBe(held);

  // It wakes up: what it had been sent before is there without a gap.
  expect(await readUntil(reader, "tick 20")).toEqual([
    "hello 0",
    "snapshot 1",
    ...Array.from({ length: 19 }, (_, i) => `tick ${i + 2}`),
  ]);
  world.ticks(2);
  const rest = await readUntil(reader, `tick ${world.seq}`);
  expect(rest.slice(-2)).toEqual([`snapshot ${world.seq - 1}`, `tick ${world.seq}`]);
  expect(rest.filter((frame) => frame.startsWith("snapshot"))).toHaveLength(1);
  expect(world.hub.size).toBe(1);
  await reader.cancel();
});

test("a reader that never reads is sent away and leaves the hub", async () => {
  const { world, reader } = slowReader();
  world.ticks(80);
  expect(world.hub.size).toBe(1);
  world.ticks(70);
  expect(world.hub.size).toBe(0);
  await reader.cancel();
});

test("a reader that goes away leaves the hub", async () => {
  const { world, reader } = slowReader();
  await readUntil(reader, "snapshot 1");
  await reader.cancel();
  expect(world.hub.size).toBe(0);
  world.tick();
});
