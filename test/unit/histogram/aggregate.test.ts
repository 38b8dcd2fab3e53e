import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type Aggregate,
  EMPTY_AGGREGATE,
  isEmptyAggregate,
  mergeAggregates,
  readAggregate,
  writeAggregate,
} from "../../../src/histogram/aggregate.ts";
import { AggregateBuilder } from "../../../src/histogram/aggregate-builder.ts";
import { ByteReader, CorruptBytesError } from "../../../src/histogram/byte-reader.ts";
import { decodeMeasures, encodeMeasures } from "../../../src/histogram/measures-json.ts";
import { MAX_MEASURE_CODE, MAX_SUMMED_PARTS, MEASURES } from "../../../src/measures.ts";
import { ByteWriter } from "../../../src/histogram/byte-writer.ts";

/** One number beside a timing: the position of its measure, its value in parts, and when it was. */
const measured = fc.record({
  // Two more are of a newer version.
  code: fc.nat(MEASURES.length + 1),
  parts: fc.oneof(fc.nat(3), fc.integer({ min: 0, max: MAX_SUMMED_PARTS })),
  at: fc.oneof(fc.nat(3), fc.integer({ min: 0, max: 2_000_000_000_000 })),
});
const timing = fc.tuple(
  // None is a number without a timing.
  fc.option(fc.integer({ min: 0, max: 600_000_000 }), { freq: 3 }),
  fc.integer({ min: 0, max: 5 }),
  fc.option(measured, { nil: undefined, freq: 3 }),
);
const timings = fc.array(timing, { maxLength: 50 });

type Measured = { readonly code: number; readonly parts: number; readonly at: number };

type Listed = readonly [
  durationUs: number | null,
  outcome: number,
  measured?: Measured | undefined,
];

function record(builder: AggregateBuilder, list: readonly Listed[]): void {
  for (const [durationUs, outcome, one] of list) {
    if (durationUs !== null) builder.record(durationUs, outcome);
    if (one === undefined) continue;
    const { code, parts, at } = one;
    builder.addMeasures(new Map([[code, { count: 1, parts, at: timeOf(code, at) }]]));
  }
}

/** The first that is not known is added up; of the second the newest is kept. */
function timeOf(code: number, at: number): number {
  if (code > MEASURES.length) return at + 1;
  return code === MEASURES.length || MEASURES[code]?.kind === "sum" ? 0 : at;
}

function aggregateOf(list: readonly Listed[]): Aggregate {
  const builder = new AggregateBuilder();
  record(builder, list);
  return builder.finish();
}

function roundTrip(aggregate: Aggregate): Aggregate {
  const writer = new ByteWriter();
  writeAggregate(writer, aggregate);
  const reader = new ByteReader(writer.finish());
  const read = readAggregate(reader);
  expect(reader.atEnd).toBe(true);
  return read;
}

describe("Aggregate", () => {
  it("merges in any grouping to the aggregate of all", () => {
    fc.assert(
      fc.property(timings, timings, timings, (a, b, c) => {
        const [x, y, z] = [aggregateOf(a), aggregateOf(b), aggregateOf(c)];
        const all = aggregateOf([...a, ...b, ...c]);
        expect(mergeAggregates(mergeAggregates(x, y), z)).toEqual(all);
        expect(mergeAggregates(z, mergeAggregates(y, x))).toEqual(all);
      }),
    );
  });

  it("is the same when it was added to a builder piece by piece", () => {
    fc.assert(
      fc.property(timings, timings, (a, b) => {
        const builder = new AggregateBuilder();
        builder.add(aggregateOf(a));
        record(builder, b);
        expect(builder.finish()).toEqual(aggregateOf([...a, ...b]));
      }),
    );
  });

  it("is read as it was written", () => {
    fc.assert(
      fc.property(timings, (list) => {
        expect(roundTrip(aggregateOf(list))).toEqual(aggregateOf(list));
      }),
    );
  });

  it("has the timings that it would have without the numbers that come alone", () => {
    fc.assert(
      fc.property(timings, (list) => {
        const timed = list.flatMap(([durationUs, outcome]): Listed[] =>
          durationUs === null ? [] : [[durationUs, outcome]],
        );
        const { measures: _, ...mixed } = aggregateOf(list);
        const { measures: none, ...plain } = aggregateOf(timed);
        expect(none).toBeUndefined();
        expect(mixed).toEqual(plain);
      }),
    );
  });

  it("is empty without timings and numbers alone", () => {
    fc.assert(
      fc.property(timings, (list) => {
        const isNothing = list.every(([durationUs, , one]) => durationUs === null && !one);
        expect(isEmptyAggregate(aggregateOf(list))).toBe(isNothing);
      }),
    );
  });

  it("has measures that are the same after D1", () => {
    fc.assert(
      fc.property(timings, (list) => {
        const { measures } = aggregateOf(list);
        fc.pre(measures !== undefined);
        expect(decodeMeasures(encodeMeasures(measures))).toEqual(measures);
      }),
    );
  });

  it("keeps measures that only a newer version knows", () => {
    const newer = aggregateOf([
      [1, 0, { code: 0, parts: 1, at: 0 }],
      [1, 0, { code: MEASURES.length, parts: 2, at: 0 }],
      [1, 0, { code: MAX_MEASURE_CODE, parts: -3, at: 5 }],
    ]);
    expect(roundTrip(newer)).toEqual(newer);
    expect(decodeMeasures(`[[${MEASURES.length},1,2,0]]`)).toEqual(
      new Map([[MEASURES.length, { count: 1, parts: 2, at: 0 }]]),
    );
  });

  it.each(["[[256,1,1,0]]", "[[-1,1,1,0]]", "[[0.5,1,1,0]]", "[[0,1,1]]", "{}", "[[0,1,"])(
    "refuses %s, which is no list of measures",
    (text) => {
      expect(() => decodeMeasures(text)).toThrow(/Invalid|JSON/);
    },
  );

  it("leaves everything as it is when nothing is merged", () => {
    const some = aggregateOf([[5, 1]]);
    expect(mergeAggregates(EMPTY_AGGREGATE, some)).toBe(some);
    expect(mergeAggregates(some, EMPTY_AGGREGATE)).toBe(some);
  });

  it("stops the sum at what can still be stored", () => {
    const builder = new AggregateBuilder();
    builder.record(600_000_000, 0, 2 ** 40);
    expect(builder.finish().sumUs).toBe(Number.MAX_SAFE_INTEGER);
    expect(roundTrip(builder.finish()).count).toBe(2 ** 40);
  });

  it("refuses outcomes that it does not know, and every truncation", () => {
    expect(() => readAggregate(new ByteReader(new Uint8Array([200])))).toThrow(CorruptBytesError);
    const writer = new ByteWriter();
    writeAggregate(
      writer,
      aggregateOf([
        [183_250, 0],
        [90_000, 2],
      ]),
    );
    const bytes = writer.finish();
    for (let length = 0; length < bytes.length; length++) {
      expect(() => readAggregate(new ByteReader(bytes.subarray(0, length)))).toThrow(
        CorruptBytesError,
      );
    }
  });
});

describe("ByteWriter", () => {
  it("writes every count that can be, and refuses those that cannot", () => {
    fc.assert(
      fc.property(fc.array(fc.maxSafeNat(), { maxLength: 40 }), (numbers) => {
        const writer = new ByteWriter(1);
        for (const number of numbers) writer.varint(number);
        const reader = new ByteReader(writer.finish());
        expect(numbers.map(() => reader.varint())).toEqual(numbers);
        expect(reader.atEnd).toBe(true);
      }),
    );
    for (const number of [-1, 0.5, Number.NaN, Infinity, 2 ** 53]) {
      expect(() => new ByteWriter().varint(number)).toThrow(RangeError);
    }
  });
});
