import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { dayContent } from "../../../../src/cli/import/day-pieces.ts";
import { DaySpool } from "../../../../src/cli/import/day-spool.ts";
import {
  type LineRecord,
  readRecord,
  writeRecord,
} from "../../../../src/cli/import/line-record.ts";
import { LogSplit } from "../../../../src/cli/import/split-log.ts";
import { LineSplitter } from "../../../../src/cli/line-splitter.ts";
import { compareText } from "../../../../src/compare-text.ts";
import { EMPTY_AGGREGATE } from "../../../../src/histogram/aggregate.ts";
import { readHistogramLog } from "../../../../src/histogram/histogram-log-reader.ts";
import { histogramLogHeader } from "../../../../src/histogram/histogram-log-writer.ts";
import { parseRowDetails, rowDetailsLine } from "../../../../src/histogram/row-details.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS, startOf } from "../../../../src/merge/slot-time.ts";
import { smallPayload } from "../../../support/hdr-payloads.ts";
import { seedOf } from "../../../support/seeded.ts";

const seed = seedOf("splitting logs", process.env["SEED"]);
const START = Date.UTC(2026, 10, 1);

type DayContent = ReturnType<typeof dayContent>;
type SplitOptions = ConstructorParameters<typeof LogSplit>[0];

const ALL: SplitOptions = {
  targets: [],
  operations: [],
  untagged: undefined,
  latestMs: Infinity,
  oldestMs: 0,
  unit: "us",
};
const [ONE, TWO] = [smallPayload(1), smallPayload(2)];

interface Row {
  readonly tag: string;
  readonly startMs: number;
  readonly payload: string;
  readonly hasDetails: boolean;
}

const anyRow = fc.record<Row>({
  tag: fc.constantFrom("meta/call", "meta/call/error", "meta/events", "google", "google/a.b"),
  startMs: fc
    .tuple(fc.nat(1), fc.nat(150))
    .map(([day, minute]) => START + day * DAY_MS + minute * MINUTE_MS),
  payload: fc.integer({ min: 1, max: 1_000_000 }).map(smallPayload),
  hasDetails: fc.boolean(),
});

function linesOf({ tag, startMs, payload, hasDetails }: Row): string[] {
  const row = `Tag=${tag},${(startMs / 1_000).toFixed(3)},60.000,1.000,${payload}`;
  if (!hasDetails) return [row];
  const details = rowDetailsLine({ tag, startMs, lengthMs: MINUTE_MS }, EMPTY_AGGREGATE);
  return [details.trimEnd(), row];
}

interface Split {
  readonly days: ReadonlyMap<string, DayContent>;
  readonly rows: number;
  readonly tally: LogSplit["tally"];
  readonly bad: readonly string[];
}

/** Splits texts as the program does: each in pieces, with so much memory. */
async function split(
  texts: readonly (readonly string[])[],
  { maxHeld = 1e9, options = ALL, limits = { maxCharacters: 1e9, maxRows: 1e9 } } = {},
): Promise<Split> {
  const spool = new DaySpool(maxHeld);
  const splitter = new LogSplit(options, spool);
  const bad: string[] = [];
  const days = new Map<string, DayContent>();
  try {
    for (const [file, pieces] of texts.entries()) {
      const take = splitter.begin(file, `${file}.hlog`, (line, reason) => {
        bad.push(`${file}:${line}: ${reason}`);
      });
      const lines = new LineSplitter(1_000_000);
      for (const piece of pieces) {
        take(lines.push(piece));
        if (spool.isFull) await spool.flush();
      }
      take(lines.end());
    }
    for (const key of spool.days()) {
      const records = (await spool.read(key)).map((line) => readRecord(line, ["0", "1"]));
      days.set(`${key.dayAt}/${key.target}/${key.operation}`, dayContent(records, limits));
    }
  } finally {
    await spool.close();
  }
  return { days, rows: splitter.tally.rows, tally: splitter.tally, bad };
}

function bodiesOf({ days }: Split): [string, string, string[]][] {
  return [...days].map(([key, { digest, pieces }]) => [
    key,
    digest,
    pieces.map(({ body }) => body),
  ]);
}

interface HourSize {
  readonly rows: number;
  readonly characters: number;
}

/** How much there is of an hour in all requests of its day. */
function sizeOf(pieces: DayContent["pieces"], hour: number): HourSize {
  const lines = pieces.flatMap(({ body }) => body.split("\n"));
  const own = lines.filter((line) => {
    const start = /^Tag=[^,]+,([^,]+),/.exec(line)?.[1];
    const startMs = parseRowDetails(line)?.startMs ?? Number(start) * 1_000;
    return startOf(startMs, HOUR_MS) === hour;
  });
  return {
    rows: own.filter((line) => line.startsWith("Tag=")).length,
    characters: own.reduce((sum, line) => sum + line.length + 1, 0),
  };
}

describe("days of logs", () => {
  it("are the same whatever the order of lines, the pieces they come in, and the memory", async () => {
    const directory = mkdtempSync(join(tmpdir(), "tachograph-test-"));
    vi.stubEnv("TMPDIR", directory);
    const text = fc.array(anyRow, { maxLength: 60 }).chain((rows) => {
      const lines = rows.flatMap(linesOf);
      const shuffled = fc.shuffledSubarray(lines, { minLength: lines.length });
      return fc.record({ lines: fc.constant(lines), shuffled });
    });
    const chunk = fc.integer({ min: 1, max: 300 });
    await fc.assert(
      fc.asyncProperty(text, chunk, fc.nat(3_000), async ({ lines, shuffled }, size, maxHeld) => {
        const plain = await split([[`${lines.join("\n")}\n`]]);
        const whole = `${histogramLogHeader(START)}${shuffled.join("\r\n")}`;
        const pieces = Array.from({ length: Math.ceil(whole.length / size) }, (_, i) =>
          whole.slice(i * size, (i + 1) * size),
        );
        const other = await split([pieces], { maxHeld });
        expect(bodiesOf(other)).toEqual(bodiesOf(plain));
        expect([other.rows, other.bad, plain.bad]).toEqual([plain.rows, [], []]);
      }),
      { seed, numRuns: 60 },
    );
    // Nothing is left on the disk.
    expect(readdirSync(directory)).toEqual([]);
    vi.unstubAllEnvs();
    rmSync(directory, { recursive: true });
  });

  it("have every row once, in requests that hold together what belongs together", async () => {
    const limits = fc.record({
      maxCharacters: fc.integer({ min: 400, max: 4_000 }),
      maxRows: fc.integer({ min: 1, max: 40 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(anyRow, { maxLength: 80 }), limits, async (rows, limit) => {
        const lines = rows.flatMap(linesOf);
        const { days } = await split([[lines.join("\n")]], { limits: limit });
        const sent: string[] = [];
        for (const [key, { pieces, repeated }] of days) {
          const [dayAt = "", target, operation] = key.split("/");
          const ofDay: string[] = [];
          let hours = new Set<number>();
          for (const { body, rows: count, sourceOf } of pieces) {
            const log = readHistogramLog(body);
            const read = log.ok ? [...log.rows].flatMap((row) => (row.ok ? row : [])) : [];
            expect(read).toHaveLength(count);
            const starts = new Set(read.map(({ startMs }) => startMs));
            expect(count <= limit.maxRows || starts.size === 1).toBe(true);
            for (const { tag = "", startMs, payload, line } of read) {
              expect(startOf(startMs, DAY_MS)).toBe(Number(dayAt));
              expect(`${tag}/call`.split("/").slice(0, 2)).toEqual([target, operation]);
              ofDay.push(`${tag}/${startMs}/${payload}`);
              expect(sourceOf(line)).toMatch(/^0:\d+$/);
            }
            // Details come with their row.
            for (const line of body.split("\n").filter((one) => one.startsWith("#[Tach"))) {
              const details = parseRowDetails(line);
              expect(starts).toContain(details?.startMs);
            }
            const own = new Set(read.map(({ startMs }) => startOf(startMs, HOUR_MS)));
            // An hour is torn apart only where one request cannot hold it.
            for (const hour of [...own].filter((one) => hours.has(one))) {
              expect(sizeOf(pieces, hour)).toSatisfy(
                ({ rows: all, characters }: HourSize) =>
                  all > limit.maxRows || characters > limit.maxCharacters,
              );
            }
            hours = own;
          }
          expect(new Set(ofDay).size).toBe(ofDay.length);
          sent.push(...ofDay);
          expect(repeated).toBeGreaterThanOrEqual(0);
        }
        const wanted = rows.map(({ tag, startMs, payload }) => `${tag}/${startMs}/${payload}`);
        expect(sent.toSorted(compareText)).toEqual([...new Set(wanted)].toSorted(compareText));
      }),
      { seed, numRuns: 100 },
    );
  });

  it("are of the times that each file says, and of the names that are asked for", async () => {
    const relative =
      `#[StartTime: ${START / 1_000}.0 (seconds since epoch)]\n` +
      `Tag=meta/call,60.000,60.000,1.0,${ONE}\nTag=google/x,60.000,60.000,1.0,${ONE}\n`;
    const absolute = `Tag=meta/call,${START / 1_000}.000,60.000,1.0,${TWO}\n`;
    const options = { ...ALL, targets: ["meta"] };
    const { days, rows } = await split([[relative], [absolute]], { options });
    const [content] = days.values();
    expect([days.size, rows]).toEqual([1, 2]);
    const [piece] = content?.pieces ?? [];
    expect(piece?.body.split("\n").slice(2)).toEqual([
      `Tag=meta/call,${START / 1_000}.000,60.000,0.000,${TWO}`,
      `Tag=meta/call,${START / 1_000 + 60}.000,60.000,0.000,${ONE}`,
      "",
    ]);
    expect([piece?.sourceOf(2), piece?.sourceOf(3), piece?.sourceOf(4)]).toEqual([
      undefined,
      "1:1",
      "0:2",
    ]);
  });

  it("leave out what is too new, and name lines that cannot be read", async () => {
    const at = START / 1_000;
    const lines = [
      `Tag=meta/call,${at}.000,60.000,1.0,${ONE}`,
      `Tag=meta/call,${at + 60}.000,60.000,1.0,HISTX`,
      `Tag=meta/call,${at}.000,3600.000,1.0,HISTX`,
      `${at}.000,60.000,1.0,${ONE}`,
      "Tag=UPPER,1.000,60.000,1.0,HISTX",
      "Tag=meta/call,nope",
      "Tag=meta/call,1.000,90000.000,1.0,HISTX",
      "#[Tachograph row: {]",
      `Tag=meta/call,${at}.000,60.000,1.0,HISTF`,
      `Tag=meta/call,${at}.000,60.000,1.0,${ONE.slice(0, -8)}`,
      "# whatever",
      "",
    ];
    const options = { ...ALL, latestMs: START + 60_000 };
    const { rows, bad, days } = await split([[lines.join("\n")]], { options });
    expect([rows, days.size]).toEqual([1, 1]);
    expect(bad.map((one) => one.split(": ", 2))).toMatchObject([
      ["0:4", "it has no tag"],
      ["0:5", "its tag names no target"],
      ["0:6", "not [Tag=…,]start,length,max,histogram"],
      ["0:7", "it is longer than a day"],
      ["0:8", "these are no details of a row"],
      ["0:9", "its histogram cannot be read"],
      ["0:10", "its histogram cannot be read"],
    ]);
    const untagged = { ...ALL, untagged: "app/pause" };
    const named = await split([[lines[3] ?? ""]], { options: untagged });
    expect([...named.days.keys()]).toEqual([`${START}/app/pause`]);
  });

  it("leave out what is too old, with its details, and say of when it is", async () => {
    const rows = [0, 1, 2, 3].flatMap((day) =>
      linesOf({
        tag: "meta/call",
        startMs: START + day * DAY_MS,
        payload: day < 2 ? "not looked at" : ONE,
        hasDetails: day === 1,
      }),
    );
    const options = { ...ALL, oldestMs: START + 2 * DAY_MS };
    const { days, bad, tally } = await split([[rows.join("\n")]], { options });
    expect([...days.keys()]).toEqual([2, 3].map((day) => `${START + day * DAY_MS}/meta/call`));
    expect(bad).toEqual([]);
    expect(tally).toEqual({
      rows: 2,
      filtered: 0,
      tooNew: 0,
      tooOld: 2,
      oldDays: { from: START, to: START + DAY_MS },
    });
  });

  it("are none if all that there is of one are details of rows that cannot be read", async () => {
    const lines = linesOf({ tag: "meta", startMs: START, payload: "HISTF", hasDetails: true });
    const { days, bad } = await split([[lines.join("\n")]]);
    expect([days.size, bad.length]).toEqual([0, 1]);
  });

  it("have values that can be durations in the unit that is said", async () => {
    const row = `Tag=meta/call,${START / 1_000},60.000,1.0,${smallPayload(3, 18_000)}`;
    expect((await split([[row]])).bad).toEqual([]);
    const { bad } = await split([[row]], { options: { ...ALL, unit: "ms" } });
    expect(bad).toEqual(["0:1: 3 of its values are longer than 600 s: is the unit right?"]);
    const ours = linesOf({ tag: "meta", startMs: START, payload: ONE, hasDetails: true });
    const reading = split([[ours.join("\n")]], { options: { ...ALL, unit: "ns" } });
    await expect(reading).rejects.toThrow("0.hlog:1: rows that have details are in microseconds");
  });

  it("are not read of a log that cannot be one", async () => {
    const reading = split([["#[Histogram log format version 9.1]\n"]]);
    await expect(reading).rejects.toThrow("0.hlog cannot be read: line 1: log format version 9.1");
  });
});

it("keeps what a line is while it waits on the disk", () => {
  const record = fc.record<Omit<LineRecord, "source">>({
    startMs: fc.nat(8.64e15),
    isRow: fc.boolean(),
    text: fc.string(),
  });
  fc.assert(
    fc.property(record, fc.nat(1), fc.nat(1e9), (one, file, line) => {
      const written = writeRecord(one, { file, line });
      expect(readRecord(written, ["a b.hlog", "c"])).toEqual({
        ...one,
        source: `${["a b.hlog", "c"][file] ?? ""}:${line}`,
      });
    }),
    { seed },
  );
});
