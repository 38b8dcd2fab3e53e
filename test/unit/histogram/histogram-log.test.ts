import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { build, HistogramLogReader, HistogramLogWriter } from "hdr-histogram-js";
import { describe, expect, it } from "vitest";
import type { BucketCounts } from "../../../src/histogram/bucket-counts.ts";
import { bucketHighestUs, bucketIndex } from "../../../src/histogram/bucket-layout.ts";
import { decodeHdrV2Base64, encodeHdrV2Base64 } from "../../../src/histogram/hdr-v2.ts";
import {
  HISTOGRAM_LOG_LIMITS,
  type HistogramLogLineError,
  type HistogramLogLimits,
  type HistogramLogRow,
  readHistogramLog,
} from "../../../src/histogram/histogram-log-reader.ts";
import { parseTag } from "../../../src/histogram/histogram-log-tag.ts";
import {
  type HistogramLogInterval,
  histogramLogHeader,
  histogramLogRow,
  writeHistogramLog,
} from "../../../src/histogram/histogram-log-writer.ts";
import { recordInto } from "../../../src/histogram/record-into.ts";
import { OUTCOMES } from "../../../src/outcome.ts";

const START_MS = 1_795_190_000_123;

function countsOf(values: Readonly<Record<number, number>>): BucketCounts {
  return {
    forEach(visit) {
      for (const [index, count] of Object.entries(values)) visit(Number(index), count);
    },
  };
}

const PAYLOAD = encodeHdrV2Base64(countsOf({ 1500: 3 }));

function rowsOf(
  text: string,
  limits: HistogramLogLimits = HISTOGRAM_LOG_LIMITS,
): (HistogramLogRow | HistogramLogLineError)[] {
  const log = readHistogramLog(text, limits);
  if (!log.ok) throw new Error(`refused: ${log.reason}`);
  return [...log.rows];
}

function reasonOf(text: string, limits?: HistogramLogLimits): string {
  const log = readHistogramLog(text, limits);
  return log.ok ? "accepted" : log.reason;
}

function startsOf(...lines: string[]): (number | string)[] {
  return rowsOf(lines.join("\n")).map((row) => (row.ok ? row.startMs : row.reason));
}

function fixture(name: string): string {
  return readFileSync(join(import.meta.dirname, "../../fixtures", name), "utf8");
}

describe("readHistogramLog of other libraries' logs", () => {
  it.each(["java-absolute.hlog", "java-base-time.hlog"])("reads %s", (name) => {
    const rows = rowsOf(fixture(name)).map((row) => {
      if (!row.ok) throw new Error(`line ${row.line}: ${row.reason}`);
      const result = decodeHdrV2Base64(row.payload);
      if (!result.ok) throw new Error(result.reason);
      let sumUs = 0;
      recordInto(
        result.histogram,
        "us",
        (valueUs, count) => (sumUs += valueUs * count),
        () => expect.fail("nothing in it is too long"),
      );
      return [row.tag, row.startMs, row.intervalMs, result.histogram.totalCount, sumUs];
    });
    expect(rows).toEqual([
      ["meta/events", START_MS, 1000, 1000, 500_500],
      ["meta/events/timeout", START_MS + 1000, 1000, 7, 7 * 4_999_168],
      ["tiktok", START_MS + 2000, 1000, 2 ** 40 + 1, 250_368 * 2 ** 40],
    ]);
  });

  it("reads what hdr-histogram-js writes, blank lines and all", () => {
    let text = "";
    const writer = new HistogramLogWriter((content) => (text += content));
    const histogram = build();
    histogram.recordValue(183);
    histogram.tag = "meta/events";
    histogram.startTimeStampMsec = START_MS;
    histogram.endTimeStampMsec = START_MS + 500;
    writer.outputLogFormatVersion();
    writer.outputStartTime(START_MS);
    writer.outputLegend();
    writer.outputIntervalHistogram(histogram);
    const [row, ...others] = rowsOf(text);
    expect(row).toMatchObject({ ok: true, tag: "meta/events", startMs: START_MS, intervalMs: 500 });
    expect(others).toEqual([]);
  });
});

describe("readHistogramLog", () => {
  it("skips comments, legends and blank lines, ends lines at LF or CRLF, counts lines from 1", () => {
    const lines = [
      "#[Histogram log format version 1.2]",
      "",
      "# anything, even, with, commas",
      '"StartTimestamp","Interval_Length","Interval_Max","Interval_Compressed_Histogram"',
      "StartTimestamp,EndTimestamp,Interval_Max,Interval_Compressed_Histogram",
      "Timestamp,Interval_Length,Interval_Max,Interval_Compressed_Histogram",
      `1795190000.123,1.000,0.002,${PAYLOAD}`,
      "  ",
      `Tag=meta,1795190001,2.5,2.0,${PAYLOAD}`,
    ];
    const expected = [
      { ok: true, line: 7, tag: undefined, startMs: START_MS, intervalMs: 1000, payload: PAYLOAD },
      {
        ok: true,
        line: 9,
        tag: "meta",
        startMs: 1_795_190_001_000,
        intervalMs: 2500,
        payload: PAYLOAD,
      },
    ];
    for (const newline of ["\n", "\r\n"]) {
      expect(rowsOf(lines.join(newline))).toEqual(expected);
      expect(rowsOf(lines.join(newline) + newline)).toEqual(expected);
    }
  });

  it("finds nothing in an empty log", () => {
    expect(rowsOf("")).toEqual([]);
    expect(rowsOf("\n\r\n#[Histogram log format version 1.3]\n")).toEqual([]);
  });

  it.each(["1.0", "1.01", "1.1", "1.2", "1.3", "1.4"])("reads format version %s", (version) => {
    expect(startsOf(`#[Histogram log format version ${version}]`, `5,1,1,${PAYLOAD}`)).toEqual([
      5000,
    ]);
  });

  it.each(["2.0", "0.9", "1", "", "x", "1.3.1", "10.0"])("refuses format version %j", (version) => {
    expect(reasonOf(`#\n#[Histogram log format version ${version}]`)).toBe(
      `line 2: log format version ${version} is not read; 1.0 to 1.3 are`,
    );
  });

  it.each([
    ["Tag=meta,1,1", /number of fields/],
    [`Tag=meta,1,1,1,${PAYLOAD},`, /number of fields/],
    [`Tag=a,b,1,1,1,${PAYLOAD}`, /number of fields/],
    ["hello", /number of fields/],
    [",,,,,,,,,,", /number of fields/],
    [`x,1,1,${PAYLOAD}`, /^the start is no number/],
    [`,1,1,${PAYLOAD}`, /^the start is no number/],
    [`Infinity,1,1,${PAYLOAD}`, /^the start is no number/],
    [`0x10,1,1,${PAYLOAD}`, /^the start is no number/],
    [` 1,1,1,${PAYLOAD}`, /^the start is no number/],
    [`1e999,1,1,${PAYLOAD}`, /^the start or the length is further than any date/],
    [`1e15,1,1,${PAYLOAD}`, /^the start or the length is further than any date/],
    [`${"9".repeat(30)},1,1,${PAYLOAD}`, /^the start is no number/],
    [`1,-1,1,${PAYLOAD}`, /^the length is no number/],
    [`1,NaN,1,${PAYLOAD}`, /^the length is no number/],
    [`1,1e300,1,${PAYLOAD}`, /^the start or the length is further than any date/],
    [`1,1,,${PAYLOAD}`, /^the maximum is no number/],
    ["1,1,1,", /^there is no histogram/],
  ])("costs a bad line only itself: %s", (line, reason) => {
    const rows = rowsOf(`1,1,1,${PAYLOAD}\n${line}\n2,1,1,${PAYLOAD}`);
    expect(rows.map((row) => [row.line, row.ok])).toEqual([
      [1, true],
      [2, false],
      [3, true],
    ]);
    expect(rows[1]).toMatchObject({ ok: false, reason: expect.stringMatching(reason) });
  });

  it("refuses a log with too many rows before it gives out the first", () => {
    const row = `1,1,1,${PAYLOAD}\n`;
    const limits = { ...HISTOGRAM_LOG_LIMITS, maxRows: 3 };
    expect(rowsOf(`#\n\n${row.repeat(3)}`, limits)).toHaveLength(3);
    expect(reasonOf(`#\n\n${row.repeat(4)}`, limits)).toBe(
      "more than 3 rows; send them as several logs",
    );
    expect(reasonOf("1,\n".repeat(10_001))).toMatch(/^more than 10000 rows/);
    expect(rowsOf("1,\n".repeat(10_000))).toHaveLength(10_000);
  });

  it("refuses a line that is too long, and reads the next", () => {
    const limits = { ...HISTOGRAM_LOG_LIMITS, maxLineLength: 200 };
    expect(rowsOf(`1,1,1,${"A".repeat(195)}\n1,1,1,${PAYLOAD}`, limits)).toMatchObject([
      { ok: false, line: 1, reason: "201 characters; at most 200 are read" },
      { ok: true, line: 2 },
    ]);
  });

  it("gives its rows again when asked again", () => {
    const log = readHistogramLog(`#[StartTime: 1795190000]\n5,1,1,${PAYLOAD}`);
    if (!log.ok) throw new Error(log.reason);
    expect([...log.rows]).toEqual([...log.rows]);
  });

  it("never throws, whatever the text", () => {
    const piece = fc.oneof(
      fc.constantFrom(
        ",",
        "\n",
        "\r",
        "Tag=",
        "#[StartTime: ",
        "#[BaseTime: ",
        "1.5",
        "-",
        PAYLOAD,
      ),
      fc.string({ unit: "binary", maxLength: 5 }),
    );
    const text = fc.array(piece, { maxLength: 40 }).map((pieces) => pieces.join(""));
    fc.assert(
      fc.property(text, (log) => {
        const result = readHistogramLog(log);
        if (!result.ok) expect(result.reason).not.toBe("");
        for (const row of result.ok ? result.rows : []) {
          if (row.ok) expect(Number.isSafeInteger(row.startMs + row.intervalMs)).toBe(true);
        }
      }),
      { numRuns: 2000 },
    );
  });
});

describe("the time of a row", () => {
  const row = (start: string) => `${start},1.0,1.0,${PAYLOAD}`;
  const startTime = "#[StartTime: 1795190000.123 (seconds since epoch), Fri Nov 20 2026]";

  it("is absolute without any time comment", () => {
    expect(startsOf(row("1795190000.123"), row("17.5"))).toEqual([START_MS, 17_500]);
  });

  it("is absolute from a year before the start time on", () => {
    expect(startsOf(startTime, row("1795190005.001"))).toEqual([1_795_190_005_001]);
    expect(startsOf(startTime, row("1763654000.123"))).toEqual([1_763_654_000_123]);
  });

  it("counts from the start time if the first row lies more than a year before it", () => {
    expect(startsOf(startTime, row("1763654000.122"))).toEqual([1_763_654_000_122 + START_MS]);
    expect(startsOf(startTime, row("0.500"), row("1795190001"))).toEqual([
      START_MS + 500,
      // The first row has decided, as in Java.
      START_MS + 1_795_190_001_000,
    ]);
  });

  it("counts from the base time where there is one", () => {
    expect(startsOf(startTime, "#[BaseTime: 1000.5 (seconds since epoch)]", row("2"))).toEqual([
      1_002_500,
    ]);
    expect(startsOf(startTime, "#[BaseTime: 0 (seconds since epoch)]", row("2"))).toEqual([2000]);
    expect(startsOf("#[BaseTime: 10]", row("2"), "#[BaseTime: 20]", row("2"))).toEqual([
      12_000, 22_000,
    ]);
  });

  it("cannot be told from a time comment without a number", () => {
    for (const bad of ["", "x", "NaN", "1,5x", "12:00", "1e", "--1"]) {
      const reason = /^line 2: (StartTime|BaseTime) is no number of seconds since the epoch$/;
      if (bad !== "1,5x") expect(reasonOf(`#\n#[StartTime: ${bad}]`)).toMatch(reason);
      if (bad !== "1,5x") expect(reasonOf(`#\n#[BaseTime: ${bad}]`)).toMatch(reason);
    }
  });

  it("is rounded to the millisecond, where 1000 times a double falls short", () => {
    expect(Math.trunc((1_795_190_000.123 + 0.001) * 1000)).toBe(START_MS);
    const baseTime = "#[BaseTime: 1795190000.123 (seconds since epoch)]";
    expect(startsOf(baseTime, row("0.001"), row("0.004"))).toEqual([START_MS + 1, START_MS + 4]);
  });
});

describe("parseTag", () => {
  it.each([
    ["meta", { target: "meta", operation: "call", outcome: "ok" }],
    ["meta/events", { target: "meta", operation: "events", outcome: "ok" }],
    ["meta/events/timeout", { target: "meta", operation: "events", outcome: "timeout" }],
    ["a.b:c_d-e/x", { target: "a.b:c_d-e", operation: "x", outcome: "ok" }],
  ])("reads %s", (tag, parsed) => {
    expect(parseTag(tag)).toEqual({ ok: true, ...parsed });
  });

  it("reads every outcome", () => {
    for (const outcome of OUTCOMES) {
      expect(parseTag(`meta/events/${outcome}`)).toMatchObject({ ok: true, outcome });
    }
  });

  it.each([
    [undefined, "bad_target"],
    ["", "bad_target"],
    ["/events", "bad_target"],
    ["Meta", "bad_target"],
    ["me ta", "bad_target"],
    ["*", "bad_target"],
    ["a".repeat(65), "bad_target"],
    ["meta/", "bad_operation"],
    ["meta//ok", "bad_operation"],
    ["meta/*", "bad_operation"],
    ["meta/Events/nonsense", "bad_operation"],
    ["meta/events/", "bad_outcome"],
    ["meta/events/OK", "bad_outcome"],
    ["meta/events/constructor", "bad_outcome"],
    ["meta/events/ok/", "bad_outcome"],
    ["meta/events/ok/more/parts", "bad_outcome"],
  ])("refuses %s", (tag, reason) => {
    expect(parseTag(tag)).toEqual({ ok: false, reason });
  });

  it("refuses a megabyte of anything", () => {
    for (const tag of ["x", "/", "meta/", "a/"].map((part) => part.repeat(262_144))) {
      expect(parseTag(tag).ok).toBe(false);
    }
  });
});

describe("writeHistogramLog", () => {
  const interval: HistogramLogInterval = {
    target: "meta",
    operation: "events",
    startMs: START_MS,
    intervalMs: 60_000,
    maxUs: 902_123,
    counts: countsOf({ 5: 2, 1500: 3 }),
  };

  it("writes the header, then a row an interval", () => {
    const lines = [...writeHistogramLog(START_MS, [interval])].join("").split("\n");
    expect(lines).toEqual([
      "#[Histogram log format version 1.3]",
      "#[StartTime: 1795190000.123 (seconds since epoch), 2026-11-20T15:53:20.123Z]",
      '"StartTimestamp","Interval_Length","Interval_Max","Interval_Compressed_Histogram"',
      `Tag=meta/events,1795190000.123,60.000,902.123,${encodeHdrV2Base64(interval.counts)}`,
      "",
    ]);
    for (const line of lines.slice(0, 3)) expect(line.length).toBeLessThan(128);
  });

  it("asks for an interval only when its row is wanted", () => {
    let asked = 0;
    const intervals = (function* () {
      for (; ; asked++) yield interval;
    })();
    const log = writeHistogramLog(START_MS, intervals);
    expect(log.next().value).toBe(histogramLogHeader(START_MS));
    expect(log.next().value).toBe(histogramLogRow(interval));
    expect(asked).toBe(0);
  });

  it.each<[string, Partial<HistogramLogInterval>]>([
    ["a comma in a name", { target: "a,b" }],
    ["a space in a name", { operation: "a b" }],
    ["a line break in a name", { operation: "a\nTag=b" }],
    ["a time before 1970", { startMs: -1 }],
    ["no number", { intervalMs: Number.NaN }],
    ["a maximum of nothing", { maxUs: Number.NEGATIVE_INFINITY }],
  ])("throws at %s", (_, wrong) => {
    expect(() => histogramLogRow({ ...interval, ...wrong })).toThrow(RangeError);
  });

  const anyInterval: fc.Arbitrary<HistogramLogInterval> = fc.record({
    target: fc.constantFrom("meta", "google", "tiktok"),
    operation: fc.constantFrom("events", "call", "v1.2:x"),
    startMs: fc.integer({ min: START_MS, max: START_MS + 86_400_000 }),
    intervalMs: fc.constantFrom(60_000, 3_600_000),
    maxUs: fc.integer({ min: 0, max: 600_000_000 }),
    counts: fc
      .dictionary(
        fc.integer({ min: 0, max: bucketIndex(600_000_000) }).map(String),
        fc.integer({ min: 1, max: 2 ** 40 }),
        { maxKeys: 30 },
      )
      .map(countsOf),
  });

  function bucketsOf(counts: BucketCounts): [number, number][] {
    const buckets: [number, number][] = [];
    counts.forEach((index, count) => buckets.push([index, count]));
    return buckets;
  }

  it("comes back from our reader", () => {
    fc.assert(
      fc.property(fc.array(anyInterval, { maxLength: 10 }), (intervals) => {
        const rows = rowsOf([...writeHistogramLog(START_MS, intervals)].join(""));
        const read = rows.map((row) => {
          if (!row.ok) throw new Error(row.reason);
          const tag = parseTag(row.tag);
          const result = decodeHdrV2Base64(row.payload);
          if (!tag.ok || !result.ok) throw new Error("not readable");
          const buckets: [number, number][] = [];
          const { startMs, intervalMs } = row;
          recordInto(
            result.histogram,
            "us",
            (valueUs, count) => buckets.push([bucketIndex(valueUs), count]),
            () => expect.fail("nothing in it is too long"),
          );
          return [tag.target, tag.operation, tag.outcome, startMs, intervalMs, buckets];
        });
        expect(read).toEqual(
          intervals.map(({ target, operation, startMs, intervalMs, counts }) => {
            return [target, operation, "ok", startMs, intervalMs, bucketsOf(counts)];
          }),
        );
      }),
    );
  });

  it("is read by hdr-histogram-js", () => {
    fc.assert(
      fc.property(fc.array(anyInterval, { maxLength: 5 }), (intervals) => {
        const reader = new HistogramLogReader(
          [...writeHistogramLog(START_MS, intervals)].join(""),
          64,
        );
        for (const { target, operation, startMs, intervalMs, counts } of intervals) {
          const histogram = reader.nextIntervalHistogram();
          if (histogram === null) throw new Error("a row is missing");
          const buckets = bucketsOf(counts);
          expect(histogram.tag).toBe(`${target}/${operation}`);
          expect(Math.round(histogram.startTimeStampMsec)).toBe(startMs);
          expect(Math.round(histogram.endTimeStampMsec)).toBe(startMs + intervalMs);
          expect(histogram.totalCount).toBe(buckets.reduce((sum, [, count]) => sum + count, 0));
          const highest = buckets.at(-1)?.[0];
          if (highest !== undefined) {
            expect(histogram.getValueAtPercentile(100)).toBe(bucketHighestUs(highest));
          }
        }
        expect(reader.nextIntervalHistogram()).toBeNull();
      }),
      { numRuns: 50 },
    );
  });
});
