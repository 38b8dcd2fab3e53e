import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type Aggregate,
  EMPTY_AGGREGATE,
  mergeAggregates,
  readAggregate,
  writeAggregate,
} from "../../../src/histogram/aggregate.ts";
import { AggregateBuilder } from "../../../src/histogram/aggregate-builder.ts";
import { ByteReader, CorruptBytesError } from "../../../src/histogram/byte-reader.ts";
import { ByteWriter } from "../../../src/histogram/byte-writer.ts";

const timing = fc.tuple(fc.integer({ min: 0, max: 600_000_000 }), fc.integer({ min: 0, max: 5 }));
const timings = fc.array(timing, { maxLength: 50 });

function aggregateOf(list: readonly (readonly [number, number])[]): Aggregate {
  const builder = new AggregateBuilder();
  for (const [durationUs, outcome] of list) builder.record(durationUs, outcome);
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
        for (const [durationUs, outcome] of b) builder.record(durationUs, outcome);
        expect(builder.finish()).toEqual(aggregateOf([...a, ...b]));
      }),
    );
  });

  it("is read as it was written", () => {
    fc.assert(
      fc.property(timings, (list) => {
        fc.pre(list.length > 0);
        expect(roundTrip(aggregateOf(list))).toEqual(aggregateOf(list));
      }),
    );
  });

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
