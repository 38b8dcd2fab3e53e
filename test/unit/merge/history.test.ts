import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  coveredRange,
  coverRange,
  exportParts,
  type HistoryStep,
  type RollupRow,
  toPoints,
  withRetention,
} from "../../../src/merge/history.ts";
import {
  type Aggregate,
  EMPTY_AGGREGATE,
  mergeAggregates,
} from "../../../src/histogram/aggregate.ts";
import { AggregateBuilder } from "../../../src/histogram/aggregate-builder.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "../../../src/merge/slot-time.ts";
import type { StepMs } from "../../../src/merge/tenant-store.ts";
import { seedOf } from "../../support/seeded.ts";

/** Midnight. */
const T0 = Date.UTC(2026, 10, 20);
const NOW = T0 + 2 * DAY_MS;
const FOREVER = { [MINUTE_MS]: 0, [HOUR_MS]: 0, [DAY_MS]: 0 };

function covered(from: number, to: number, step: HistoryStep, keptFrom = FOREVER, nowMs = NOW) {
  const segments = withRetention(coverRange(from, to, step), keptFrom);
  const range = coveredRange({ from, to }, segments, nowMs);
  return { from: range.from - T0, to: range.to - T0 };
}

function row(at: number, stepMs: StepMs): RollupRow {
  const builder = new AggregateBuilder();
  builder.record(1_000, 0);
  return { stepMs, at, part: 0, aggregate: builder.finish() };
}

function aggregateOf(durationsUs: readonly number[]): Aggregate {
  const builder = new AggregateBuilder();
  for (const durationUs of durationsUs) builder.record(durationUs, 0);
  return builder.finish();
}

describe("the covered range", () => {
  test("is whole minutes, whatever the step", () => {
    const minutes = { from: 9 * MINUTE_MS, to: 131 * MINUTE_MS };
    for (const step of [MINUTE_MS, HOUR_MS, DAY_MS, "all"] as const) {
      const [from, to] = [T0 + 9 * MINUTE_MS + 1, T0 + 130 * MINUTE_MS + 1];
      expect(covered(from, to, step)).toEqual(minutes);
      expect(covered(T0 + minutes.from, T0 + minutes.to, step)).toEqual(minutes);
    }
  });

  test("ends with the minute that holds now", () => {
    const nowMs = T0 + 90 * MINUTE_MS + 7;
    const to = 91 * MINUTE_MS;
    expect(covered(T0, T0 + DAY_MS, "all", FOREVER, nowMs)).toEqual({ from: 0, to });
    expect(covered(T0, nowMs, HOUR_MS, FOREVER, nowMs)).toEqual({ from: 0, to });
    // A range that is all in the future cannot end before it begins.
    const later = { from: 2 * HOUR_MS, to: 3 * HOUR_MS };
    expect(covered(T0 + later.from, T0 + later.to, "all", FOREVER, nowMs)).toEqual(later);
  });

  test("is what is kept of it, in whole stretches", () => {
    const kept = { ...FOREVER, [MINUTE_MS]: T0 + DAY_MS };
    const [from, to] = [T0 + 90 * MINUTE_MS, T0 + 270 * MINUTE_MS];
    // The hours that begin within it stand in for minutes that are gone.
    expect(covered(from, to, MINUTE_MS, kept)).toEqual({ from: 2 * HOUR_MS, to: 5 * HOUR_MS });
    const none = { ...kept, [HOUR_MS]: T0 + DAY_MS };
    expect(covered(from, to, MINUTE_MS, none)).toEqual({ from: from - T0, to: to - T0 });
  });
});

describe("points", () => {
  test("at the edges say how much of their step is covered", () => {
    const range = { from: T0 + 50 * MINUTE_MS, to: T0 + 125 * MINUTE_MS, step: HOUR_MS } as const;
    const rows = [
      row(T0 + 55 * MINUTE_MS, MINUTE_MS),
      row(T0 + HOUR_MS, HOUR_MS),
      row(T0 + 124 * MINUTE_MS, MINUTE_MS),
    ];
    const points = toPoints(rows, range).map(({ at, stepMs, coveredMs }) => [
      at - T0,
      stepMs,
      coveredMs,
    ]);
    expect(points).toEqual([
      [0, HOUR_MS, 10 * MINUTE_MS],
      [HOUR_MS, HOUR_MS, HOUR_MS],
      [2 * HOUR_MS, HOUR_MS, 5 * MINUTE_MS],
    ]);
  });

  test("of timings ahead of the clock count as whole", () => {
    const range = { from: T0, to: T0 + MINUTE_MS, step: MINUTE_MS } as const;
    const [point] = toPoints([row(T0 + MINUTE_MS, MINUTE_MS)], range);
    expect(point?.coveredMs).toBe(MINUTE_MS);
  });

  test("are the sums of their rows, in whatever order those come", () => {
    const durations = fc.array(fc.integer({ min: 1, max: 600_000_000 }), { maxLength: 200 });
    const rows = fc.array(
      fc
        .record({ minute: fc.nat(3), part: fc.nat(100), durations })
        .map(({ minute, part, durations: durationsUs }): RollupRow => {
          const at = T0 + minute * MINUTE_MS;
          return { stepMs: MINUTE_MS, at, part, aggregate: aggregateOf(durationsUs) };
        }),
      { maxLength: 40 },
    );
    fc.assert(
      fc.property(rows, (all) => {
        const sumOf = (some: readonly RollupRow[]): Aggregate =>
          some.reduce((sum, { aggregate }) => mergeAggregates(sum, aggregate), EMPTY_AGGREGATE);
        const range = { from: T0, to: T0 + 4 * MINUTE_MS };
        const points = toPoints(all, { ...range, step: MINUTE_MS });
        const times = [...new Set(all.map(({ at }) => at))].toSorted((one, other) => one - other);
        expect(points.map(({ at }) => at)).toEqual(times);
        for (const { at, aggregate } of points) {
          expect(aggregate).toEqual(sumOf(all.filter((one) => one.at === at)));
        }
        const [whole] = toPoints(all, { ...range, step: "all" });
        expect(whole?.aggregate).toEqual(sumOf(all));
      }),
      { seed: seedOf("points", process.env["SEED"]), numRuns: 100 },
    );
  });

  test.each([2, 8])("of thousands with %i parts each are made in little memory", (parts) => {
    const count = 20_000 / parts;
    // From a tenth of a millisecond to a quarter of a minute: dozens of pages of buckets.
    const aggregate = aggregateOf(
      Array.from({ length: 200 }, (_, i) => Math.round(100 * 1.06 ** i)),
    );
    let peak = 0;
    let reads = 0;
    const sampled = (at: number, part: number): RollupRow => ({
      stepMs: MINUTE_MS,
      at,
      part,
      get aggregate() {
        reads += 1;
        if (reads % 500 === 0) {
          const { heapUsed, arrayBuffers } = process.memoryUsage();
          peak = Math.max(peak, heapUsed + arrayBuffers);
        }
        return aggregate;
      },
    });
    const rows = Array.from({ length: parts }, (_, part) =>
      Array.from({ length: count }, (_row, i) => sampled(T0 + i * MINUTE_MS, part)),
    ).flat();
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    const points = toPoints(rows, { from: T0, to: T0 + count * MINUTE_MS, step: MINUTE_MS });
    expect(points).toHaveLength(count);
    expect(points.at(-1)?.aggregate.count).toBe(parts * aggregate.count);
    expect(reads).toBeGreaterThanOrEqual(rows.length);
    expect(peak - heapUsed - arrayBuffers).toBeLessThan(100e6);
  });

  test("all in one is as long as what is covered", () => {
    const range = { from: T0, to: T0 + 3 * MINUTE_MS, step: "all" } as const;
    expect(toPoints([], range)).toMatchObject([
      { at: T0, stepMs: 3 * MINUTE_MS, coveredMs: 3 * MINUTE_MS, aggregate: { count: 0 } },
    ]);
  });
});

describe("the parts of an export", () => {
  test("are days where there are minutes, and one where there are none", () => {
    const [from, to] = [T0 + HOUR_MS, T0 + 20 * DAY_MS + HOUR_MS];
    const parts = exportParts(from, to, T0 + 17 * DAY_MS + 5);
    expect(parts).toEqual([
      { from, to: T0 + 18 * DAY_MS },
      { from: T0 + 18 * DAY_MS, to: T0 + 19 * DAY_MS },
      { from: T0 + 19 * DAY_MS, to: T0 + 20 * DAY_MS },
      { from: T0 + 20 * DAY_MS, to },
    ]);
    expect(exportParts(from, from + 5, T0)).toEqual([{ from, to: from + 5 }]);
  });

  test("read the same stretches as the whole, each once", () => {
    const [from, to] = [T0 - 12 * DAY_MS + 9 * MINUTE_MS, T0 + 7 * HOUR_MS + 1];
    for (const keptMinutes of [0, T0 - 3 * DAY_MS + 77, T0 + DAY_MS]) {
      const kept = { [MINUTE_MS]: keptMinutes, [HOUR_MS]: keptMinutes - 4 * DAY_MS, [DAY_MS]: 0 };
      const stretches = (start: number, end: number): string[] =>
        withRetention(coverRange(start, end, MINUTE_MS), kept).flatMap((segment) => {
          const first = Math.ceil(segment.from / segment.stepMs) * segment.stepMs;
          const count = Math.max(0, Math.ceil((segment.to - first) / segment.stepMs));
          const { stepMs } = segment;
          return Array.from({ length: count }, (_, i) => `${stepMs}/${first + i * stepMs}`);
        });
      const parts = exportParts(from, to, keptMinutes);
      expect(parts.flatMap((part) => stretches(part.from, part.to))).toEqual(stretches(from, to));
    }
  });
});
