import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { BucketCounts } from "../../src/histogram/bucket-counts.ts";
import { BUCKET_COUNT, bucketIndex, bucketLowestUs } from "../../src/histogram/bucket-layout.ts";
import { decodeHdrV2Base64, encodeHdrV2 } from "../../src/histogram/hdr-v2.ts";
import { readHistogramLog } from "../../src/histogram/histogram-log-reader.ts";
import { parseTag } from "../../src/histogram/histogram-log-tag.ts";
import { writeHistogramLog } from "../../src/histogram/histogram-log-writer.ts";
import { recordInto } from "../../src/histogram/record-into.ts";
import { java, JAVA_TIMEOUT_MS, noJava, source } from "./java.ts";

/*
 * HdrHistogram's own library, in Java, on the other side of our code: it reads what we write and
 * writes what we read.
 */

const START_MS = 1_795_190_000_123;

interface Interval {
  readonly target: string;
  readonly operation: string;
  readonly startMs: number;
  readonly intervalMs: number;
  readonly maxUs: number;
  readonly counts: BucketCounts;
}

function countsOf(entries: readonly (readonly [index: number, count: number])[]): BucketCounts {
  return {
    forEach(visit) {
      for (const [index, count] of entries) visit(index, count);
    },
  };
}

function interval(
  operation: string,
  minute: number,
  entries: readonly (readonly [index: number, count: number])[],
): Interval {
  const maxUs = bucketLowestUs(entries.at(-1)?.[0] ?? 0);
  const startMs = START_MS + minute * 60_000;
  const counts = countsOf(entries);
  return { target: "meta", operation, startMs, intervalMs: 60_000, maxUs, counts };
}

/** Nothing; one; every kind of run; counts to 2^53 − 1; every bucket there is up to the longest. */
function intervals(): Interval[] {
  const longest = bucketIndex(600_000_000);
  const everyBucket = Array.from(
    { length: longest + 1 },
    (_, index) => [index, index + 1] as const,
  );
  return [
    interval("nothing", 0, []),
    interval("zero", 1, [[0, 1]]),
    interval("runs", 2, [
      [1, 1],
      [3, 64],
      [4, 300],
      [2047, 2 ** 27],
      [2048, 2 ** 31],
      [longest, 2 ** 40],
    ]),
    interval("huge", 3, [[9000, Number.MAX_SAFE_INTEGER]]),
    interval("full", 731 * 1440, everyBucket),
  ];
}

function entriesOf(counts: BucketCounts): [index: number, count: number][] {
  const entries: [number, number][] = [];
  counts.forEach((index, count) => entries.push([index, count]));
  return entries;
}

function totalOf(counts: BucketCounts): number {
  return entriesOf(counts).reduce((sum, [, count]) => sum + count, 0);
}

describe.skipIf(noJava !== undefined)("HdrHistogram's Java library", () => {
  let directory = "";
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), "tachograph-hlog-"));
  });
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  function writeOurLog(): string {
    const path = join(directory, "ours.hlog");
    writeFileSync(path, [...writeHistogramLog(START_MS, intervals())].join(""));
    return path;
  }

  it(
    "reads our log, count for count, and encodes it to the same bytes",
    () => {
      const output = java(source("ReadHistogramLog.java"), writeOurLog());
      const rows = output
        .trimEnd()
        .split("\n")
        .map((line) => line.split("\t"));
      expect(rows).toHaveLength(intervals().length);
      for (const [position, expected] of intervals().entries()) {
        const [tag, start, end, count, , buckets, bytes] = rows[position] ?? [];
        expect([tag, start, end]).toEqual([
          `meta/${expected.operation}`,
          String(expected.startMs),
          String(expected.startMs + expected.intervalMs),
        ]);
        expect(count).toBe(String(totalOf(expected.counts)));
        expect(buckets).toBe(
          entriesOf(expected.counts)
            .map(([index, bucketCount]) => `${bucketLowestUs(index)}:${bucketCount}`)
            .join(","),
        );
        expect(bytes).toBe(Buffer.from(encodeHdrV2(expected.counts)).toString("hex"));
      }
      expect(entriesOf(intervals().at(-1)?.counts ?? countsOf([])).length).toBeLessThan(
        BUCKET_COUNT,
      );
    },
    2 * JAVA_TIMEOUT_MS,
  );

  it(
    "prints percentiles of our log with its HistogramLogProcessor",
    () => {
      const output = java(
        "org.HdrHistogram.HistogramLogProcessor",
        "-i",
        writeOurLog(),
        "-tag",
        "meta/full",
        "-outputValueUnitRatio",
        "1",
      );
      const full = intervals().at(-1)?.counts ?? countsOf([]);
      expect(output).toMatch(new RegExp(`Total count +=? +${totalOf(full)}\\b`));
    },
    2 * JAVA_TIMEOUT_MS,
  );

  it.each(["absolute", "relative"])(
    "writes a log with %s times that we read",
    (times) => {
      const path = join(directory, `${times}.hlog`);
      java(source("WriteHistogramLog.java"), path, String(START_MS), times);
      const log = readHistogramLog(readFileSync(path, "utf8"));
      if (!log.ok) throw new Error(log.reason);
      const rows = Array.from(log.rows, (row) => {
        if (!row.ok) throw new Error(`line ${row.line}: ${row.reason}`);
        const tag = parseTag(row.tag);
        const result = decodeHdrV2Base64(row.payload);
        if (!tag.ok || !result.ok) throw new Error(`line ${row.line} is not readable`);
        const durations: [number, number][] = [];
        recordInto(
          result.histogram,
          "us",
          (valueUs, count) => durations.push([valueUs, count]),
          () => expect.fail("nothing in it is too long"),
        );
        const { target, operation, outcome } = tag;
        return { name: [target, operation, outcome], startMs: row.startMs, durations };
      });
      const toAThousand = Array.from({ length: 1000 }, (_, index) => [index + 1, 1]);
      expect(rows).toEqual([
        { name: ["meta", "events", "ok"], startMs: START_MS, durations: toAThousand },
        {
          name: ["meta", "events", "timeout"],
          startMs: START_MS + 1000,
          durations: [[4_999_168, 7]],
        },
        {
          name: ["tiktok", "call", "ok"],
          startMs: START_MS + 2000,
          // Two digits: 250,000 is told from its neighbours to 1,024.
          durations: [
            [0, 1],
            [250_368, 2 ** 40],
          ],
        },
      ]);
    },
    2 * JAVA_TIMEOUT_MS,
  );
});
