import { BinaryReader } from "@bufbuild/protobuf/wire";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { batchSeries, batchTimings, seedOf, TARGETS } from "../../../../bench/ingest/batch.ts";
import { NativeBody } from "../../../../bench/ingest/native-body.ts";
import { RemoteWriteBody } from "../../../../bench/ingest/remote-write-body.ts";
import { Stamped } from "../../../../bench/ingest/stamped.ts";
import {
  histogramLog,
  importLines,
  influxLines,
  timingsJson,
} from "../../../../bench/ingest/text-bodies.ts";
import { vmRangeOf, vmRangeSeries } from "../../../../bench/ingest/vm-ranges.ts";
import { parseHistogramLog } from "../../../../src/api/parse-histogram-log.ts";
import { ByteReader } from "../../../../src/histogram/byte-reader.ts";

const SECONDS = [1_000_000_000, 1_795_312_000, 2_100_000_000] as const;

/** A value of a series at a time, as a line of text. */
type Sample = string;

function sampleOf(
  labels: Readonly<Record<string, string>>,
  value: number,
  timestampMs: number,
): Sample {
  const { operation, outcome, sender, target } = labels;
  return [target, operation, outcome, sender, value, timestampMs].join(" ");
}

/** What all raw bodies have to say of a batch. */
function expected(size: number, seed: number, second: number): Sample[] {
  return batchTimings(size, seed)
    .map(({ target, operation, outcome, durationUs, offsetMs }) =>
      sampleOf(
        { target, operation, outcome, sender: "s-1" },
        durationUs / 1_000,
        second * 1_000 + offsetMs,
      ),
    )
    .toSorted();
}

function sorted(values: readonly number[]): number[] {
  return values.toSorted((left, right) => left - right);
}

const batch = fc.record({
  size: fc.constantFrom(1, 100, 1_000),
  seed: fc.nat(10_000),
  second: fc.constantFrom(...SECONDS),
});

describe("a batch", () => {
  it("has no two timings of a target at one time, and all of them in its series", () => {
    fc.assert(
      fc.property(batch, ({ size, seed }) => {
        const timings = batchTimings(size, seed);
        const times = new Set(timings.map(({ target, offsetMs }) => `${target} ${offsetMs}`));
        expect(timings).toHaveLength(size);
        expect(times.size).toBe(size);
        const inSeries = batchSeries(timings).flatMap(({ durationsUs }) => durationsUs);
        const durations = timings.map(({ durationUs }) => durationUs);
        expect(sorted(inSeries)).toEqual(sorted(durations));
      }),
      { numRuns: 30 },
    );
  });

  it("of one timing is of one target for all senders, or of each sender's own", () => {
    const targetOf = (sender: number, i: number, isSpread: boolean): string | undefined =>
      batchTimings(1, seedOf(sender, i, isSpread))[0]?.target;
    for (const sender of [0, 1, 7, 15]) {
      for (const i of [0, 1, 2, 63]) {
        expect(targetOf(sender, i, false)).toBe(TARGETS[0]);
        expect(targetOf(sender, i, true)).toBe(TARGETS[sender % TARGETS.length]);
      }
    }
  });
});

describe("raw bodies", () => {
  it("say the same as JSON lines, Influx's lines, remote write and native blocks", () => {
    fc.assert(
      fc.property(batch, ({ size, seed, second }) => {
        const timings = batchTimings(size, seed);
        const series = batchSeries(timings);
        const samples = expected(size, seed, second);
        expect(readImportLines(new Stamped(importLines(series, "s-1")).at(second, 1))).toEqual(
          samples,
        );
        expect(readInfluxLines(new Stamped(influxLines(timings, "s-1")).at(second, 1))).toEqual(
          samples,
        );
        const native = new NativeBody(series, "s-1");
        native.at(second + 1);
        expect(readNative(native.at(second))).toEqual(samples);
        const remote = new RemoteWriteBody(
          series.map(({ target, operation, outcome, durationsUs, offsetsMs }) => ({
            labels: { operation, outcome, sender: "s-1", target },
            values: durationsUs.map((durationUs) => durationUs / 1_000),
            offsetsMs,
          })),
        );
        remote.at(second + 1, 1);
        const read = readRemoteWrite(remote.at(second, 2));
        const sent = read.map(({ labels, value, timestampMs }) =>
          sampleOf(labels, value, timestampMs),
        );
        expect(sent.toSorted()).toEqual(samples);
      }),
      { numRuns: 30 },
    );
  });

  it("are what Tachograph takes, as JSON with the number of the report", () => {
    const text = new Stamped(timingsJson(batchTimings(100, 3), "sender-4")).at(1_795_312_000, 17);
    const { reporter, sequence, timings } = JSON.parse(text) as {
      reporter: string;
      sequence: number;
      timings: readonly {
        target: string;
        operation: string;
        outcome: string;
        durationMs: number;
        at: number;
      }[];
    };
    expect({ reporter, sequence }).toEqual({ reporter: "sender-4", sequence: 17 });
    const samples = timings.map(({ durationMs, at, ...names }) =>
      sampleOf({ ...names, sender: "s-1" }, durationMs, at),
    );
    expect(samples.toSorted()).toEqual(expected(100, 3, 1_795_312_000));
  });
});

describe("aggregated bodies", () => {
  it("have every timing in a HdrHistogram log that Tachograph takes", () => {
    const log = parseHistogramLog(histogramLog(batchTimings(1_000, 5)), {
      unit: "us",
      rebaseToNow: true,
      nowMs: 1_795_312_000_000,
    });
    if (!("targets" in log)) throw new Error("the log was refused");
    expect(log.rejected).toEqual([]);
    const counts = TARGETS.map((target) => log.targets.get(target)?.timings ?? 0);
    expect(counts).toEqual([1_000, 0, 0, 0, 0]);
  });

  it("have every timing in a counter of VictoriaMetrics' buckets, which grow", () => {
    const body = new RemoteWriteBody(vmRangeSeries(batchTimings(1_000, 5), "s-1"), true);
    const sum = (bytes: Uint8Array): number =>
      readRemoteWrite(bytes).reduce((all, { value }) => all + value, 0);
    expect(sum(body.at(1_795_312_000, 1))).toBe(1_000);
    expect(sum(body.at(1_795_312_001, 3))).toBe(3_000);
  });

  it("put a value into the bucket that it lies in", () => {
    expect(vmRangeOf(1.2)).toBe("1.136e+00...1.292e+00");
    expect(vmRangeOf(100)).toBe("8.799e+01...1.000e+02");
    expect(vmRangeOf(0.05)).toBe("4.642e-02...5.275e-02");
    fc.assert(
      fc.property(fc.double({ min: 0.001, max: 600_000, noNaN: true }), (value) => {
        const [lower = 0, upper = 0] = vmRangeOf(value).split("...").map(Number);
        // Bounds have four digits.
        expect(value).toBeGreaterThanOrEqual(lower * 0.999);
        expect(value).toBeLessThanOrEqual(upper * 1.001);
        expect(upper / lower).toBeCloseTo(10 ** (1 / 18), 2);
      }),
    );
  });
});

function readImportLines(text: string): Sample[] {
  const lines = text.split("\n").map(
    (line) =>
      JSON.parse(line) as {
        metric: Record<string, string>;
        values: readonly number[];
        timestamps: readonly number[];
      },
  );
  return lines
    .flatMap(({ metric, values, timestamps }) =>
      values.map((value, i) => sampleOf(metric, value, timestamps[i] ?? Number.NaN)),
    )
    .toSorted();
}

function readInfluxLines(text: string): Sample[] {
  const lines = text.split("\n").map((line) => {
    const [name = "", field = "", time = ""] = line.split(" ");
    const tags = name
      .split(",")
      .slice(1)
      .map((tag) => tag.split("=") as [string, string]);
    return sampleOf(Object.fromEntries(tags), Number(field.replace("ms=", "")), Number(time));
  });
  return lines.toSorted();
}

interface RemoteSample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
  readonly timestampMs: number;
}

/** Snappy with a single literal, in it `prompb.WriteRequest`. */
function readRemoteWrite(bytes: Uint8Array): RemoteSample[] {
  const snappy = new BinaryReader(bytes);
  const length = snappy.uint32();
  const [tag = 0, low = 0, middle = 0, high = 0] = bytes.subarray(snappy.pos);
  expect(tag).toBe(0xf8);
  expect(low + 256 * middle + 65_536 * high + 1).toBe(length);
  const message = bytes.subarray(snappy.pos + 4);
  expect(message).toHaveLength(length);
  return fieldsOf(message).flatMap(([, series]) => {
    const fields = fieldsOf(new BinaryReader(series).bytes());
    const labels = fields.flatMap(([number, field]) => {
      if (number !== 1) return [];
      const texts = fieldsOf(new BinaryReader(field).bytes());
      const [name = "", value = ""] = texts.map(([, text]) => new BinaryReader(text).string());
      return [[name, value] as const];
    });
    return fields.flatMap(([number, field]) => {
      if (number !== 2) return [];
      const parts = new Map(fieldsOf(new BinaryReader(field).bytes()));
      return {
        labels: Object.fromEntries(labels),
        value: new BinaryReader(parts.get(1) ?? new Uint8Array()).double(),
        timestampMs: Number(new BinaryReader(parts.get(2) ?? new Uint8Array()).int64()),
      };
    });
  });
}

/** Number and content of each field, its length before it if it has one. */
function fieldsOf(message: Uint8Array): [number, Uint8Array][] {
  const reader = new BinaryReader(message);
  const fields: [number, Uint8Array][] = [];
  while (reader.pos < reader.len) {
    const [number, wire] = reader.tag();
    fields.push([number, reader.skip(wire)]);
  }
  return fields;
}

/** Blocks of deltas, as VictoriaMetrics 1.79 has them. */
function readNative(bytes: Uint8Array): Sample[] {
  const view = new DataView(bytes.buffer);
  const samples: Sample[] = [];
  let position = 16;
  const sized = (): Uint8Array => {
    const length = view.getUint32(position);
    position += 4 + length;
    return bytes.subarray(position - length, position);
  };
  while (position < bytes.length) {
    const [, ...parts] = new TextDecoder().decode(sized()).split("\u0001");
    const labels: Record<string, string> = {};
    for (let i = 0; i + 1 < parts.length; i += 2) labels[parts[i] ?? ""] = parts[i + 1] ?? "";
    const block = new ByteReader(sized());
    const signed = (from: ByteReader): number => {
      const zigzag = from.varint();
      return zigzag % 2 === 0 ? zigzag / 2 : -(zigzag + 1) / 2;
    };
    let timestampMs = signed(block);
    let valueUs = signed(block);
    const rows = block.varint();
    expect([signed(block), block.byte(), block.byte()]).toEqual([-3, 6, 6]);
    const columns = [0, 1].map(() => {
      const length = block.varint();
      return new ByteReader(Uint8Array.from({ length }, () => block.byte()));
    });
    expect(block.atEnd).toBe(true);
    for (let row = 0; row < rows; row++) {
      const [times, values] = columns;
      if (row > 0 && times && values) {
        timestampMs += signed(times);
        valueUs += signed(values);
      }
      samples.push(sampleOf(labels, valueUs / 1_000, timestampMs));
    }
    expect(columns.every(({ atEnd }) => atEnd)).toBe(true);
  }
  return samples.toSorted();
}
