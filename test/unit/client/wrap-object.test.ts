import { expect, test, vi } from "vitest";
import { bareOf } from "../../../src/client/bare-of.ts";
import { instrumentD1 } from "../../../src/client/d1/instrument-d1.ts";
import { instrumentKV } from "../../../src/client/kv/instrument-kv.ts";
import { instrumentQueue } from "../../../src/client/queue/instrument-queue.ts";
import { timeCall } from "../../../src/client/time-call.ts";
import { wrapObject } from "../../../src/client/wrap-object.ts";
import { MemoryRecorder } from "../../support/memory-recorder.ts";

/** Has private state, as a native object has: its methods work on nothing else. */
class Native {
  #calls = 0;
  readonly #name = "native";
  /** A method of a name that no interceptor has. */
  count(): number {
    return this.#calls;
  }
  get name(): string {
    return this.#name;
  }
  call(step = 1): number {
    this.#calls += step;
    return this.#calls;
  }
}

test("private state is reached through methods and getters, intercepted or not", () => {
  const seen: unknown[] = [];
  const wrapped = wrapObject(new Native(), {
    call: (call, args) => {
      seen.push(...args);
      return call();
    },
  });
  expect([wrapped.call(), wrapped.call(5), wrapped.count(), wrapped.name]).toEqual([
    1,
    6,
    6,
    "native",
  ]);
  expect(seen).toEqual([5]);
  expect(wrapped).toBeInstanceOf(Native);
  expect(wrapped.constructor).toBe(Native);
  const detached: unknown = Reflect.get(wrapped, "count");
  if (typeof detached !== "function") throw new TypeError("it is no method");
  expect(() => Reflect.apply(detached, undefined, [])).toThrow(TypeError);
  const other = new Native();
  other.call(9);
  expect(Reflect.apply(detached, other, []), "another this is left as it is").toBe(9);
});

test("what is instrumented stands for the bare object, however often and by whatever", () => {
  const recorder = new MemoryRecorder();
  const db: Pick<D1Database, "prepare"> = { prepare: () => Object.create(null) };
  const database = db as D1Database;
  const once = instrumentD1(database, recorder);
  expect(bareOf(once)).toBe(db);
  expect(bareOf(instrumentD1(once, recorder))).toBe(db);
  expect(bareOf(wrapObject(instrumentD1(wrapObject(database, {}), recorder), {}))).toBe(db);
  expect(bareOf(db)).toBe(db);
  const unreadable = new Proxy(db, {
    get: () => {
      throw new TypeError("revoked");
    },
  });
  expect(bareOf(unreadable)).toBe(unreadable);
});

test("a namespace or a queue that is wrapped again is timed once, by the later recorder", async () => {
  const bindings = { get: async () => "value", send: async () => undefined };
  const kv: Pick<KVNamespace, "get"> = bindings as never;
  const queue: Pick<Queue, "send"> = bindings as never;
  const [first, second] = [new MemoryRecorder(), new MemoryRecorder()];
  const once = instrumentKV(kv as KVNamespace, first);
  const again = instrumentKV(once, second, { target: "kv.again" });
  expect(await again.get("key")).toBe("value");
  await instrumentQueue(instrumentQueue(queue as Queue, first), second).send(1);
  expect(first.timings).toEqual([]);
  expect(second.take()).toEqual(["get hit", "send ok"]);
  await once.get("key");
  expect(first.take(), "the earlier one goes on").toEqual(["get hit"]);
});

test("names that every object has are not taken for interceptors", () => {
  const wrapped = wrapObject({ toString: () => "mine" }, {});
  expect(String(wrapped)).toBe("mine");
  expect(Object.hasOwn(wrapped, "hasOwnProperty")).toBe(false);
});

test("a method that is replaced later is used, and what is written reaches the bare object", () => {
  const bare = { call: () => "old", extra: 1 };
  const wrapped = wrapObject(bare, { call: (call) => `timed ${String(call())}` });
  expect(wrapped.call()).toBe("timed old");
  vi.spyOn(bare, "call").mockReturnValue("spied");
  expect(wrapped.call()).toBe("timed spied");
  wrapped.call = () => "written";
  expect([wrapped.call(), bare.call()]).toEqual(["timed written", "written"]);
  wrapped.extra = 2;
  expect(bare.extra).toBe(2);
});

test("a frozen object works, if without its interceptors", () => {
  const wrapped = wrapObject(Object.freeze({ call: () => "frozen" }), { call: () => "timed" });
  expect(wrapped.call()).toBe("frozen");
});

test("a binding that is missing stays missing, and that is counted", () => {
  const recorder = new MemoryRecorder();
  const nothing = undefined as unknown as KVNamespace & Queue;
  expect(instrumentKV(nothing, recorder)).toBeUndefined();
  expect(instrumentQueue(nothing, recorder)).toBeUndefined();
  expect(recorder.failures).toHaveLength(2);
});

test("a namespace that answers nonsense or at once is passed on as it is", async () => {
  const recorder = new MemoryRecorder();
  const answers: unknown[] = [
    undefined,
    7,
    [],
    new Map([["a", null]]),
    { value: undefined },
    { value: null },
  ];
  for (const answer of answers) {
    const bare = { get: () => answer, getWithMetadata: async () => answer };
    const wrapped = instrumentKV(bare as unknown as KVNamespace, recorder);
    expect(wrapped.get("a")).toBe(answer);
    expect(await wrapped.getWithMetadata(["a"])).toBe(answer);
  }
  expect(recorder.failures).toEqual([]);
  const hit = "get hit";
  expect(recorder.take().filter((_, index) => index % 2 === 0)).toEqual([
    "get miss",
    hit,
    hit,
    hit,
    hit,
    hit,
  ]);
});

test("what goes wrong in the telling is counted and reaches no caller", async () => {
  const recorder = new MemoryRecorder();
  const fails = (): never => {
    throw new Error("in the telling");
  };
  expect(timeCall(recorder, () => 7, fails)).toBe(7);
  await expect(timeCall(recorder, async () => 8, fails)).resolves.toBe(8);
  const own = new Error("the caller's own");
  await expect(timeCall(recorder, () => Promise.reject(own), fails)).rejects.toBe(own);
  const unreadable = Object.defineProperty({}, "name", { get: fails });
  await expect(
    timeCall(
      recorder,
      () => Promise.reject(unreadable),
      () => 0,
    ),
  ).rejects.toBe(unreadable);
  expect(recorder.failures).toEqual([
    ...Array<string>(3).fill("instrument: in the telling"),
    "classifyError: in the telling",
  ]);
});

test("a rejection that nobody awaits stays unhandled", async () => {
  const unhandled: unknown[] = [];
  const listen = (reason: unknown): void => void unhandled.push(reason);
  const others = process.listeners("unhandledRejection");
  process.removeAllListeners("unhandledRejection").on("unhandledRejection", listen);
  try {
    const error = new Error("nobody awaits it");
    void timeCall(
      new MemoryRecorder(),
      () => Promise.reject(error),
      () => undefined,
    );
    await new Promise((resolve) => setTimeout(resolve, 0));
    expect(unhandled).toEqual([error]);
  } finally {
    process.removeListener("unhandledRejection", listen);
    for (const other of others) process.on("unhandledRejection", other);
  }
});

test("the duration is that until the promise is settled, at most ten minutes", async () => {
  const recorder = new MemoryRecorder();
  const durations: number[] = [];
  for (const durationMs of [0, 41.5, 600_000, 900_000]) {
    const { promise, resolve } = Promise.withResolvers<number>();
    const timed = timeCall(
      recorder,
      () => promise,
      (tookMs) => void durations.push(tookMs),
    );
    recorder.at += durationMs;
    resolve(1);
    await timed;
  }
  expect(durations).toEqual([0, 41.5, 600_000, 600_000]);
});

test("a get of no keys is a call, and neither hit nor miss", async () => {
  const recorder = new MemoryRecorder();
  const bare = { get: async () => new Map() } as unknown as KVNamespace;
  await instrumentKV(bare, recorder).get([]);
  expect(recorder.take()).toEqual(["get ok"]);
});
