import {
  createExecutionContext,
  createMessageBatch,
  createScheduledController,
  getQueueResult,
  waitOnExecutionContext,
} from "cloudflare:test";
import { env as testEnv } from "cloudflare:workers";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { instrumentHandler } from "../../src/client/handler/instrument-handler.ts";
import { tachograph } from "../../src/client/tachograph.ts";
import type { TachographBinding } from "../../src/wire/report.ts";
import { streamFilter } from "../../src/stream/stream-filter.ts";
import type { ApiLive } from "./api.ts";
import { coordinatorOf, setClockAhead, stopClock } from "./api.ts";
import { ownTracker } from "./own-bindings.ts";

interface Env {
  readonly TACHOGRAPH: TachographBinding;
  readonly DB: D1Database;
  readonly CACHE: KVNamespace;
  readonly JOBS: Queue<Job>;
  readonly GREETING: string;
}

interface Job {
  readonly id: number;
}

const { CLIENT_DB, CLIENT_KV, CLIENT_QUEUE } = testEnv;
const TRACKER = ownTracker();
const env: Env = {
  TACHOGRAPH: TRACKER,
  DB: CLIENT_DB,
  CACHE: CLIENT_KV,
  JOBS: CLIENT_QUEUE,
  GREETING: "hello",
};

beforeAll(async () => {
  setClockAhead();
  await CLIENT_DB.exec("CREATE TABLE handled (id INTEGER PRIMARY KEY)");
});
afterAll(() => vi.useRealTimers());

const worker = {
  async fetch(request, given): Promise<Response> {
    const { pathname } = new URL(request.url);
    if (pathname === "/fails") return new Response("sorry", { status: 503 });
    if (pathname === "/throws") throw new TypeError("mine");
    await given.CACHE.get("absent");
    await given.DB.prepare("INSERT INTO handled DEFAULT VALUES").run();
    await given.JOBS.send({ id: 1 });
    return new Response(given.GREETING);
  },
  async scheduled(controller, given): Promise<void> {
    await given.CACHE.put("last-run", String(controller.scheduledTime));
  },
  async queue(batch): Promise<void> {
    for (const message of batch.messages) {
      if (message.body.id === 2) message.retry();
    }
  },
} satisfies ExportedHandler<Env, Job>;

// What a user writes is this, and it still is a Worker of the same types.
const instrumented = instrumentHandler(worker, { d1: ["DB"], kv: ["CACHE"], queues: ["JOBS"] });
instrumented satisfies ExportedHandler<Env, Job>;

/** How many timings each series of `bound-acme` had in the last minute, and how many failed. */
async function countsOf(target: string): Promise<Record<string, number | undefined>> {
  const live = JSON.parse(await coordinatorOf("bound-acme").live(streamFilter({}))) as ApiLive;
  const series = live.series.filter((one) => one.target === target);
  return Object.fromEntries(
    series.map(({ operation, windows }) => [operation, windows["1m"]?.count]),
  );
}

const requestOf = (path: string): Request<unknown, IncomingRequestCfProperties> =>
  new Request(`https://example.com${path}`);

test("a Worker in three lines: what its handlers and bindings do arrives in Tachograph", async () => {
  const statuses: (number | string)[] = [];
  const requests: ExecutionContext[] = [];
  for (const path of ["/", "/", "/fails", "/throws"]) {
    const ctx = createExecutionContext();
    try {
      statuses.push((await instrumented.fetch(requestOf(path), env, ctx)).status);
    } catch (error) {
      statuses.push(String(error));
    }
    requests.push(ctx);
  }
  await Promise.all(requests.map((ctx) => waitOnExecutionContext(ctx)));
  expect(statuses).toEqual([200, 200, 503, "TypeError: mine"]);

  const scheduledCtx = createExecutionContext();
  await instrumented.scheduled(createScheduledController({ scheduledTime: 7 }), env, scheduledCtx);
  await waitOnExecutionContext(scheduledCtx);
  expect(await CLIENT_KV.get("last-run")).toBe("7");

  const ctx = createExecutionContext();
  const timestamp = Date.now() - 1_000;
  const messages = [1, 2, 3].map((id) => ({ id: `m${id}`, timestamp, attempts: id, body: { id } }));
  const batch = createMessageBatch<Job>("jobs", messages);
  await instrumented.queue(batch, env, ctx);
  expect(await getQueueResult(batch, ctx)).toMatchObject({ retryMessages: [{ msgId: "m2" }] });

  expect(await countsOf("worker")).toEqual({ fetch: 4, "*": 4 });
  expect(await countsOf("kv")).toMatchObject({ get: 2, put: 1 });
  const background = { batch: 1, scheduled: 1 };
  expect(await countsOf("queue")).toMatchObject({ ...background, send: 2, wait: 3, process: 3 });
  expect((await countsOf("d1"))["*"]).toBe(2);
  const { lastFailure, refused } = tachograph(TRACKER, createExecutionContext()).stats();
  expect({ lastFailure, refused }).toEqual({ lastFailure: undefined, refused: {} });
});

test("a Worker whose Tachograph is missing or away works, and is not kept awake for it", async () => {
  const away: TachographBinding = {
    report: () => Promise.reject(new Error("away")),
    permit: () => Promise.reject(new Error("away")),
  };
  const { TACHOGRAPH: _, ...bare } = env;
  // Nothing falls due any more, so whoever waited for a repeat would wait for ever.
  vi.useRealTimers();
  stopClock();
  for (const given of [bare, { ...bare, TACHOGRAPH: away }] as Env[]) {
    const ctx = createExecutionContext();
    await instrumented.scheduled(createScheduledController(), given, ctx);
    const batch = createMessageBatch<Job>("jobs", [
      { id: "m2", timestamp: 0, attempts: 1, body: { id: 2 } },
    ]);
    await instrumented.queue(batch, given, ctx);
    expect(await getQueueResult(batch, ctx)).toMatchObject({ retryMessages: [{ msgId: "m2" }] });
  }
  expect(tachograph(away, createExecutionContext()).stats()).toMatchObject({
    recorded: 5,
    acknowledged: 0,
    lastFailure: expect.any(String),
  });
});

test("four batches with a Tachograph that hangs wait half a second for it, once", async () => {
  let hangs = true;
  let aheadMs = 0;
  const hanging: TachographBinding = {
    ...TRACKER,
    report: async (request) => (hangs ? new Promise(() => undefined) : TRACKER.report(request)),
  };
  const fired: number[] = [];
  const client = {
    clock: () => Date.now() + aheadMs,
    timer: (callback: () => void, delayMs: number) => {
      const id = setTimeout(() => {
        fired.push(delayMs);
        callback();
      }, delayMs);
      return () => clearTimeout(id);
    },
  };
  const records = {
    async queue(_batch, given, ctx): Promise<void> {
      tachograph(given.TACHOGRAPH, ctx).record("meta", "events", 1);
    },
  } satisfies ExportedHandler<Env, Job>;
  const handler = instrumentHandler(records, { client });
  const given = { ...env, TACHOGRAPH: hanging };
  for (let number = 0; number < 4; number += 1) {
    const ctx = createExecutionContext();
    const messages = [{ id: `m${number}`, timestamp: Date.now(), attempts: 1, body: { id: 1 } }];
    const batch = createMessageBatch<Job>("jobs", messages);
    await handler.queue(batch, given, ctx);
    // It is over when nothing is left in waitUntil.
    expect(await getQueueResult(batch, ctx)).toMatchObject({ explicitAcks: [] });
  }
  expect(fired, "what was waited for, in milliseconds").toEqual([500]);
  const tacho = tachograph(hanging, createExecutionContext());
  expect(tacho.stats()).toMatchObject({ recorded: 16, buffered: 16, acknowledged: 0 });
  // Who sent the first report is dead as far as anybody knows, and so is its report.
  hangs = false;
  aheadMs = 10_000;
  await tacho.flush();
  expect(tacho.stats()).toMatchObject({ acknowledged: 16, buffered: 0, givenUp: 0 });
});
