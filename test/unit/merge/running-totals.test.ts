import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ByteReader } from "../../../src/histogram/byte-reader.ts";
import { forEachBucket } from "../../../src/histogram/sparse-counts.ts";
import { bucketLowestUs } from "../../../src/histogram/bucket-layout.ts";
import { readDelta } from "../../../src/merge/delta.ts";
import { sumRejections } from "../../../src/merge/intake-ledger.ts";
import { ShardState } from "../../../src/merge/shard-state.ts";
import { MAX_STREAMS } from "../../../src/merge/stream-totals.ts";
import type { RejectionReason } from "../../../src/wire/report.ts";
import type { RunningTotal } from "../../../src/wire/running-total.ts";
import type { CollectAnswer, ShardReport } from "../../../src/wire/shard-rpc.ts";
import { MemoryShardStore } from "../../support/memory-shard-store.ts";
import { seedOf } from "../../support/seeded.ts";
import { classOf, type Export, SendingProcess } from "../../support/sending-process.ts";

const BEGIN = Date.UTC(2026, 10, 20, 12, 0, 2);
const MINUTE_MS = 60_000;
const HORIZON_MS = 5 * MINUTE_MS;
const SILENCE_MS = 60 * MINUTE_MS;
const CONTRADICTION_MS = 15 * MINUTE_MS;

function reportOf(totals: readonly RunningTotal[]): ShardReport {
  return { content: { kind: "cumulative", totals }, givenUp: 0, refused: {} };
}

function newState(store: MemoryShardStore): ShardState {
  return new ShardState(store, 16);
}

/** Counts by operation, slot, outcome and duration; of a measure its parts. */
type Counted = Map<string, number>;

function add(counted: Counted, key: string, count: number): void {
  if (count > 0) counted.set(key, (counted.get(key) ?? 0) + count);
}

/** Adds what an answer's delta holds. */
function addDelta(counted: Counted, { delta }: CollectAnswer): void {
  for (const { slotStart, operation, aggregate } of readDelta(new ByteReader(delta))) {
    const place = `${operation} ${slotStart}`;
    for (const [outcome, count] of aggregate.outcomes.entries()) {
      add(counted, `${place} outcome ${outcome}`, count);
    }
    forEachBucket(aggregate.counts, (bucket, count) =>
      add(counted, `${place} duration ${classOf(bucketLowestUs(bucket))}`, count),
    );
    for (const [code, { parts }] of aggregate.measures ?? []) {
      add(counted, `${place} measure ${code}`, parts);
    }
  }
}

/** What a shard should count, told by who sent what and not by subtracting histograms. */
class Model {
  readonly counted: Counted = new Map();
  readonly #last = new Map<string, Export>();
  readonly rejected: Partial<Record<RejectionReason, number>> = {};
  baselines = 0;

  take(sent: Export, nowMs: number): void {
    const { total, counts, life } = sent;
    const last = this.#last.get(total.stream);
    if (last !== undefined && (total.at <= last.total.at || isAsBefore(sent, last))) return;
    if (total.at < nowMs - HORIZON_MS) {
      this.rejected.too_old = (this.rejected.too_old ?? 0) + 1;
      return;
    }
    const began = total.startAt > 0 && total.startAt >= nowMs - HORIZON_MS;
    // Whoever does not say when it began is not believed at once that it began anew.
    const isFallen =
      last !== undefined &&
      total.startAt === 0 &&
      counts.some((count, i) => count < (last.counts[i] ?? 0));
    if (isFallen && total.at - last.total.at <= CONTRADICTION_MS) {
      this.rejected.went_back = (this.rejected.went_back ?? 0) + 1;
      return;
    }
    this.#last.set(total.stream, sent);
    if (isFallen || (last === undefined && !began)) this.baselines += 1;
    else {
      const isOneLife = last?.life === life || total.startAt === 0;
      this.#count(sent, isOneLife ? (last?.counts ?? []) : []);
    }
  }

  #count({ total, counts }: Export, before: readonly number[]): void {
    const { operation, outcome, at, value } = total;
    const place = `${operation} ${Math.floor(at / 5_000) * 5_000}`;
    for (const [i, count] of counts.entries()) {
      const gain = count - (before[i] ?? 0);
      if (value.kind === "measure") add(this.counted, `${place} measure ${value.code}`, gain);
      else {
        add(this.counted, `${place} outcome ${outcome}`, gain);
        add(this.counted, `${place} duration ${i}`, gain);
      }
    }
  }
}

/** Whether it says what a total of some minutes ago said, which is not worth to be stored. */
function isAsBefore(sent: Export, last: Export): boolean {
  const isSameLife = sent.life === last.life || sent.total.startAt === 0;
  const isEqual = sent.counts.every((count, i) => count === last.counts[i]);
  return isSameLife && isEqual && sent.total.at - last.total.at < 10 * MINUTE_MS;
}

type Step =
  | {
      readonly do: "record";
      readonly process: number;
      readonly outcome: 0 | 1;
      readonly duration: number;
      readonly count: number;
    }
  | { readonly do: "read"; readonly process: number; readonly rows: number }
  | { readonly do: "restart" | "lower_scale" | "export"; readonly process: number }
  | { readonly do: "wait"; readonly durationMs: number }
  /** Some of what was exported, whether it was sent before or not, as so many reports. */
  | { readonly do: "send"; readonly which: readonly number[]; readonly isOneReport: boolean }
  | { readonly do: "evict" | "fail" | "collect" | "collect_again" | "checkpoint" };

const process = fc.nat(3);

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant("record" as const),
      process,
      outcome: fc.constantFrom(0 as const, 1 as const),
      duration: fc.nat(3),
      count: fc.integer({ min: 1, max: 300 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant("read" as const), process, rows: fc.nat(1_000) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constantFrom("restart" as const, "lower_scale"), process }),
  },
  { weight: 6, arbitrary: fc.record({ do: fc.constant("export" as const), process }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant("wait" as const),
      durationMs: fc.integer({ min: 1, max: 200_000 }),
    }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant("send" as const),
      // Mostly what was exported last.
      which: fc.array(fc.oneof(fc.nat(5), fc.nat(60)), { minLength: 1, maxLength: 6 }),
      isOneReport: fc.boolean(),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constantFrom("evict" as const, "fail", "collect", "collect_again", "checkpoint"),
    }),
  },
);

/** A shard, who sends to it, and what it should have counted. */
class World {
  readonly #store = new MemoryShardStore();
  readonly #model = new Model();
  readonly #processes: readonly SendingProcess[];
  readonly #exports: Export[] = [];
  #state = newState(this.#store);
  #nowMs = BEGIN;
  #merged: Counted = new Map();
  /** What the coordinator has durably, and up to which row. */
  #durable = { seq: 0, merged: new Map<string, number>() };
  #seen = 0;

  constructor(ages: readonly number[]) {
    this.#processes = ages.map(
      (ageMs, i) =>
        new SendingProcess(
          {
            id: `a${i}`,
            operation: i < 2 ? "users" : "orders",
            isExponential: i % 2 === 0,
            tellsStart: i !== 3,
          },
          BEGIN - ageMs,
        ),
    );
  }

  run(action: Step): void {
    switch (action.do) {
      case "record":
        return this.#of(action).record(action.outcome, action.duration, action.count);
      case "read":
        return this.#of(action).read(action.rows);
      case "restart":
        this.#nowMs += 1;
        return this.#of(action).restart(this.#nowMs);
      case "lower_scale":
        return this.#of(action).lowerScale();
      case "export":
        this.#nowMs += 1;
        this.#exports.push(...this.#of(action).export(this.#nowMs));
        return;
      case "wait":
        // Nobody is silent for so long that it would begin anew: that has a test of its own.
        this.#nowMs = Math.min(this.#nowMs + action.durationMs, BEGIN + SILENCE_MS - 10_000);
        return;
      case "send":
        return this.#send(action.which, action.isOneReport);
      case "evict":
        this.#state = newState(this.#store);
        return;
      case "fail":
        return this.#fail();
      case "checkpoint":
        this.#durable = { seq: this.#seen, merged: new Map(this.#merged) };
        return;
      case "collect":
        return this.#collect();
      case "collect_again":
        // The coordinator begins a new life.
        this.#seen = this.#durable.seq;
        this.#merged = new Map(this.#durable.merged);
        return this.#collect();
    }
  }

  /** What is counted in the end, and the books. */
  check(): void {
    this.#state = newState(this.#store);
    this.#collect();
    const answer = this.#collected();
    expect(this.#merged).toEqual(this.#model.counted);
    const timings = [...this.#merged]
      .filter(([key]) => key.includes(" outcome "))
      .reduce((sum, [, count]) => sum + count, 0);
    const { offered, accepted, duplicates, rejected } = answer.ledger;
    expect([accepted, duplicates]).toEqual([timings, 0]);
    expect(offered).toBe(accepted + sumRejections(rejected));
    expect(rejected).toEqual(this.#model.rejected);
    expect(answer.streams).toMatchObject({ baselines: this.#model.baselines, forgotten: 0 });
  }

  #of({ process: index }: { readonly process: number }): SendingProcess {
    const found = this.#processes[index];
    if (found === undefined) throw new Error(`there is no process ${index}`);
    return found;
  }

  #send(which: readonly number[], isOneReport: boolean): void {
    const sent = which.flatMap((back) => this.#exports.at(-1 - back) ?? []);
    const totals = sent.map(({ total }) => total);
    const reports = isOneReport ? [reportOf(totals)] : totals.map((total) => reportOf([total]));
    this.#state.commit(reports, this.#nowMs);
    for (const one of sent) this.#model.take(one, this.#nowMs);
  }

  /** The disk takes nothing of what was exported last, and all of it is sent again some time. */
  #fail(): void {
    const totals = this.#exports.slice(-3).map(({ total }) => total);
    const rows = this.#store.rowCount();
    this.#store.failAppends(1);
    try {
      this.#state.commit([reportOf(totals)], this.#nowMs);
    } catch (cause) {
      expect(cause).toMatchObject({ message: "the disk is full" });
    }
    this.#store.failAppends(0);
    expect(this.#store.rowCount()).toBe(rows);
  }

  #collect(): void {
    const answer = this.#collected();
    expect(answer.from).toBe(this.#seen);
    addDelta(this.#merged, answer);
    this.#seen = answer.to;
  }

  #collected(): CollectAnswer {
    const request = { seen: this.#seen, durable: this.#durable.seq };
    return this.#state.collect({ ...request, watched: false, dormant: false }, this.#nowMs);
  }
}

describe("running totals", () => {
  it("count what the processes recorded after the first of them, once", () => {
    const age = fc.oneof(fc.nat(HORIZON_MS), fc.nat(10 * 24 * 60 * MINUTE_MS));
    fc.assert(
      fc.property(
        fc.array(age, { minLength: 4, maxLength: 4 }),
        fc.array(step, { maxLength: 120, size: "max" }),
        (ages, steps) => {
          const world = new World(ages);
          for (const action of steps) world.run(action);
          world.check();
        },
      ),
      { seed: seedOf("running totals", globalThis.process.env["SEED"]), numRuns: 400 },
    );
  });
});

/** A total of one stream that counts timings of 10 ms. */
function totalOf(count: number, more: Partial<RunningTotal> = {}): RunningTotal {
  const buckets = { kind: "explicit" as const, boundsUs: [20_000], counts: [count, 0] };
  const histogram = { count, sumUs: null, minUs: null, maxUs: null, buckets };
  return {
    stream: "ab".repeat(16),
    operation: "users",
    outcome: 0,
    startAt: BEGIN - 60 * MINUTE_MS,
    at: BEGIN,
    value: { kind: "histogram", histogram },
    ...more,
  };
}

/** What becomes of totals, each sent when it was made, unless `late` says how much later. */
function outcomesOf(totals: readonly RunningTotal[]): (number | RejectionReason)[] {
  const store = new MemoryShardStore();
  return totals.map((total) => {
    // Awake for one report only.
    const [verdict] = newState(store).commit([reportOf([total])], total.at);
    if (verdict?.ok !== true) throw new Error("it was not taken");
    expect(verdict.duplicate).toBe(false);
    return verdict.rejectedAt[0]?.reason ?? verdict.accepted;
  });
}

describe("a stream", () => {
  const at = (ms: number) => ({ at: BEGIN + ms });

  it("counts from its first total on, or from its start if that was a moment ago", () => {
    expect(outcomesOf([totalOf(500), totalOf(507, at(1_000))])).toEqual([0, 7]);
    const startAt = BEGIN - HORIZON_MS;
    expect(outcomesOf([totalOf(500, { startAt })])).toEqual([500]);
    expect(outcomesOf([totalOf(500, { startAt: startAt - 1 })])).toEqual([0]);
    expect(outcomesOf([totalOf(500, { startAt: 0 })])).toEqual([0]);
  });

  it("that has counted nothing yet is known, however long it takes", () => {
    const startAt = BEGIN;
    const later = totalOf(3, { startAt, ...at(50 * MINUTE_MS) });
    expect(outcomesOf([totalOf(0, { startAt }), later])).toEqual([0, 3]);
  });

  it("that goes back with the same start is refused, and goes on from where it was", () => {
    const totals = [totalOf(500), totalOf(499, at(1)), totalOf(510, at(2))];
    expect(outcomesOf(totals)).toEqual([0, "went_back", 10]);
  });

  it.each([0, BEGIN - 60 * MINUTE_MS])(
    "that goes back is believed when nothing has gone on for a while (began at %i)",
    (startAt) => {
      const soon = CONTRADICTION_MS;
      const totals = [
        totalOf(500),
        totalOf(20, at(1)),
        totalOf(25, at(soon)),
        totalOf(26, at(soon + 1)),
        totalOf(29, at(soon + 2)),
      ];
      expect(outcomesOf(totals.map((total) => ({ ...total, startAt })))).toEqual([
        0,
        "went_back",
        "went_back",
        0,
        3,
      ]);
    },
  );

  it("of two senders counts what one of them counts, whoever says when it began", () => {
    const starts = [0, BEGIN - 30 * MINUTE_MS, BEGIN - 60 * MINUTE_MS];
    for (const [one, other] of starts.flatMap((start) => starts.map((next) => [start, next]))) {
      const totals = Array.from({ length: 60 }, (_, i) => [
        totalOf(100 + i, { startAt: one ?? 0, ...at(2 * i * MINUTE_MS) }),
        totalOf(80 + 2 * i, { startAt: other ?? 0, ...at((2 * i + 1) * MINUTE_MS) }),
      ]).flat();
      const counted = outcomesOf(totals).filter((count) => typeof count === "number");
      const sum = counted.reduce((all, count) => all + count, 0);
      // The one grows by 59; the other by 118, and overtakes it.
      expect(sum).toBeLessThanOrEqual(118);
    }
  });

  it("of two senders that are idle counts nothing", () => {
    const totals = Array.from({ length: 60 }, (_, i) => [
      totalOf(100, { startAt: 0, ...at(5 * i * MINUTE_MS) }),
      totalOf(50, { startAt: 0, ...at((5 * i + 1) * MINUTE_MS) }),
    ]).flat();
    const counts = outcomesOf(totals);
    expect(new Set(counts)).toEqual(new Set([0, "went_back"]));
    expect(counts.filter((count) => count === "went_back")).toHaveLength(60);
  });

  it("of two senders counts the younger one", () => {
    const young = { startAt: BEGIN - 10 };
    const totals = [
      totalOf(500),
      totalOf(5, { ...young, ...at(1) }),
      totalOf(501, at(2)),
      totalOf(8, { ...young, ...at(3) }),
    ];
    expect(outcomesOf(totals)).toEqual([0, 5, "went_back", 3]);
  });

  it("that began long ago and not after the last total counts from then on", () => {
    const other = { startAt: BEGIN - 30 * MINUTE_MS };
    const totals = [
      totalOf(5),
      totalOf(900, { ...other, ...at(1) }),
      totalOf(901, { ...other, ...at(2) }),
    ];
    expect(outcomesOf(totals)).toEqual([0, 0, 1]);
  });

  it("that was silent for too long counts from then on", () => {
    expect(outcomesOf([totalOf(5), totalOf(9, at(SILENCE_MS))])).toEqual([0, 4]);
    expect(outcomesOf([totalOf(5), totalOf(9, at(SILENCE_MS + 1))])).toEqual([0, 0]);
  });

  it("that began anew after the last total counts from its start, however long ago", () => {
    const startAt = BEGIN;
    expect(outcomesOf([totalOf(5), totalOf(3, { startAt, ...at(50 * MINUTE_MS) })])).toEqual([
      0, 3,
    ]);
  });

  it("that is idle for hours is not silent", () => {
    const idle = Array.from({ length: 122 }, (_, i) => totalOf(5, at(i * MINUTE_MS)));
    const counts = outcomesOf([...idle, totalOf(6, at(122 * MINUTE_MS))]);
    expect(counts.at(-1)).toBe(1);
    expect(new Set(counts.slice(0, -1))).toEqual(new Set([0]));
  });

  it("with other bounds counts from then on", () => {
    const buckets = { kind: "explicit" as const, boundsUs: [30_000], counts: [9, 0] };
    const other = (count: number, ms: number): RunningTotal => ({
      ...totalOf(0, at(ms)),
      value: {
        kind: "histogram",
        histogram: {
          count,
          sumUs: null,
          minUs: null,
          maxUs: null,
          buckets: { ...buckets, counts: [count, 0] },
        },
      },
    });
    expect(outcomesOf([totalOf(5), other(9, 1), other(11, 2)])).toEqual([0, 0, 2]);
  });

  it.each<[RejectionReason, Partial<RunningTotal>]>([
    ["bad_time", { startAt: BEGIN + 1 }],
    ["bad_time", { startAt: -1 }],
    ["bad_time", { startAt: Number.NaN }],
    ["bad_operation", { operation: "Not A Name" }],
    ["bad_outcome", { outcome: 6 }],
    ["bad_measure", { value: { kind: "measure", code: 99, parts: 1 } }],
    ["bad_measure", { value: { kind: "measure", code: 6, parts: 1 } }],
    ["too_many_values", { ...totalOf(1_000_000_001), startAt: BEGIN }],
  ])("is refused as %s", (reason, wrong) => {
    expect(outcomesOf([totalOf(1, wrong)])).toEqual([reason]);
  });

  it("is refused if its buckets are none", () => {
    const { value } = totalOf(3);
    if (value.kind === "measure") throw new Error("it is a histogram");
    const exponential = {
      kind: "exponential" as const,
      scale: 3,
      unitUs: 1_000_000,
      zeroCount: 1,
      zeroThresholdUs: 0,
      offset: 0,
      counts: [2],
    };
    const explicit = { kind: "explicit" as const, boundsUs: [1, 2], counts: [1, 1, 1] };
    const verdictOf = (buckets: typeof exponential | typeof explicit) =>
      outcomesOf([
        totalOf(3, {
          startAt: BEGIN,
          value: { kind: "histogram", histogram: { ...value.histogram, buckets } },
        }),
      ]);
    expect([exponential, explicit].map(verdictOf)).toEqual([[3], [3]]);
    const wrong = [
      { ...exponential, zeroCount: 0 },
      { ...exponential, scale: 21 },
      { ...exponential, scale: -11 },
      { ...exponential, scale: 0.5 },
      { ...exponential, offset: 0.5 },
      { ...exponential, offset: 2 ** 31 + 1 },
      { ...exponential, unitUs: 0 },
      { ...exponential, unitUs: Infinity },
      { ...exponential, zeroThresholdUs: -1 },
      { ...explicit, counts: [1, 1] },
      { ...explicit, counts: [1, 1, 2] },
      { ...explicit, boundsUs: [2, 2] },
      { ...explicit, boundsUs: [1, Infinity] },
      { ...explicit, boundsUs: [Number.NaN, 2] },
    ];
    for (const buckets of wrong) expect(verdictOf(buckets)).toEqual(["bad_histogram"]);
  });
});

describe("a shard with as many streams as it remembers", () => {
  const streams = (from: number, count: number, at: number) =>
    Array.from({ length: count }, (_, i) =>
      totalOf(1, { stream: (from + i).toString(16).padStart(32, "0"), startAt: at, at }),
    );

  function commit(store: MemoryShardStore, totals: readonly RunningTotal[], nowMs: number) {
    const state = newState(store);
    const [verdict] = state.commit([reportOf(totals)], nowMs);
    const { ledger, streams: health } = state.collect(
      { seen: 0, durable: 0, watched: false, dormant: false },
      nowMs,
    );
    if (verdict?.ok !== true) throw new Error("it was not taken");
    expect(ledger.offered).toBe(ledger.accepted + sumRejections(ledger.rejected));
    return { accepted: verdict.accepted, rejected: verdict.rejected, health };
  }

  it("refuses more while all of them may report, and counts none twice", () => {
    const store = new MemoryShardStore();
    const full = commit(store, streams(0, MAX_STREAMS + 2, BEGIN), BEGIN);
    expect(full).toMatchObject({ accepted: MAX_STREAMS, rejected: { too_many_streams: 2 } });
    const again = commit(store, streams(0, MAX_STREAMS, BEGIN), BEGIN + 1);
    expect(again).toMatchObject({ accepted: 0, rejected: {} });
    expect(again.health).toEqual({ known: MAX_STREAMS, baselines: 0, forgotten: 0 });
  });

  it("knows while it is awake who was heard of last", () => {
    const state = newState(new MemoryShardStore());
    const sent = (totals: readonly RunningTotal[], nowMs: number) =>
      state.commit([reportOf(totals)], nowMs)[0];
    sent(streams(0, MAX_STREAMS, BEGIN), BEGIN);
    const [first] = streams(0, 1, BEGIN);
    const { value } = totalOf(4);
    if (first === undefined) throw new Error("there is none");
    const again = { ...first, value, at: BEGIN + 1 };
    expect(sent([again], again.at)).toMatchObject({ accepted: 3 });
    const at = BEGIN + 1 + 900_000;
    const news = [...streams(MAX_STREAMS, 1, at), { ...again, at, value: totalOf(9).value }];
    expect(sent(news, at)).toMatchObject({ accepted: 6, rejected: {} });
  });

  it("forgets the ones that were silent for longest to make room", () => {
    const store = new MemoryShardStore();
    commit(store, streams(0, 10, BEGIN), BEGIN);
    commit(store, streams(10, MAX_STREAMS - 10, BEGIN + 1), BEGIN + 1);
    const soon = BEGIN + 900_000 - 1;
    expect(commit(store, streams(MAX_STREAMS, 1, soon), soon)).toMatchObject({ accepted: 0 });
    const later = BEGIN + 900_000;
    // The last one is one of those that are forgotten here.
    const news = [...streams(MAX_STREAMS, 12, later), ...streams(0, 1, later)];
    const fresh = commit(store, news, later);
    expect(fresh).toMatchObject({ accepted: 10, rejected: { too_many_streams: 3 } });
    expect(fresh.health).toEqual({ known: MAX_STREAMS, baselines: 0, forgotten: 10 });
    // Nobody misses those that were silent for so long that they would begin anew.
    const muchLater = BEGIN + 2 * SILENCE_MS;
    const more = commit(store, streams(2 * MAX_STREAMS, 12, muchLater), muchLater);
    expect(more.health).toEqual({ known: MAX_STREAMS, baselines: 0, forgotten: 10 });
    expect([...store.loadStreams()]).toHaveLength(MAX_STREAMS);
  });
});
