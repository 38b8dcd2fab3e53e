import { createExecutionContext, createMessageBatch, getQueueResult } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, expect, test } from "vitest";
import { instrumentConsumer } from "../../src/client/queue/instrument-consumer.ts";
import { instrumentQueue } from "../../src/client/queue/instrument-queue.ts";
import { MemoryRecorder } from "../support/memory-recorder.ts";

const recorder = new MemoryRecorder();
const wrapped = instrumentQueue(env.CLIENT_QUEUE, recorder);

afterEach(() => {
  recorder.take();
  expect(recorder.failures.splice(0)).toEqual([]);
});

async function endingOf(call: () => unknown): Promise<unknown> {
  try {
    const result = call();
    try {
      return { how: result instanceof Promise ? "answered" : "returned", what: await result };
    } catch (error) {
      return { how: "rejected", what: String(error) };
    }
  } catch (error) {
    return { how: "threw", what: String(error) };
  }
}

/** How it ended, without what counts on while the queue fills. */
async function kindOf(call: () => unknown): Promise<unknown> {
  const ending = await endingOf(call);
  return JSON.parse(JSON.stringify(ending), (_, value: unknown) =>
    typeof value === "number" || (typeof value === "string" && /^\d{4}-/.test(value)) ? "?" : value,
  );
}

const sends: readonly (() => readonly unknown[])[] = [
  () => ["text"],
  () => [{ a: [1, new Date(0), new Map([[1, 2]])] }],
  () => [null],
  () => ["text", { contentType: "text" }],
  () => [new Uint8Array(3), { contentType: "bytes" }],
  () => [{ a: 1 }, { contentType: "json", delaySeconds: 1 }],
  // From here on, what is refused.
  () => [undefined],
  () => [],
  () => [7, { contentType: "text" }],
  () => ["text", { contentType: "bytes" }],
  () => ["text", { contentType: "xml" }],
  () => ["text", { delaySeconds: -1 }],
  () => ["text", { delaySeconds: 100_000 }],
  () => ["text", "no options"],
  () => [() => "a function is no message"],
  () => ["x".repeat(200_000)],
];

const batches: readonly (() => readonly unknown[])[] = [
  () => [[{ body: 1 }, { body: "two", contentType: "text" }]],
  () => [new Set([{ body: 1 }])],
  () => [[{ body: 1 }], { delaySeconds: 1 }],
  () => [Array.from({ length: 100 }, (_, body) => ({ body }))],
  () => [[]],
  () => [Array.from({ length: 101 }, (_, body) => ({ body }))],
  () => [[{ body: undefined }]],
  () => [["no message"]],
  () => [{ body: 1 }],
  () => [undefined],
  () => [],
];

test.each([
  ["send", "send", sends],
  ["sendBatch", "send-batch", batches],
] as const)(
  "every %s ends as the bare one does, and is recorded",
  async (method, operation, all) => {
    const on = (queue: Queue, args: readonly unknown[]): Promise<unknown> =>
      kindOf(() => Reflect.apply(Reflect.get(queue, method), queue, args));
    const outcomes = new Set<string | undefined>();
    for (const argsOf of all) {
      const bare = await on(env.CLIENT_QUEUE, argsOf());
      expect(await on(wrapped, argsOf())).toEqual(bare);
      const [taken, ...more] = recorder.take();
      const isAnswered = JSON.stringify(bare).startsWith('{"how":"answered"');
      expect(taken).toBe(`${operation} ${isAnswered ? "ok" : "error"}`);
      expect(more).toEqual([]);
      outcomes.add(taken);
    }
    expect(outcomes.size, "some are refused, some are not").toBe(2);
  },
);

test("an iterable is read once, and by nobody but the queue", async () => {
  let read = 0;
  function* messages(): Generator<MessageSendRequest> {
    for (read = 0; read < 3; read += 1) yield { body: read };
  }
  const once = messages();
  await wrapped.sendBatch(once);
  expect([read, once.next().done]).toEqual([3, true]);
});

test("all else is the bare queue's", async () => {
  expect(await kindOf(() => wrapped.metrics())).toEqual(
    await kindOf(() => env.CLIENT_QUEUE.metrics()),
  );
  expect(recorder.take()).toEqual([]);
  expect(wrapped.constructor).toBe(env.CLIENT_QUEUE.constructor);
});

/** A handler for each way in which messages are decided on. */
const handlers: Readonly<Record<string, (batch: MessageBatch) => void | Promise<void>>> = {
  "says nothing": () => undefined,
  "acks and retries": ({ messages: [one, two, three] }) => {
    one?.ack();
    two?.retry({ delaySeconds: 5 });
    three?.ack();
    three?.retry();
  },
  "retries all but one": async (batch) => {
    await Promise.resolve();
    batch.messages[1]?.ack();
    batch.retryAll({ delaySeconds: 1 });
    batch.messages[0]?.ack();
  },
  "acks all but one": (batch) => {
    batch.messages[1]?.retry();
    batch.ackAll();
    batch.retryAll();
    batch.messages[2]?.retry();
  },
};

test.each(Object.entries(handlers))(
  "a wrapped handler that %s settles as the bare one",
  async (_, handle) => {
    const settle = async (
      queue: (batch: MessageBatch, env: unknown, ctx: ExecutionContext) => unknown,
    ) => {
      const messages = ["a", "b", "c"].map((id, at) => ({
        id,
        timestamp: at,
        attempts: 1,
        body: id,
      }));
      const batch = createMessageBatch("jobs", messages);
      const ctx = createExecutionContext();
      await queue(batch, {}, ctx);
      return getQueueResult(batch, ctx);
    };
    expect(await settle(instrumentConsumer(handle))).toEqual(await settle(handle));
  },
);

test("the handler is given the very batch, with everything as it was", async () => {
  const batch = createMessageBatch("jobs", [
    { id: "a", timestamp: 1, attempts: 2, body: { x: 1 } },
  ]);
  const [message] = batch.messages;
  const before = { names: Object.keys(batch), own: message && Object.keys(message) };
  const ctx = createExecutionContext();
  const given: unknown[] = [];
  await instrumentConsumer((...args: unknown[]) => void given.push(...args))(batch, { x: 1 }, ctx);
  expect(given[0]).toBe(batch);
  expect(given[2]).toBe(ctx);
  expect(batch.messages[0]).toBe(message);
  expect({ names: Object.keys(batch), own: message && Object.keys(message) }).toEqual(before);
  const ack: unknown = message && Reflect.get(message, "ack");
  if (typeof ack !== "function") throw new TypeError("there is no ack()");
  expect([ack.name, ack.length]).toEqual(["ack", 0]);
  expect(() => Reflect.apply(ack, {}, [])).toThrow("Illegal invocation");
});

test("what the handler throws is thrown, at once or later, and as it is", async () => {
  const error = new Error("mine");
  const batch = createMessageBatch("jobs", []);
  const consume = instrumentConsumer(() => {
    throw error;
  });
  expect(() => consume(batch, {}, createExecutionContext())).toThrow(error);
  const later = instrumentConsumer(() => Promise.reject(error));
  await expect(later(batch, {}, createExecutionContext())).rejects.toBe(error);
});
