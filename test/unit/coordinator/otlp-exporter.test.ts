import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { OtlpExporter } from "../../../src/coordinator/otlp-exporter.ts";
import type { ExportVerdict } from "../../../src/export/otlp/read-export-answer.ts";
import { AggregateBuilder } from "../../../src/histogram/aggregate-builder.ts";
import { ExemplarBoard } from "../../../src/merge/exemplar-board.ts";
import { SeriesTotals } from "../../../src/merge/series-totals.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "../../../src/merge/slot-time.ts";
import { decodeOtlp, type OtlpPoint } from "../../support/decode-otlp.ts";
import { FakeOtlpSink } from "../../support/fake-otlp-sink.ts";
import { MemoryOtlpOutbox, noPushes, type StoredPushes } from "../../support/memory-otlp-outbox.ts";
import { VirtualTime } from "../../support/virtual-time.ts";

const BUSY: ExportVerdict = { kind: "retry", detail: "answered 503" };
const TRACE = "4bf92f3577b34da6a3ce929d0e0e473";

let time: VirtualTime;
let sink: FakeOtlpSink;
let stored: StoredPushes;
let outbox: MemoryOtlpOutbox;
let totals: SeriesTotals;
let checkpoint: number;
let exemplars: ExemplarBoard;
let untold: Set<string>;
let exporter: OtlpExporter;

/** A new life of the object: what is stored is still there. */
function open(bounds: { maxPushes?: number } = {}): void {
  outbox = new MemoryOtlpOutbox(stored, bounds);
  exporter = new OtlpExporter({
    tenant: "acme",
    version: "1.2.3",
    outbox,
    sink,
    checkpoint: () => checkpoint,
    totals: () => [totals].filter(({ name }) => !untold.has(name.target)),
    untold: () => untold,
    exemplars: ({ name }) => exemplars.newest(name),
    exemplarNumber: () => exemplars.lastNumber,
    kindOf: () => "platform",
    maxBuckets: 160,
    timeoutMs: 10_000,
    now: time.now,
    // The end of each range of waits: 1 s, 2 s, 4 s …
    random: () => 1,
    startTimer: time.startTimer,
  });
}

beforeEach(() => {
  time = new VirtualTime(Date.UTC(2026, 10, 20, 12, 0, 5));
  sink = new FakeOtlpSink();
  stored = noPushes();
  totals = new SeriesTotals({ target: "meta", operation: "events" }, time.nowMs - HOUR_MS);
  checkpoint = 0;
  exemplars = new ExemplarBoard();
  untold = new Set();
  open();
  for (const level of ["warn", "error"] as const) vi.spyOn(console, level).mockReturnValue();
});
afterEach(() => vi.restoreAllMocks());

/** So many calls more are counted and stored. */
function count(calls: number): void {
  const builder = new AggregateBuilder();
  builder.record(5_000, 0, calls);
  totals.add(builder.finish());
  checkpoint += 1;
}

/** The tick after a minute in which something was counted. */
async function minute(calls = 1): Promise<void> {
  await time.pass(MINUTE_MS);
  count(calls);
  exporter.checkpointed(time.nowMs);
}

/** Runs, and lets as much time pass as answers may take. */
async function run(): Promise<void> {
  const running = exporter.run();
  await time.pass(11_000);
  await running;
}

/** The durations' points of what the collector took. */
function points(): OtlpPoint[] {
  return sink.taken.flatMap(
    (body) =>
      decodeOtlp(body).metrics.find(({ name }) => name === "tachograph.call.duration")?.points ??
      [],
  );
}

const counts = (): (number | undefined)[] => points().map((point) => point.count);

/** A call with a trace becomes known now; each has its bucket. */
function trace(digit: string, durationUs: number, at: number): void {
  const exemplar = { operation: "events", traceId: `${TRACE}${digit}`, durationUs, at };
  exemplars.add("meta", [exemplar], time.nowMs);
}

/** The last digits of the traces that each push told of. */
const traces = (): string[] =>
  points().map((point) => point.exemplars.map(({ traceId }) => traceId.at(-1)).join(""));

describe("what is put into the outbox", () => {
  test("is the totals once a minute, of minutes in which something was stored", async () => {
    exporter.checkpointed(time.nowMs);
    expect(outbox.backlog.pushes).toBe(0);
    expect(exporter.nextRunAt(time.nowMs)).toBeUndefined();
    count(3);
    exporter.checkpointed(time.nowMs);
    expect(outbox.backlog.pushes).toBe(1);
    // More of the same minute waits for its end, and wakes the object for it.
    count(4);
    exporter.checkpointed(time.nowMs + 20_000);
    expect(outbox.backlog.pushes).toBe(1);
    await run();
    const end = Date.UTC(2026, 10, 20, 12, 1);
    expect(exporter.nextRunAt(time.nowMs)).toBe(end);
    exporter.checkpointed(end);
    expect(outbox.backlog.pushes).toBe(1);
    await run();
    expect(counts()).toEqual([3, 7]);
    expect(exporter.nextRunAt(end + 1_000)).toBeUndefined();
    // A minute in which nothing was stored.
    exporter.checkpointed(end + MINUTE_MS);
    expect(outbox.backlog.pushes).toBe(0);
  });

  test("is not forgotten by a life that ends within the minute", async () => {
    await minute(1);
    count(2);
    exporter.checkpointed(time.nowMs + 1_000);
    open();
    expect(outbox.backlog.pushes).toBe(1);
    await time.pass(MINUTE_MS);
    exporter.checkpointed(time.nowMs);
    await run();
    expect(counts()).toEqual([1, 3]);
  });

  test("takes exemplars along, each once, however late they come and whatever the clock does", async () => {
    trace("1", 5_000, time.nowMs + 20_000);
    await minute();
    // A call from before that push, which a shard told late.
    trace("2", 50_000, time.nowMs - 30_000);
    await minute();
    await minute();
    time.nowMs -= 5 * MINUTE_MS;
    trace("3", 500_000, time.nowMs);
    await minute();
    await run();
    expect(traces()).toEqual(["1", "2", "", "3"]);
    expect(points()[1]?.exemplars[0]?.value).toBe(0.05);
  });

  test("takes exemplars along with the next that is stored if one was not", async () => {
    trace("1", 5_000, time.nowMs);
    outbox.isFull = true;
    await minute();
    outbox.isFull = false;
    await minute();
    await run();
    expect(traces()).toEqual(["1"]);
  });

  test("leaves out who cannot be told, and tells it as soon as it can, with nothing new", async () => {
    untold = new Set(["meta", "other"]);
    trace("1", 5_000, time.nowMs);
    await minute(3);
    expect(outbox.backlog.pushes).toBe(0);
    // As long as it is so there is nothing to do, and nothing to wake for.
    expect(exporter.nextRunAt(time.nowMs)).toBeUndefined();
    await time.pass(MINUTE_MS);
    exporter.checkpointed(time.nowMs);
    expect(outbox.progress).toMatchObject({ capturedAt: time.nowMs - MINUTE_MS, checkpoint: 0 });
    // Somebody who was there before is missing now, and somebody else is back.
    untold = new Set(["other", "third"]);
    expect(exporter.nextRunAt(time.nowMs)).toBe(time.nowMs - 5_000 + MINUTE_MS);
    exporter.checkpointed(time.nowMs);
    await run();
    expect(counts()).toEqual([3]);
    expect(traces()).toEqual(["1"]);
    expect(outbox.progress.checkpoint).toBe(0);
    expect(exporter.nextRunAt(time.nowMs)).toBeUndefined();
    // In the same minute it is waited for the next.
    untold = new Set(["third"]);
    exporter.checkpointed(time.nowMs);
    const next = time.nowMs - 16_000 + MINUTE_MS;
    expect(exporter.nextRunAt(time.nowMs)).toBe(next);
    untold = new Set();
    await time.pass(next - time.nowMs);
    exporter.checkpointed(time.nowMs);
    expect(outbox.progress.checkpoint).toBe(1);
    expect(exporter.nextRunAt(time.nowMs)).toBe(time.nowMs);
    await run();
    expect(exporter.nextRunAt(time.nowMs)).toBeUndefined();
  });

  test("is told by a later life, of which everybody can be told", async () => {
    untold = new Set(["meta"]);
    await minute(3);
    untold = new Set();
    open();
    expect(exporter.nextRunAt(time.nowMs)).toBe(time.nowMs - 5_000 + MINUTE_MS);
    await time.pass(MINUTE_MS);
    exporter.checkpointed(time.nowMs);
    await run();
    expect(counts()).toEqual([3]);
  });

  test("goes on after the clock went back", async () => {
    await minute(1);
    await run();
    time.nowMs -= HOUR_MS;
    await minute(1);
    await run();
    expect(counts()).toEqual([1, 2]);
    const [first, second] = points();
    expect(second?.startTimeUnixNano).toBe(first?.startTimeUnixNano);
  });

  test("waits for the next minute if storage fails, and costs the checkpoint nothing", async () => {
    outbox.isFull = true;
    await minute(1);
    expect(exporter.health()).toMatchObject({
      queuedPushes: 0,
      lastError: "totals cannot be put into the outbox: the disk is full",
    });
    // Not at once, again and again.
    expect(exporter.nextRunAt(time.nowMs)).toBe(time.nowMs - 5_000 + MINUTE_MS);
    outbox.isFull = false;
    await time.pass(MINUTE_MS);
    exporter.checkpointed(time.nowMs);
    await run();
    expect(counts()).toEqual([1]);
    expect(exporter.health().lastError).toBeNull();
  });

  test("is bounded: the oldest goes, and is counted", async () => {
    open({ maxPushes: 3 });
    for (let i = 0; i < 5; i++) await minute();
    expect(exporter.health()).toMatchObject({
      queuedPushes: 3,
      droppedPushes: { refused: 0, overflow: 2, expired: 0 },
    });
    await run();
    expect(counts()).toEqual([3, 4, 5]);
  });
});

describe("sending", () => {
  test("goes in order, in bites, and then has nothing to do", async () => {
    for (let i = 0; i < 35; i++) await minute();
    expect(exporter.isDue(time.nowMs)).toBe(true);
    await run();
    expect(sink.attempts).toBe(30);
    expect(exporter.nextRunAt(time.nowMs)).toBe(time.nowMs);
    await run();
    expect(counts()).toEqual(Array.from({ length: 35 }, (_, i) => i + 1));
    expect(exporter.isDue(time.nowMs)).toBe(false);
    expect(exporter.health()).toMatchObject({ queuedPushes: 0, oldestAt: null, sentPushes: 35 });
  });

  test("is one run at a time", async () => {
    await minute();
    const running = [exporter.run(), exporter.run()];
    expect(exporter.isDue(time.nowMs)).toBe(false);
    expect(exporter.nextRunAt(time.nowMs)).toBe(time.nowMs + 30_000);
    await Promise.all(running);
    expect(sink.attempts).toBe(1);
  });

  test("is tried again with growing waits, and keeps its order", async () => {
    await minute();
    await minute();
    sink.manners = Array.from({ length: 12 }, () => BUSY);
    const waits: number[] = [];
    for (let attempt = 0; attempt < 12; attempt++) {
      await exporter.run();
      const at = exporter.nextRunAt(time.nowMs) ?? NaN;
      waits.push((at - time.nowMs) / 1_000);
      // Too early changes nothing.
      await exporter.run();
      await time.pass(at - time.nowMs);
    }
    expect(waits).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900]);
    expect(sink.attempts).toBe(12);
    expect(exporter.health()).toMatchObject({ failures: 12, lastError: "answered 503" });
    await run();
    expect(counts()).toEqual([1, 2]);
    expect(exporter.health()).toMatchObject({ failures: 0, lastError: null });
  });

  test("waits as long as it is asked to, up to an hour", async () => {
    await minute();
    sink.manners = [
      { ...BUSY, retryAfterMs: 90_000 },
      { ...BUSY, retryAfterMs: 10 * HOUR_MS },
    ];
    await exporter.run();
    expect(exporter.nextRunAt(time.nowMs)).toBe(time.nowMs + 90_000);
    await time.pass(90_000);
    await exporter.run();
    expect(exporter.nextRunAt(time.nowMs)).toBe(time.nowMs + HOUR_MS);
  });

  test("goes on with its waits in another life", async () => {
    await minute();
    sink.manners = Array.from({ length: 6 }, () => BUSY);
    for (let i = 0; i < 5; i++) {
      await exporter.run();
      await time.pass((exporter.nextRunAt(time.nowMs) ?? NaN) - time.nowMs);
    }
    open();
    await exporter.run();
    expect(exporter.nextRunAt(time.nowMs)).toBe(time.nowMs + 32_000);
  });

  test("does not wait for a time that a clock of before had", async () => {
    await minute();
    sink.manners = [BUSY];
    await exporter.run();
    time.nowMs -= 3 * HOUR_MS;
    await exporter.run();
    expect(counts()).toEqual([1]);
  });

  test("gives up a collector that does not answer, and tells it to end", async () => {
    await minute();
    sink.manners = ["hangs"];
    await run();
    expect(sink.aborted).toBe(1);
    expect(exporter.health()).toMatchObject({
      failures: 1,
      queuedPushes: 1,
      lastError: "no answer within 10000 ms",
    });
    await time.pass(1_000);
    await run();
    expect(counts()).toEqual([1]);
  });

  test("what is refused is lost and counted, and the next one is tried", async () => {
    await minute();
    await minute();
    sink.manners = [{ kind: "refused", detail: "answered 400: bad data" }];
    await exporter.run();
    expect(counts()).toEqual([2]);
    expect(exporter.health()).toMatchObject({
      isRefused: false,
      lastError: null,
      sentPushes: 1,
      droppedPushes: { refused: 1, overflow: 0, expired: 0 },
    });
    await minute();
    sink.manners = [{ kind: "refused", detail: "answered 401" }];
    await exporter.run();
    expect(exporter.health()).toMatchObject({ isRefused: true, lastError: "answered 401" });
  });

  test("what is refused is pushed again after an hour, though nothing is counted", async () => {
    await minute(2);
    const refused: ExportVerdict = { kind: "refused", detail: "answered 401" };
    sink.manners = [refused, refused];
    await exporter.run();
    const refusedAt = time.nowMs;
    expect(exporter.nextRunAt(time.nowMs)).toBe(refusedAt + HOUR_MS);
    await time.pass(HOUR_MS - MINUTE_MS);
    exporter.checkpointed(time.nowMs);
    expect(outbox.backlog.pushes).toBe(0);
    await time.pass(MINUTE_MS);
    exporter.checkpointed(time.nowMs);
    await exporter.run();
    expect(exporter.nextRunAt(time.nowMs)).toBe(time.nowMs + HOUR_MS);
    // A later life knows nothing of it, and does not wait; a clock that goes back does not make it.
    open();
    expect(exporter.nextRunAt(time.nowMs)).toBe(time.nowMs - 5_000 + MINUTE_MS);
    await time.pass(MINUTE_MS);
    sink.manners = [refused];
    exporter.checkpointed(time.nowMs);
    await exporter.run();
    time.nowMs -= DAY_MS;
    expect(exporter.nextRunAt(time.nowMs)).toBe(time.nowMs - 5_000 + MINUTE_MS);
    await time.pass(MINUTE_MS);
    exporter.checkpointed(time.nowMs);
    await exporter.run();
    expect(counts()).toEqual([2]);
    expect(exporter.health()).toMatchObject({ isRefused: false, lastError: null });
    expect(exporter.nextRunAt(time.nowMs)).toBeUndefined();
  });

  test("a refusal of before repeats nothing of what is left out since", async () => {
    await minute(2);
    sink.manners = [{ kind: "refused", detail: "answered 401" }];
    await exporter.run();
    untold = new Set(["other"]);
    await minute();
    await exporter.run();
    expect(counts()).toEqual([3]);
    expect(exporter.nextRunAt(time.nowMs)).toBeUndefined();
  });

  test("of totals that were refused, what is counted since tells as much, and needs no repeat", async () => {
    await minute();
    sink.manners = [{ kind: "refused", detail: "answered 413" }];
    await exporter.run();
    await minute();
    await exporter.run();
    expect(counts()).toEqual([2]);
    expect(exporter.nextRunAt(time.nowMs)).toBeUndefined();
  });

  test("points that are not wanted are counted, at most as many as there were", async () => {
    await minute();
    await minute();
    sink.manners = [
      { kind: "taken", rejectedPoints: 1, message: "too old" },
      { kind: "taken", rejectedPoints: 9e15, message: "" },
    ];
    await exporter.run();
    // Each has a point of durations and four of calls.
    expect(exporter.health()).toMatchObject({
      rejectedPoints: 6,
      lastRejection: "without a reason",
      sentPushes: 2,
    });
    // Who takes all of the next has no reason any more; what was rejected is still counted.
    await minute();
    await exporter.run();
    expect(exporter.health()).toMatchObject({ rejectedPoints: 6, lastRejection: null });
  });

  test("a warning without a loss is in the log once, and is no reason of any", async () => {
    const warnings = vi.mocked(console.warn);
    const warning: ExportVerdict = { kind: "taken", rejectedPoints: 0, message: "slow down" };
    sink.manners = [{ ...warning, rejectedPoints: 2, message: "too old" }, warning, warning];
    for (let i = 0; i < 3; i++) await minute();
    await exporter.run();
    expect(exporter.health()).toMatchObject({ rejectedPoints: 2, lastRejection: null });
    expect(warnings.mock.calls.map(([said]) => String(said))).toEqual([
      "acme: the collector rejected 2 of 5 points: too old",
      "acme: the collector took a push and warns: slow down",
    ]);
  });

  test("what is a day old is given up, but not by a clock that is ahead for a moment", async () => {
    await minute();
    sink.manners = Array.from({ length: 4 }, () => BUSY);
    await exporter.run();
    time.nowMs += 2 * DAY_MS;
    await exporter.run();
    expect(outbox.backlog.pushes).toBe(1);
    time.nowMs += 1_000_000;
    await exporter.run();
    expect(exporter.health()).toMatchObject({
      queuedPushes: 0,
      droppedPushes: { refused: 0, overflow: 0, expired: 1 },
    });
  });

  test("an answer that is lost makes a push come twice, which changes no total", async () => {
    await minute(2);
    sink.manners = ["answer_lost"];
    await exporter.run();
    await time.pass(1_000);
    await exporter.run();
    expect(counts()).toEqual([2, 2]);
    expect(points()[0]).toEqual(points()[1]);
  });

  test("storage that fails makes it wait a minute, and does not reject", async () => {
    await minute();
    outbox.isFull = true;
    await exporter.run();
    expect(exporter.health().lastError).toBe(
      "the outbox cannot be read or written: the disk is full",
    );
    expect(exporter.nextRunAt(time.nowMs)).toBe(time.nowMs + MINUTE_MS);
    expect(exporter.isDue(time.nowMs)).toBe(false);
    outbox.isFull = false;
    await time.pass(MINUTE_MS);
    await exporter.run();
    // It was taken before it could not be noted, and so comes twice.
    expect(counts()).toEqual([1, 1]);
  });

  test("storage that failed is not waited for until a time that a clock of before had", async () => {
    await minute();
    outbox.isFull = true;
    await exporter.run();
    outbox.isFull = false;
    time.nowMs -= 3 * HOUR_MS;
    expect(exporter.isDue(time.nowMs)).toBe(true);
    await exporter.run();
    expect(counts()).toEqual([1, 1]);
    expect(outbox.backlog.pushes).toBe(0);
  });
});
