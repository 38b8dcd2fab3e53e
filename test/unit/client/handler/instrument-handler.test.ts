import { expect, expectTypeOf, test, vi } from "vitest";
import { instrumentHandler } from "../../../../src/client/handler/instrument-handler.ts";
import type { InstrumentHandlerOptions } from "../../../../src/client/handler/instrument-handler.ts";
import { tachograph } from "../../../../src/client/tachograph.ts";
import { OUTCOMES } from "../../../../src/outcome.ts";
import { ModelServer } from "../model-server.ts";
import { VirtualTime } from "../virtual-time.ts";

interface Env {
  readonly TACHOGRAPH: ModelServer;
  readonly CACHE: KVNamespace<"a" | "b">;
  readonly JOBS: Queue<number>;
  readonly DB?: D1Database;
  readonly LIMIT: string;
}

/** The bindings as far as these tests call them. */
function bindings(server: ModelServer): Env {
  const values = {
    TACHOGRAPH: server,
    CACHE: {
      get: vi.fn<(key: string) => Promise<string | null>>(async (key) =>
        key === "a" ? "1" : null,
      ),
      getWithMetadata: () => undefined,
    },
    JOBS: { send: () => Promise.reject(new Error("queue is full")), sendBatch: () => undefined },
    LIMIT: "7",
  };
  return values as unknown as Env;
}

class Kept {
  readonly promises: Promise<unknown>[] = [];
  readonly passThroughOnException = vi.fn<() => void>();
  readonly props = { from: "a test" };

  waitUntil(promise: Promise<unknown>): void {
    this.promises.push(promise);
  }

  /** Waits for all of them, those that come meanwhile included, as the runtime does. */
  async allOver(): Promise<void> {
    for (let count = -1; count < this.promises.length;) {
      count = this.promises.length;
      await Promise.all(this.promises);
    }
  }
}

interface World {
  readonly server: ModelServer;
  readonly time: VirtualTime;
  readonly env: Env;
  readonly options: InstrumentHandlerOptions<Env>;
  readonly context: ExecutionContext;
  /** Sends what is buffered; then each timing that arrived, as `target/operation outcome`. */
  readonly arrived: () => Promise<string[]>;
}

function world(): World {
  const time = new VirtualTime();
  const server = new ModelServer(time);
  const client = {
    clock: time.clock,
    stopwatch: time.clock,
    timer: time.timer,
    random: () => 0.5,
    reporter: () => "iso-test",
  };
  const context = new Kept() as unknown as ExecutionContext;
  const arrived = async (): Promise<string[]> => {
    await tachograph(server, context).flush();
    return server.requests.flatMap(({ reports }) =>
      reports.flatMap(({ target, columns }) =>
        [...columns.operationIndex].map((at, index) => {
          const outcome = OUTCOMES[columns.outcome[index] ?? -1];
          return `${target}/${columns.operations[at]} ${outcome}`;
        }),
      ),
    );
  };
  return { server, time, env: bindings(server), options: { client }, context, arrived };
}

const requestOf = (url = "https://example.com/"): Request<unknown, IncomingRequestCfProperties> =>
  new Request(url) as Request<unknown, IncomingRequestCfProperties>;

test.each([
  [200, "ok"],
  [304, "ok"],
  [404, "ok"],
  [429, "ok"],
  [500, "error"],
  [503, "error"],
])("a response with status %d is %s, and is the very one", async (status, outcome) => {
  const { env, options, context, arrived } = world();
  const response = new Response(null, { status });
  const { fetch } = instrumentHandler<Env>({ fetch: async () => response }, options);
  expect(await fetch?.(requestOf(), env, context)).toBe(response);
  expect(await arrived()).toEqual([`worker/fetch ${outcome}`]);
});

test("what answers at once does so, and what throws at once or later throws the same", async () => {
  const { env, options, context, arrived } = world();
  const response = new Response("now");
  const now = instrumentHandler<Env>({ fetch: () => response }, options);
  expect(now.fetch?.(requestOf(), env, context)).toBe(response);
  for (const error of [new Error("mine"), new DOMException("late", "TimeoutError"), undefined, 7]) {
    const throws = (): never => {
      throw error;
    };
    const { fetch } = instrumentHandler<Env>({ fetch: throws }, options);
    let thrown: unknown = "nothing";
    try {
      void fetch?.(requestOf(), env, context);
    } catch (caught) {
      thrown = caught;
    }
    expect(thrown).toBe(error);
    const later = instrumentHandler<Env>({ fetch: async () => throws() }, options);
    await expect(later.fetch?.(requestOf(), env, context)).rejects.toBe(error);
  }
  const outcomes = (await arrived()).map((timing) => timing.split(" ")[1]);
  const twice = (outcome: string): string[] => [outcome, outcome];
  expect(outcomes).toEqual(["ok", ...["error", "timeout", "error", "error"].flatMap(twice)]);
});

test("what is no response is passed on, and is an error", async () => {
  const { env, options, context, arrived } = world();
  const handler = { fetch: async () => undefined } as unknown as ExportedHandler<Env>;
  expect(
    await instrumentHandler(handler, options).fetch?.(requestOf(), env, context),
  ).toBeUndefined();
  expect(await arrived()).toEqual(["worker/fetch error"]);
});

test("operationOf names the request; where it cannot, that is counted and it is fetch", async () => {
  const { env, options, context, arrived, server } = world();
  const operationOf = (request: Request): string => {
    const { pathname } = new URL(request.url);
    if (pathname === "/throws") throw new Error("no route");
    return pathname.slice(1);
  };
  const handler: ExportedHandler<Env> = {
    fetch: async (request) => new Response(await request.text()),
  };
  const { fetch } = instrumentHandler(handler, { ...options, operationOf, target: "shop" });
  for (const path of ["orders", "throws", "No%20Name"]) {
    await fetch?.(requestOf(`https://example.com/${path}`), env, context);
  }
  expect(await arrived()).toEqual(["shop/orders ok", "shop/fetch ok", "shop/fetch ok"]);
  expect(tachograph(server, context).stats()).toMatchObject({
    failures: 2,
    lastFailure: 'operationOf: "No%20Name" is no name, see NAME_PATTERN',
  });
});

test("the time is that until the response is here", async () => {
  const { env, options, context, time, server } = world();
  const { promise, resolve } = Promise.withResolvers<Response>();
  const { fetch } = instrumentHandler<Env>({ fetch: () => promise }, options);
  const answer = fetch?.(requestOf(), env, context);
  time.now += 250;
  resolve(new Response("x"));
  await answer;
  await tachograph(server, context).flush();
  expect([...(server.requests[0]?.reports[0]?.columns.durationUs ?? [])]).toEqual([250_000]);
});

test("the handler gets the very context, and its own object as this", async () => {
  const { env, options, context } = world();
  const seen: unknown[] = [];
  const handler = {
    fetch(this: unknown, ...args: unknown[]) {
      seen.push(this, ...args);
      return new Response("x");
    },
  };
  const request = requestOf();
  await instrumentHandler<Env>(handler, options).fetch?.(request, env, context);
  expect(seen).toEqual([handler, request, env, context]);
  expect(seen[0]).toBe(handler);
  expect(seen[2], "no binding is named: the very env").toBe(env);
  expect(seen[3]).toBe(context);
  expect(Reflect.get(context, "passThroughOnException")).not.toHaveBeenCalled();
});

test("other handlers are the bare ones, and absent handlers stay absent", () => {
  const email = async (): Promise<void> => undefined;
  const handler = { email, tail: () => undefined, version: 3 };
  const instrumented = instrumentHandler<Env>(handler, world().options);
  expect(instrumented.email).toBe(email);
  expect(instrumented.tail).toBe(handler.tail);
  expect(Object.keys(instrumented)).toEqual(["email", "tail", "version"]);
  expect("fetch" in instrumented).toBe(false);
});

test("an instance of a class keeps its private state, and a frozen handler works", async () => {
  const { env, options, context } = world();
  class Counter {
    #count = 0;
    fetch(): Response {
      this.#count += 1;
      return new Response(String(this.#count));
    }
    tail(): void {
      this.#count += 10;
    }
  }
  const counter = instrumentHandler<Env>(new Counter(), options);
  await counter.fetch?.(requestOf(), env, context);
  await counter.tail?.([], env, context);
  expect(await (await counter.fetch?.(requestOf(), env, context))?.text()).toBe("12");
  expect(counter).toBeInstanceOf(Counter);
  const frozen = Object.freeze({ fetch: () => new Response("frozen") });
  const thawed = instrumentHandler<Env>(frozen, options);
  expect(await (await thawed.fetch?.(requestOf(), env, context))?.text()).toBe("frozen");
});

test("a class is refused when the Worker starts, with what to do instead", () => {
  class Entrypoint {
    fetch(): Response {
      return new Response("x");
    }
  }
  for (const wrong of [Entrypoint, undefined, null, "worker"]) {
    const handler = wrong as unknown as ExportedHandler;
    expect(() => instrumentHandler(handler)).toThrow(
      /takes an object of handlers.*tachograph\(env/,
    );
  }
});

test("named bindings are instrumented, once for each invocation, and all else of env is as it was", async () => {
  const { env, options, context, arrived } = world();
  const seen: Env[] = [];
  const handler = {
    async fetch(_request, given): Promise<Response> {
      seen.push(given);
      expect(given.CACHE).toBe(given.CACHE);
      await given.CACHE.get("a");
      await given.CACHE.get("b");
      await expect(given.JOBS.send(1)).rejects.toThrow("queue is full");
      return new Response(given.LIMIT);
    },
  } satisfies ExportedHandler<Env>;
  const named = { kv: { CACHE: { target: "kv.sessions" } }, queues: ["JOBS"] } as const;
  const instrumented = instrumentHandler(handler, { ...options, ...named });
  await instrumented.fetch(requestOf(), env, context);
  expect((await arrived()).toSorted()).toEqual([
    "kv.sessions/get hit",
    "kv.sessions/get miss",
    "queue/send error",
    "worker/fetch ok",
  ]);
  await instrumented.fetch(requestOf(), env, context);
  const [first, second] = seen;
  if (first === undefined || second === undefined) throw new Error("it was called twice");
  expect(first.CACHE, "what is recorded belongs to one invocation").not.toBe(second.CACHE);
  expect(Object.keys(first)).toEqual(Object.keys(env));
  expect("DB" in first).toBe(false);
  expect(first.TACHOGRAPH).toBe(env.TACHOGRAPH);
  const copy = { ...first };
  expect(copy.CACHE).toBe(first.CACHE);
  expect(copy.LIMIT).toBe("7");
});

test("what is written to env is there, and a binding that is replaced is instrumented as well", async () => {
  const { env, options, context, arrived } = world();
  const handler: ExportedHandler<Env> = {
    async fetch(_request, given) {
      await given.CACHE.get("a");
      const replaced = { ...given.CACHE, get: async () => null };
      Object.assign(given, { CACHE: replaced, LIMIT: "8" });
      await given.CACHE.get("a");
      return new Response(given.LIMIT);
    },
  };
  const { fetch } = instrumentHandler(handler, { ...options, kv: ["CACHE"] });
  const response = await fetch?.(requestOf(), env, context);
  expect(await response?.text()).toBe("8");
  expect(env.LIMIT).toBe("8");
  expect((await arrived()).toSorted()).toEqual(["kv/get hit", "kv/get miss", "worker/fetch ok"]);
});

test("a binding that is missing, of another kind or frozen stays as it is, and that is counted", async () => {
  const { env, options, context, server } = world();
  const seen: unknown[] = [];
  const handler: ExportedHandler<Env> = {
    fetch(_request, given) {
      seen.push(given.DB, given.CACHE, given.JOBS);
      return new Response("x");
    },
  };
  const wrong = { d1: ["DB"], queues: ["CACHE"] } as unknown as InstrumentHandlerOptions<Env>;
  await instrumentHandler(handler, { ...options, ...wrong }).fetch?.(requestOf(), env, context);
  const frozen = Object.freeze({ ...env });
  const named: InstrumentHandlerOptions<Env> = { ...options, queues: ["JOBS"] };
  await instrumentHandler(handler, named).fetch?.(requestOf(), frozen, context);
  expect(seen).toEqual([undefined, env.CACHE, env.JOBS, undefined, env.CACHE, env.JOBS]);
  expect(seen[2]).toBe(env.JOBS);
  expect(seen[5]).toBe(env.JOBS);
  expect(tachograph(server, context).stats()).toMatchObject({
    failures: 3,
    lastFailure: "env.JOBS: it is frozen",
  });
});

test("a Worker without a Tachograph, without a context or with a wrong binding works", async () => {
  const { options, context } = world();
  const handler: ExportedHandler<Env> = {
    fetch: () => new Response("x"),
    scheduled: () => undefined,
    queue: () => undefined,
  };
  const throwing = (): never => {
    throw new Error("no such binding");
  };
  const nothing = undefined as unknown as ExecutionContext;
  const envs = [{}, undefined, null, 7, { TACHOGRAPH: "text" }] as unknown as Env[];
  const batch = { messages: [] } as unknown as MessageBatch;
  for (const binding of [undefined, () => undefined, throwing]) {
    const { fetch, scheduled, queue } = instrumentHandler(handler, { ...options, binding });
    for (const env of envs) {
      for (const ctx of [context, nothing]) {
        expect((await fetch?.(requestOf(), env, ctx))?.status).toBe(200);
        await scheduled?.({ scheduledTime: 0, cron: "", noRetry: () => undefined }, env, ctx);
        await queue?.(batch, env, ctx);
      }
    }
  }
});

test("the types are those of the handler, and only bindings of the kind can be named", () => {
  const handler = {
    fetch: (_request: Request, env: Env) => new Response(env.LIMIT),
  } satisfies ExportedHandler<Env>;
  const instrumented = instrumentHandler(handler, { kv: ["CACHE"], d1: ["DB"], queues: ["JOBS"] });
  expectTypeOf(instrumented.fetch).toBeCallableWith(requestOf(), bindings(world().server));
  expectTypeOf(instrumented).toExtend<ExportedHandler<Env>>();
  type Named = NonNullable<InstrumentHandlerOptions<Env>["kv"]>;
  expectTypeOf<readonly "CACHE"[]>().toExtend<Named>();
  expectTypeOf<readonly "JOBS"[]>().not.toExtend<Named>();
  expectTypeOf<readonly "LIMIT"[]>().not.toExtend<Named>();
});

test("what runs in the background is of the queue's target, and never of the requests'", async () => {
  const { env, options, context, arrived } = world();
  const handler: ExportedHandler<Env> = {
    fetch: () => new Response("x"),
    scheduled: () => Promise.reject(new Error("no")),
    queue: () => undefined,
  };
  const failed = { scheduledTime: 0, cron: "", noRetry: () => undefined };
  const batch = { messages: [], queue: "jobs" } as unknown as MessageBatch;
  for (const own of [{}, { target: "shop", queueTarget: "queue.shop" }]) {
    const all = instrumentHandler(handler, { ...options, ...own });
    await all.fetch?.(requestOf(), env, context);
    await expect(all.scheduled?.(failed, env, context)).rejects.toThrow("no");
    await all.queue?.(batch, env, context);
  }
  expect((await arrived()).toSorted()).toEqual([
    "queue.shop/batch ok",
    "queue.shop/scheduled error",
    "queue/batch ok",
    "queue/scheduled error",
    "shop/fetch ok",
    "worker/fetch ok",
  ]);
});

test("scheduled and queue send what is buffered in waitUntil, and hold it no longer", async () => {
  const { env, options, server, time } = world();
  const context = new Kept();
  const handler: ExportedHandler<Env> = { scheduled: () => undefined, queue: () => undefined };
  const { scheduled, queue } = instrumentHandler(handler, options);
  const given = context as unknown as ExecutionContext;
  await scheduled?.({ scheduledTime: 0, cron: "", noRetry: () => undefined }, env, given);
  await context.allOver();
  expect(server.requests).toHaveLength(1);
  await queue?.({ messages: [], queue: "jobs" } as unknown as MessageBatch, env, given);
  await context.allOver();
  expect(server.requests).toHaveLength(2);
  expect(time.delays, "no timer is left").toEqual([]);
});

test("a Tachograph that is away holds no invocation, and later work reports as ever", async () => {
  const { env, options, server, time } = world();
  server.fates = Array.from({ length: 10 }, () => ({ kind: "throw" }) as const);
  const context = new Kept();
  const given = context as unknown as ExecutionContext;
  const late: (() => Promise<unknown>)[] = [];
  const handler: ExportedHandler<Env> = {
    scheduled: (_controller, { CACHE }) => void late.push(() => CACHE.get("a")),
  };
  const { scheduled } = instrumentHandler(handler, { ...options, kv: ["CACHE"] });
  await scheduled?.({ scheduledTime: 0, cron: "", noRetry: () => undefined }, env, given);
  await context.allOver();
  expect(tachograph(server, given).stats()).toMatchObject({ buffered: 1, acknowledged: 0 });
  server.fates = [];
  for (const work of late) await work();
  await time.advance(30_000);
  expect(tachograph(server, given).stats()).toMatchObject({ buffered: 0, acknowledged: 2 });
});
