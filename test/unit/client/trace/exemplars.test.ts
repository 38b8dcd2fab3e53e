import { describe, expect, test } from "vitest";
import { instrumentHandler } from "../../../../src/client/handler/instrument-handler.ts";
import type { TachographBinding } from "../../../../src/client/index.ts";
import { tachograph } from "../../../../src/client/index.ts";
import { MAX_REPORT_EXEMPLARS, type OperationExemplar } from "../../../../src/exemplar.ts";
import { harness } from "../harness.ts";
import { ModelServer } from "../model-server.ts";
import { VirtualTime } from "../virtual-time.ts";

const TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
const SPAN = "00f067aa0ba902b7";
const OTHER = "a".repeat(32);
const TRACEPARENT = `00-${TRACE}-${SPAN}-01`;
const IDS = { traceId: TRACE, spanId: SPAN };

/** What the server was sent, over all reports. */
function sentTo({ requests }: ModelServer): OperationExemplar[] {
  return requests.flatMap(({ reports }) => reports.flatMap(({ exemplars = [] }) => exemplars));
}

function answering(status = 200) {
  const seen: (string | null)[] = [];
  const fetcher = {
    fetch: (input: RequestInfo | URL, init?: RequestInit): Promise<Response> => {
      seen.push(new Request(input, init).headers.get("traceparent"));
      return Promise.resolve(new Response(null, { status }));
    },
  };
  return { fetcher, seen };
}

describe("with the option exemplars", () => {
  test("what names its trace goes along with its report, as what it is", async () => {
    const { request, server, time } = harness({ exemplars: true });
    const tacho = request();
    const at = time.now;
    tacho.record("meta", "events", 12.5, "ok", undefined, { traceId: TRACE });
    tacho.record("meta", "events", 3);
    await tacho.time("meta", "lookup", () => 1, { traceparent: TRACEPARENT });
    await tacho.flush();
    expect(sentTo(server)).toEqual([
      { operation: "events", traceId: TRACE, durationUs: 12_500, at },
      { operation: "lookup", ...IDS, durationUs: 0, at },
    ]);
    expect(tacho.stats()).toMatchObject({
      acknowledged: 3,
      exemplars: { offered: 2, sent: 2, ignored: {} },
    });
  });

  test("a report that is sent again has the same ones, and the next has none of them", async () => {
    const { request, server } = harness({ exemplars: true });
    const tacho = request();
    server.fates = [{ kind: "throw_after" }];
    tacho.record("meta", "events", 1, "ok", undefined, { traceId: TRACE });
    await tacho.flush();
    await tacho.flush();
    tacho.record("meta", "events", 2);
    await tacho.flush();
    const counts = server.requests.map(({ reports }) => reports[0]?.exemplars?.length ?? 0);
    expect(counts).toEqual([1, 1, 0]);
    expect(server.changed).toBeUndefined();
  });

  test("of many a report carries as many as it may, the slowest of each operation in any case", async () => {
    const { request, server } = harness({ exemplars: true, flushAtTimings: 10_000 });
    const tacho = request();
    for (let ms = 0; ms < 900; ms++) {
      tacho.record("meta", `op-${ms % 9}`, ms, "ok", undefined, { traceId: TRACE });
    }
    await tacho.flush();
    const sent = sentTo(server);
    expect(sent.length).toBe(MAX_REPORT_EXEMPLARS);
    const slowest = Array.from({ length: 9 }, (_, index) => (891 + index) * 1_000);
    expect(sent.map(({ durationUs }) => durationUs)).toEqual(expect.arrayContaining(slowest));
    expect(tacho.stats().exemplars).toMatchObject({ offered: 900, sent: 64 });
  });

  test("what is no trace, and what nobody keeps, is counted; the timing counts all the same", async () => {
    const { request, server } = harness({ exemplars: true });
    const tacho = request();
    tacho.record("meta", "events", 1, "ok", undefined, { traceId: "nonsense" });
    tacho.record("meta", "events", 1, "ok", undefined, { traceparent: "nonsense" });
    tacho.record("meta", "events", 1, "ok", undefined, {
      traceparent: `00-${TRACE}-${SPAN}-00`,
    });
    tacho.record("meta", "events", 1, "ok", undefined, JSON.parse("null"));
    await tacho.flush();
    expect(sentTo(server)).toEqual([]);
    expect(tacho.stats()).toMatchObject({
      acknowledged: 4,
      failures: 0,
      exemplars: { offered: 0, sent: 0, ignored: { invalid: 3, not_sampled: 1 } },
    });
  });

  test("a timing that is refused has none", async () => {
    const { request, server } = harness({ exemplars: true });
    const tacho = request();
    tacho.record("meta", "events", -1, "ok", undefined, { traceId: TRACE });
    tacho.record("meta", "NO NAME", 1, "ok", undefined, { traceId: TRACE });
    tacho.record("meta", "events", 1);
    await tacho.flush();
    expect(sentTo(server)).toEqual([]);
    expect(tacho.stats().exemplars.offered).toBe(0);
  });
});

describe("a call by fetch", () => {
  test("is of the trace that is named, or that its own header names; no header is added", async () => {
    const { request, server } = harness({ exemplars: true });
    const tacho = request();
    const { fetcher, seen } = answering();
    const url = "https://example.com/";
    const headers = { traceparent: TRACEPARENT };
    await tacho.fetch("meta", "named", url, { fetcher, traceId: OTHER, headers });
    await tacho.fetch("meta", "header", url, { fetcher, headers });
    await tacho.fetch("meta", "request", new Request(url, { headers }), { fetcher });
    await tacho.fetch("meta", "replaced", new Request(url, { headers }), { fetcher, headers: {} });
    await tacho.fetch("meta", "none", url, { fetcher, traceparent: null });
    await tacho.flush();
    expect(sentTo(server).map(({ operation, traceId }) => [operation, traceId])).toEqual([
      ["named", OTHER],
      ["header", TRACE],
      ["request", TRACE],
    ]);
    expect(seen).toEqual([TRACEPARENT, TRACEPARENT, TRACEPARENT, null, null]);
  });

  test("that fails has its trace as well", async () => {
    const { request, server } = harness({ exemplars: true });
    const tacho = request();
    const fetcher = { fetch: () => Promise.reject(new Error("no network")) };
    const call = tacho.fetch("meta", "events", "https://example.com/", { fetcher, ...IDS });
    await expect(call).rejects.toThrow("no network");
    await tacho.flush();
    expect(sentTo(server)).toMatchObject([{ operation: "events", ...IDS }]);
  });
});

describe("the trace of a request", () => {
  /** A Worker that answers at once, whose invocations are over when their waitUntil is. */
  function worker(options: { readonly exemplars?: boolean }) {
    const time = new VirtualTime();
    const server = new ModelServer(time);
    const env = { TACHOGRAPH: server as TachographBinding };
    const client = { clock: time.clock, stopwatch: time.clock, timer: time.timer, ...options };
    const handler = instrumentHandler<typeof env>(
      {
        async fetch(_request, given, ctx) {
          const own = tachograph(given.TACHOGRAPH, ctx);
          own.record("meta", "events", 5);
          own.record("meta", "named", 5, "ok", undefined, { traceId: OTHER });
          return Promise.resolve(new Response());
        },
      },
      { client },
    );
    const call = async (traceparent?: string): Promise<void> => {
      const ctx = { waitUntil: () => undefined } as unknown as ExecutionContext;
      const headers = traceparent === undefined ? {} : { traceparent };
      const request = new Request<unknown, IncomingRequestCfProperties>("https://example.com/", {
        headers,
      });
      await handler.fetch?.(request, env, ctx);
      await tachograph(env.TACHOGRAPH, ctx).flush();
    };
    return { server, env, call };
  }

  test("is that of all that is recorded with its context, and of no other request", async () => {
    const { server, call } = worker({ exemplars: true });
    await call(TRACEPARENT);
    const sent = sentTo(server).map(({ operation, traceId }) => [operation, traceId]);
    expect(sent).toEqual([
      ["events", TRACE],
      ["named", OTHER],
      ["fetch", TRACE],
    ]);
    await call();
    expect(sentTo(server)).toHaveLength(4);
  });

  test("that nobody keeps, or that is none, is not followed", async () => {
    const { server, env, call } = worker({ exemplars: true });
    await call(`00-${TRACE}-${SPAN}-00`);
    await call("nonsense");
    expect(sentTo(server).map(({ operation }) => operation)).toEqual(["named", "named"]);
    const { ignored } = tachograph(env.TACHOGRAPH, { waitUntil: () => undefined }).stats()
      .exemplars;
    expect(ignored).toEqual({ not_sampled: 1, invalid: 1 });
  });

  test("is not that of a call which names another that is of no use", async () => {
    const { request, server } = harness({ exemplars: true });
    const tacho = request();
    tacho.followTrace(TRACEPARENT);
    const unsampled = `00-${OTHER}-${SPAN}-00`;
    tacho.record("meta", "events", 1, "ok", undefined, { traceparent: unsampled });
    await tacho.flush();
    expect(sentTo(server)).toEqual([]);
  });

  test("is told to nobody whose own option is off", async () => {
    const context = { waitUntil: () => undefined };
    const [willing, other] = [
      new ModelServer(new VirtualTime()),
      new ModelServer(new VirtualTime()),
    ];
    const tacho = tachograph(willing, context, { exemplars: true });
    tacho.followTrace(TRACEPARENT);
    for (const server of [willing, other]) {
      const client = tachograph(server, context);
      client.record("meta", "events", 1);
      await client.flush();
    }
    expect([sentTo(willing).length, sentTo(other).length]).toEqual([1, 0]);
    expect(other.requests).toHaveLength(1);
  });

  test("stays in the Worker by default, and what is named by hand as well, which is told", async () => {
    const { server, env, call } = worker({});
    await call(TRACEPARENT);
    expect(server.requests.length).toBeGreaterThan(0);
    expect(JSON.stringify(server.requests)).not.toMatch(/4bf92f35|aaaaaaaa/);
    const { exemplars } = tachograph(env.TACHOGRAPH, { waitUntil: () => undefined }).stats();
    expect(exemplars).toEqual({ offered: 0, sent: 0, ignored: { off: 1 } });
  });
});

test("a context that is none, and headers that cannot be read, cost no timing", async () => {
  const { server } = harness();
  const tacho = tachograph(server, JSON.parse("5"), { exemplars: true });
  tacho.followTrace(TRACEPARENT);
  tacho.record("meta", "events", 1);
  expect(tacho.stats()).toMatchObject({ recorded: 1, buffered: 1 });
  expect(tacho.stats().lastFailure).toBeDefined();
  const { fetcher } = answering();
  const headers = JSON.parse('{"bad name": "1"}');
  await expect(
    tacho.fetch("meta", "events", "https://example.com/", { fetcher, headers }),
  ).rejects.toThrow(TypeError);
  expect(tacho.stats()).toMatchObject({ recorded: 2 });
});
