import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as v from "valibot";
import { describe, expect, it, vi } from "vitest";
import { AggregateBuilder } from "../../../src/histogram/aggregate-builder.ts";
import type { MeasureTotals } from "../../../src/histogram/measure-totals.ts";
import { measureStats } from "../../../src/merge/measure-stats.ts";
import { decodeSlotList, encodeSlotList, sumSlots } from "../../../src/merge/slot-list.ts";
import { encodeStreamTotal, StreamTotals } from "../../../src/merge/stream-totals.ts";
import type { TotalValue } from "../../../src/wire/running-total.ts";
import { decodeShardReport, encodeShardReport } from "../../../src/wire/shard-message.ts";
import type { ShardReport } from "../../../src/wire/shard-rpc.ts";

const AT = 1_800_000_000_000;

/** Bytes as they were sent or stored once; what reads and writes them may not change. */
function bytesOf(file: string, name: string): Uint8Array {
  const path = join(import.meta.dirname, "../../fixtures", file);
  const all = v.parse(v.record(v.string(), v.string()), JSON.parse(readFileSync(path, "utf8")));
  const digits = all[name] ?? "";
  return Uint8Array.from({ length: digits.length / 2 }, (_, at) =>
    Number.parseInt(digits.slice(2 * at, 2 * at + 2), 16),
  );
}

const columns = {
  operations: ["users", "orders"],
  baseAt: AT,
  durationUs: Int32Array.of(1_500, 40, 600_000_000),
  atOffsetMs: Int32Array.of(0, -20, 7),
  operationIndex: Uint8Array.of(0, 1, 0),
  outcome: Uint8Array.of(0, 1, 2),
};

const measures = {
  timing: Int32Array.of(0, 0, 2),
  code: Uint8Array.of(0, 3, 6),
  value: Float64Array.of(7, 0.25, 4_096),
};

const explicit: TotalValue = {
  kind: "histogram",
  histogram: {
    count: 12,
    sumUs: 1_250_000.5,
    minUs: null,
    maxUs: 300_000,
    buckets: { kind: "explicit", boundsUs: [5_000, 250_000.5], counts: [4, 7, 1] },
  },
};

const exponential: TotalValue = {
  kind: "histogram",
  histogram: {
    count: 300,
    sumUs: null,
    minUs: 0,
    maxUs: null,
    buckets: {
      kind: "exponential",
      scale: -2,
      unitUs: 1_000_000,
      zeroCount: 20,
      zeroThresholdUs: 0.5,
      offset: -7,
      counts: [200, 0, 80],
    },
  },
};

const rowsRead: TotalValue = { kind: "measure", code: 0, parts: 70_000 };

const runningTotals = [explicit, exponential, rowsRead].map((value, i) => ({
  stream: String(i).padStart(32, "0a1b"),
  operation: "users",
  outcome: i,
  startAt: i === 2 ? 0 : AT - 60_000,
  at: AT + i,
  value,
}));

const contents: Readonly<Record<string, ShardReport["content"]>> = {
  timings: { kind: "timings", columns },
  histograms: { kind: "histograms", delta: Uint8Array.of(1, 2, 3), timings: 9 },
  measured: { kind: "timings", columns: { ...columns, measures } },
  cumulative: { kind: "cumulative", totals: runningTotals },
};

describe("a report to a shard of another version", () => {
  // Those of version 1 were written before there were measures.
  it.each([
    ["timings", 1],
    ["histograms", 1],
    ["measured", 2],
    ["cumulative", 3],
  ] as const)("of %s is written and read as ever, in version %i", (name, version) => {
    const content = contents[name];
    if (content === undefined) throw new Error(`there is no ${name}`);
    const refused = { bad_duration: 2 };
    const report: ShardReport = { reporter: "edge-1", sequence: 12, givenUp: 3, refused, content };
    const bytes = bytesOf("wire/shard-reports.json", name);
    expect(decodeShardReport(bytes)).toEqual(report);
    expect(encodeShardReport(report)).toEqual(bytes);
    // Behind what is there for each timing.
    const timings = new DataView(bytes.buffer).getInt32(0, true);
    expect(bytes[12 + 10 * timings]).toBe(version);
  });
});

function streamTotals(stream: string, body: Uint8Array): StreamTotals {
  return new StreamTotals({
    loadStreams: () => [{ stream, heardAt: AT }],
    readStream: () => body,
  });
}

describe("a stream's last total of another version", () => {
  it.each(
    runningTotals.map(
      (total, i) => [["explicit", "exponential", "measure"][i] ?? "", total] as const,
    ),
  )("(%s) is written and read as ever", (name, { stream, startAt, at, value }) => {
    const body = bytesOf("stored/stream-totals.json", name);
    expect(encodeStreamTotal({ startAt, at, value })).toEqual(body);
    const known = streamTotals(stream, body);
    expect(known.get(stream)).toEqual({ startAt, at, value });
  });

  it("that cannot be read is as if there were none", () => {
    const stream = "0".repeat(32);
    const logged = vi.spyOn(console, "error").mockImplementation(() => undefined);
    const body = bytesOf("stored/stream-totals.json", "measure");
    for (const wrong of [body.with(0, 9), body.subarray(0, 5), new Uint8Array(0)]) {
      expect(streamTotals(stream, wrong).get(stream)).toBeUndefined();
    }
    expect(logged).toHaveBeenCalledTimes(3);
    logged.mockRestore();
  });
});

const known: MeasureTotals = new Map([
  [0, { count: 2, parts: 8, at: 0 }],
  [3, { count: 1, parts: 250, at: 0 }],
  [6, { count: 1, parts: 4_096, at: AT + 7 }],
]);

const unknown: MeasureTotals = new Map([
  [40, { count: 2, parts: 9, at: 0 }],
  [41, { count: 1, parts: -2.5, at: AT + 7 }],
]);

describe("a stored stretch of another version", () => {
  it.each([
    ["plain", undefined],
    ["measured", known],
    ["ofNewerVersion", new Map([...known, ...unknown])],
  ])("(%s) is written and read as ever", (name, totals) => {
    const builder = new AggregateBuilder();
    for (const durationUs of [1_500, 40, 1_500])
      builder.record(durationUs, durationUs === 40 ? 1 : 0);
    if (totals !== undefined) builder.addMeasures(totals);
    const slots = new Map([[AT, builder.finish()]]);
    const bytes = bytesOf("stored/slot-lists.json", name);
    expect(decodeSlotList(bytes)).toEqual(slots);
    expect(encodeSlotList(slots)).toEqual(bytes);
  });

  it("keeps what it measured beyond what is known, and shows the rest", () => {
    const { measures: read } = sumSlots(
      decodeSlotList(bytesOf("stored/slot-lists.json", "ofNewerVersion")),
    );
    expect(measureStats(read)).toEqual({
      rowsRead: { count: 2, sum: 8, mean: 4 },
      waitMs: { count: 1, sum: 0.25, mean: 0.25 },
      sizeBytes: { count: 1, last: 4_096, lastAt: AT + 7 },
    });
  });
});
