import { runDurableObjectAlarm } from "cloudflare:test";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import type { WhoamiAnswer } from "../../src/api/whoami-answer.ts";
import { tachograph } from "../../src/client/tachograph.ts";
import type { ExemplarView } from "../../src/exemplar-view.ts";
import { streamFilter } from "../../src/stream/stream-filter.ts";
import {
  type ApiLive,
  call,
  coordinatorOf,
  evict,
  getJson,
  live,
  moveClock,
  postTimings,
  setClockAhead,
  shardOf,
} from "./api.ts";
import { ownTracker } from "./own-bindings.ts";
import { SocketClient } from "./stream-client.ts";

const TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
const SPAN = "00f067aa0ba902b7";

beforeAll(() => setClockAhead());
afterAll(() => vi.useRealTimers());

interface MaybeTraced {
  readonly target: string;
  readonly operation: string;
  readonly exemplars?: readonly ExemplarView[];
}

function exemplarsOf(
  series: readonly MaybeTraced[] | undefined,
  target: string,
  operation: string,
): readonly ExemplarView[] | undefined {
  return series?.find((one) => one.target === target && one.operation === operation)?.exemplars;
}

test("a timing that is posted with its trace is shown with it, until the memory goes", async () => {
  const at = Date.now();
  const timings = [
    { target: "meta", operation: "events", durationMs: 812.5, at, traceId: TRACE, spanId: SPAN },
    { target: "meta", operation: "events", durationMs: 4, at, traceId: TRACE.toUpperCase() },
    { target: "meta", operation: "lookup", durationMs: 5, at },
    { target: "google", durationMs: 5, at, traceId: "no trace" },
  ];
  const response = await postTimings("acme", timings);
  expect(await response.json()).toEqual({
    accepted: 4,
    duplicate: false,
    rejected: [],
    ignoredTraces: 1,
  });
  const { series } = await live("acme");
  const shown = [
    { traceId: TRACE, spanId: SPAN, durationMs: 812.5, at },
    { traceId: TRACE, durationMs: 4, at },
  ];
  expect(exemplarsOf(series, "meta", "events")).toEqual(shown);
  expect(exemplarsOf(series, "meta", "*")).toEqual(shown);
  expect(exemplarsOf(series, "meta", "lookup")).toBeUndefined();
  expect(JSON.stringify(series)).not.toContain("no trace");
  expect(await (await call("/v1/live", "globex-read")).text()).not.toContain(TRACE);
  const headers = { Accept: "application/openmetrics-text; version=1.0.0" };
  const metrics = await call("/metrics", "acme-read", { headers });
  const page = new TextDecoder().decode(await metrics.arrayBuffer());
  const buckets = page.split("\n").filter((line) => line.includes(TRACE));
  expect(buckets.map((line) => /le="([^"]*)"/.exec(line)?.[1])).toEqual(["0.005", "1.0"]);
  expect(buckets.at(1)).toContain(SPAN);

  // The coordinator keeps what it has while a shard forgets, and forgets with its own memory.
  await evict(shardOf("acme", "meta"));
  moveClock(2_000);
  expect(exemplarsOf((await live("acme")).series, "meta", "events")).toEqual(shown);
  await evict(coordinatorOf("acme"));
  moveClock(2_000);
  const after = await live("acme");
  expect(exemplarsOf(after.series, "meta", "events")).toBeUndefined();
  expect(after.ledger).toMatchObject({ accepted: 4, merged: 4, pending: 0, isBalanced: true });
});

test("a shard that loses its memory before a collect loses exemplars and no timing", async () => {
  const timing = { target: "lossy", durationMs: 5, traceId: TRACE };
  expect((await postTimings("acme", [timing])).status).toBe(200);
  await evict(shardOf("acme", "lossy"));
  moveClock(2_000);
  const { series, ledger } = await live("acme");
  expect(series.map(({ target }) => target)).toContain("lossy");
  expect(exemplarsOf(series, "lossy", "call")).toBeUndefined();
  expect(ledger).toMatchObject({ accepted: 5, merged: 5, isBalanced: true });
});

test("a report that comes again brings its exemplars once, and ten minutes later they are gone", async () => {
  const timing = { target: "aging", durationMs: 5, traceId: TRACE };
  const numbered = { reporter: "edge", sequence: 1 };
  await postTimings("acme", [timing], numbered);
  await postTimings("acme", [{ ...timing, durationMs: 900 }], numbered);
  moveClock(2_000);
  const { series } = await live("acme");
  expect(exemplarsOf(series, "aging", "call")?.map(({ durationMs }) => durationMs)).toEqual([5]);
  moveClock(601_000);
  expect(exemplarsOf((await live("acme")).series, "aging", "call")).toBeUndefined();
});

test("the slowest calls stay, whichever calls of their buckets come later", async () => {
  const ms = [500_000, 2_499, 70_000, 2_001];
  const shown: number[] = [];
  for (const durationMs of ms) {
    await postTimings("acme", [
      { target: "slow", operation: "events", durationMs, traceId: TRACE },
    ]);
    moveClock(1_500);
    shown.push(durationMs);
    for (const operation of ["events", "*"]) {
      const exemplars = exemplarsOf((await live("acme")).series, "slow", operation);
      expect(exemplars?.map((one) => one.durationMs)).toEqual(
        shown.toSorted((one, other) => other - one),
      );
    }
  }
});

test("the stream tells them with the tick in which they came", async () => {
  const client = await SocketClient.open("stream");
  await client.frames(1);
  await postTimings("stream", [{ target: "meta", durationMs: 5, traceId: TRACE }]);
  moveClock(500);
  await runDurableObjectAlarm(coordinatorOf("stream"));
  let shown: readonly ExemplarView[] | undefined;
  while (shown === undefined) shown = exemplarsOf((await client.frame()).series, "meta", "call");
  expect(shown).toMatchObject([{ traceId: TRACE, durationMs: 5 }]);
  client.close();
});

test("what a Worker's client reports with its trace arrives as well", async () => {
  const works: Promise<unknown>[] = [];
  const context = { waitUntil: (work: Promise<unknown>) => void works.push(work) };
  const tacho = tachograph(ownTracker(), context, { exemplars: true });
  tacho.followTrace(`00-${TRACE}-${SPAN}-01`);
  tacho.record("traced", "events", 33);
  await tacho.flush();
  await Promise.all(works);
  expect(tacho.stats()).toMatchObject({ acknowledged: 1, exemplars: { offered: 1, sent: 1 } });
  const text = await coordinatorOf("bound-acme").live(streamFilter({}));
  const body = JSON.parse(text) as ApiLive;
  expect(exemplarsOf(body.series, "traced", "events")).toMatchObject([
    { traceId: TRACE, spanId: SPAN, durationMs: 33 },
  ]);
});

test("where traces are found is said only if it is configured", async () => {
  const answer = await getJson<WhoamiAnswer>("/v1/whoami", "acme-read");
  expect(answer).not.toHaveProperty("traceUrl");
});
