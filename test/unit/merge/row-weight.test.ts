import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { AggregateBuilder } from "../../../src/histogram/aggregate-builder.ts";
import { bucketLowestUs } from "../../../src/histogram/bucket-layout.ts";
import { ByteWriter } from "../../../src/histogram/byte-writer.ts";
import { MEASURES } from "../../../src/measures.ts";
import { DeltaBuilder, writeDelta } from "../../../src/merge/delta.ts";
import { GroupCommit } from "../../../src/merge/group-commit.ts";
import { MAX_ROW_WEIGHT, rowWeight } from "../../../src/merge/row-weight.ts";
import { ShardState, type Verdict } from "../../../src/merge/shard-state.ts";
import { OUTCOMES } from "../../../src/outcome.ts";
import {
  MAX_REPORT_BUCKETS,
  MAX_REPORT_TOTALS,
  MAX_TOTAL_BUCKETS,
  type RunningTotal,
} from "../../../src/wire/running-total.ts";
import type { ShardReport } from "../../../src/wire/shard-rpc.ts";
import { MAX_REPORT_TIMINGS } from "../../../src/wire/timing-columns.ts";
import { MemoryShardStore } from "../../support/memory-shard-store.ts";
import { seedOf } from "../../support/seeded.ts";

const NOW = Date.UTC(2026, 10, 20, 12, 0, 2);
const SLOT_MS = 5_000;

/** What a full row has room for, and what every row has beside its reports. */
const UNIT_BYTES = 28;
const FIXED_BYTES = 4_096;

function longName(number: number): string {
  return String(number).padStart(64, "a");
}

/** Takes every body, and remembers how long they were. */
class MeasuringStore extends MemoryShardStore {
  readonly lengths: number[] = [];

  override append(...args: Parameters<MemoryShardStore["append"]>): void {
    super.append(...args);
    this.lengths.push(args[2].length);
  }
}

function rowBytes(reports: readonly ShardReport[], maxOperations = 255): number {
  const store = new MeasuringStore();
  const verdicts = new ShardState(store, maxOperations).commit(reports, NOW);
  expect(verdicts.filter(({ ok }) => !ok)).toEqual([]);
  return store.lengths.reduce((sum, length) => sum + length, 0);
}

function reportOf(content: ShardReport["content"]): ShardReport {
  return { content, givenUp: 0, refused: {} };
}

/** A report of which every total gains all that it has, in a slot and an operation of its own. */
function cumulative(
  bucketCounts: readonly number[],
  countOf: (bucket: number, size: number) => number,
): ShardReport {
  const totals = bucketCounts.map((size, i): RunningTotal => {
    // Bounds lie evenly over our own buckets, so that each holds as many of them as there can be.
    const boundsUs = Array.from({ length: size - 1 }, (_, bound) =>
      bucketLowestUs(Math.floor(((bound + 1) * 21_400) / size)),
    );
    const counts = Array.from({ length: size }, (_, bucket) => countOf(bucket, size));
    const count = counts.reduce((sum, one) => sum + one, 0);
    const buckets = { kind: "explicit" as const, boundsUs, counts };
    const at = NOW - (i % 60) * SLOT_MS;
    return {
      stream: i.toString(16).padStart(32, "0"),
      operation: longName(i % 250),
      outcome: i % OUTCOMES.length,
      startAt: at,
      at,
      value: {
        kind: "histogram",
        histogram: { count, sumUs: count * 1e6, minUs: null, maxUs: 600e6, buckets },
      },
    };
  });
  return reportOf({ kind: "cumulative", totals });
}

/** As many buckets of a size as a report may have. */
function sizes(each: number): number[] {
  return Array.from({ length: Math.floor(MAX_REPORT_BUCKETS / each) }, () => each);
}

const WORST: Readonly<Record<string, ShardReport>> = {
  "buckets that are spread over a hundred of ours each": cumulative(sizes(214), (_, size) =>
    Math.floor(1e9 / size),
  ),
  "the widest histograms": cumulative(sizes(MAX_TOTAL_BUCKETS), (_, size) =>
    Math.floor(1e9 / size),
  ),
  "counts of four and five bytes": cumulative(sizes(4), (bucket) => (bucket === 0 ? 99e7 : 99)),
  "as many totals as there may be": cumulative(
    Array.from({ length: MAX_REPORT_TOTALS }, () => 4),
    () => 24e7,
  ),
  "timings in as many places as there are": reportOf({
    kind: "timings",
    columns: {
      operations: Array.from({ length: 64 }, (_, i) => longName(i)),
      baseAt: NOW,
      durationUs: Int32Array.from({ length: MAX_REPORT_TIMINGS }, (_, i) => i * 59_999),
      atOffsetMs: Int32Array.from(
        { length: MAX_REPORT_TIMINGS },
        (_, i) => -Math.floor(i / 64) * 1_900,
      ),
      operationIndex: Uint8Array.from({ length: MAX_REPORT_TIMINGS }, (_, i) => i % 64),
      outcome: Uint8Array.from({ length: MAX_REPORT_TIMINGS }, (_, i) => i % OUTCOMES.length),
      measures: {
        timing: Int32Array.from({ length: 8 * MAX_REPORT_TIMINGS }, (_, i) => Math.floor(i / 8)),
        code: Uint8Array.from({ length: 8 * MAX_REPORT_TIMINGS }, (_, i) => i % 8),
        value: Float64Array.from({ length: 8 * MAX_REPORT_TIMINGS }, (_, i) =>
          i % 8 === 4 ? 1 : i,
        ),
      },
    },
  }),
};

/** A delta of somebody who sends histograms. */
function histograms(entries: number, durations: number): ShardReport {
  const delta = new DeltaBuilder();
  for (let i = 0; i < entries; i++) {
    const builder = new AggregateBuilder();
    for (let k = 0; k < durations; k++) builder.record((k * 7_919 * (i + 1)) % 600_000_000, 0);
    delta.builder(NOW - 2_000 - (i % 50) * SLOT_MS, longName(i % 200)).add(builder.finish());
  }
  const writer = new ByteWriter();
  writeDelta(writer, delta.finish());
  const timings = entries * durations;
  return reportOf({ kind: "histograms", delta: writer.finish(), timings });
}

describe("the weight of a report", () => {
  it.each(Object.entries(WORST))("of %s is at least what it takes of a row", (_, report) => {
    const weight = rowWeight(report);
    expect(rowBytes([report])).toBeLessThanOrEqual(weight * UNIT_BYTES + FIXED_BYTES);
    // It fits a row by itself, and its bound is none that is out of all proportion.
    expect(weight).toBeLessThanOrEqual(MAX_ROW_WEIGHT);
    expect(rowBytes([report])).toBeGreaterThan((weight * UNIT_BYTES) / 5);
  });

  it("of reports of any kind is at least what they take of a row together", () => {
    const report = fc.oneof(
      fc
        .tuple(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 50 }), fc.nat(2_000))
        .map(([totals, size, count]) =>
          cumulative(
            Array.from({ length: totals }, () => size),
            (bucket) => (count * (bucket + 1)) % 1_999,
          ),
        ),
      fc
        .tuple(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 1, max: 99 }))
        .map(([entries, durations]) => histograms(entries, durations)),
      fc
        .array(
          fc.tuple(fc.nat(600_000_000), fc.nat(290_000), fc.nat(9), fc.nat(MEASURES.length - 1)),
          {
            maxLength: 200,
          },
        )
        .map((timings) =>
          reportOf({
            kind: "timings",
            columns: {
              operations: Array.from({ length: 10 }, (_, i) => longName(i).slice(-1 - 6 * i)),
              baseAt: NOW,
              durationUs: Int32Array.from(timings, ([durationUs]) => durationUs),
              atOffsetMs: Int32Array.from(timings, ([, ageMs]) => -ageMs),
              operationIndex: Uint8Array.from(timings, ([, , index]) => index),
              outcome: new Uint8Array(timings.length),
              measures: {
                timing: Int32Array.from(timings, (_, i) => i),
                code: Uint8Array.from(timings, ([, , , code]) => code),
                value: Float64Array.from(timings, ([, , , code]) => (code === 4 ? 1 : 1e9)),
              },
            },
          }),
        ),
    );
    fc.assert(
      fc.property(fc.array(report, { minLength: 1, maxLength: 8 }), (reports) => {
        const weight = reports.reduce((sum, one) => sum + rowWeight(one), 0);
        const named = reports.map((one, i) => ({
          ...one,
          reporter: longName(i),
          sequence: 2 ** 50,
        }));
        expect(rowBytes(named)).toBeLessThanOrEqual(weight * UNIT_BYTES + FIXED_BYTES);
      }),
      { seed: seedOf("row weight", process.env["SEED"]), numRuns: 40 },
    );
  });

  it("of usual reports lets hundreds share a row", () => {
    const usual = reportOf({
      kind: "timings",
      columns: {
        operations: ["events", "get-orders", "list-orders"],
        baseAt: NOW,
        durationUs: new Int32Array(200),
        atOffsetMs: Int32Array.from({ length: 200 }, (_, i) => -10 * i),
        operationIndex: new Uint8Array(200),
        outcome: new Uint8Array(200),
      },
    });
    expect(256 * rowWeight(usual)).toBeLessThanOrEqual(MAX_ROW_WEIGHT);
  });
});

describe("the worst reports that come at once", () => {
  it("are all stored, in rows that the platform takes", async () => {
    const store = new MeasuringStore();
    const state = new ShardState(store, 255);
    const group = new GroupCommit<ShardReport, Verdict>({
      commit: (reports) => state.commit(reports, NOW),
      senderOf: ({ reporter }) => reporter,
      weightOf: rowWeight,
      maxWeight: MAX_ROW_WEIGHT,
      lingerMs: () => 250,
      now: () => NOW,
      startTimer: (callback) => {
        const timer = setTimeout(callback);
        return () => clearTimeout(timer);
      },
    });
    const reports = [...Object.values(WORST), histograms(300, 1_000), ...Object.values(WORST)];
    const verdicts = await Promise.all(
      reports.map((report, i) => group.submit({ ...report, reporter: `edge-${i}`, sequence: 1 })),
    );
    expect(verdicts.every(({ ok }) => ok)).toBe(true);
    expect(store.rowCount()).toBeGreaterThan(1);
    expect(Math.max(...store.lengths)).toBeLessThanOrEqual(1_900_000);
  });
});
