import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, it, onTestFailed } from "vitest";
import { AggregateBuilder } from "../../src/histogram/aggregate-builder.ts";
import type { Aggregate } from "../../src/histogram/aggregate.ts";
import { bucketCounts } from "../../src/histogram/bucket-counts.ts";
import { histogramLogHeader, histogramLogRow } from "../../src/histogram/histogram-log-writer.ts";
import { rowDetailsLine } from "../../src/histogram/row-details.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS, startOf } from "../../src/merge/slot-time.ts";
import { OUTCOMES } from "../../src/outcome.ts";
import { seededRandom } from "../support/seeded-random.ts";
import { Api, TOKENS } from "./api.ts";
import { java, JAVA_TIMEOUT_MS, noJava, source } from "./java.ts";
import { integerFrom } from "./random.ts";
import { System } from "./system.ts";

/* Half a year of history, out of one tenant and into another, by the terminal program. */

const PROGRAM = join(import.meta.dirname, "../../bin/tachograph.mjs");
const SEED = Number(process.env["TACHOGRAPH_SEED"] ?? 20_261_121);
const random = seededRandom(SEED);
const SERIES = ["meta/events", "meta/call", "google/collect"];
const TODAY = startOf(Date.now(), DAY_MS);
const DAYS = 180;

/**
 * How long ago, and how many rows of what length a day has: those that are kept so long, and none of
 * the days in the course of which they may be deleted.
 */
const AGES = [1, 2, 3, 4, 5, 6, 8, 9, 30, 31, 60, 88, 89, 91, 120, 121, DAYS - 1].map(
  (age): { age: number; lengthMs: number; rows: number } => {
    if (age < 7) return { age, lengthMs: MINUTE_MS, rows: 40 };
    return age < 90 ? { age, lengthMs: HOUR_MS, rows: 6 } : { age, lengthMs: DAY_MS, rows: 1 };
  },
);
const DAYS_OF_ALL = SERIES.length * AGES.length;

let system: System;
let directory = "";
/** Timings by series. */
const counts = new Map<string, number>();

beforeAll(async () => {
  system = await System.start();
  directory = join(system.stateDir, "logs");
  mkdirSync(directory);
  for (const tag of SERIES) writeFileSync(join(directory, fileName(tag)), logOf(tag));
});
afterAll(() => system?.dispose());

function fileName(tag: string): string {
  return `${tag.replace("/", "-")}.hlog`;
}

function someTimings(): Aggregate {
  const builder = new AggregateBuilder();
  for (let count = integerFrom(random, 1, 30); count > 0; count--) {
    const durationUs = Math.floor(10 ** (random() * 8.7));
    builder.record(durationUs, integerFrom(random, 0, OUTCOMES.length - 1));
  }
  builder.addMeasures(new Map([[0, { count: 1, parts: integerFrom(random, 0, 999), at: 0 }]]));
  return builder.finish();
}

function logOf(tag: string): string {
  const [target = "", operation = ""] = tag.split("/");
  const lines: string[] = [histogramLogHeader(TODAY - DAYS * DAY_MS)];
  for (const { age, lengthMs, rows } of AGES) {
    for (let row = 0; row < rows; row++) {
      const startMs = TODAY - age * DAY_MS + row * (lengthMs === MINUTE_MS ? 31 : 1) * lengthMs;
      const aggregate = someTimings();
      counts.set(tag, (counts.get(tag) ?? 0) + aggregate.count);
      lines.push(
        rowDetailsLine({ tag, startMs, lengthMs }, aggregate),
        histogramLogRow({
          target,
          operation,
          startMs,
          intervalMs: lengthMs,
          maxUs: aggregate.maxUs,
          counts: bucketCounts(aggregate.counts),
        }),
      );
    }
  }
  return lines.join("");
}

interface Result {
  readonly exitCode: number | null;
  readonly stderr: string;
  readonly summary: Readonly<Record<string, unknown>>;
}

/** Runs the program; with `--json` its summary is the last line, wherever that is. */
async function tachograph(
  args: readonly string[],
  token: string,
  onStart: (child: ReturnType<typeof spawn>) => void = () => undefined,
): Promise<Result> {
  const child = spawn(process.execPath, [PROGRAM, "--json", ...args], {
    env: { ...process.env, TACHOGRAPH_URL: system.url, TACHOGRAPH_TOKEN: token },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let [stdout, stderr] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  onStart(child);
  await once(child, "close");
  const last = stdout.trimEnd().split("\n").at(-1) ?? "";
  const summary = last === "" ? {} : (JSON.parse(last) as Record<string, unknown>);
  return { exitCode: child.exitCode, stderr, summary };
}

const QUESTIONS = [
  ["1m", 6, 0],
  ["1h", 89, 0],
  ["1h", DAYS, 0],
  ["1d", DAYS, 0],
  ["all", DAYS, 0],
  ["all", 3, HOUR_MS + MINUTE_MS],
] as const;

/** All that can be asked about the history of a tenant's series. */
async function answersOf(token: string): Promise<Map<string, unknown>> {
  const api = new Api(system.url, token);
  const answers = new Map<string, unknown>();
  for (const [step, days, shiftMs] of QUESTIONS) {
    const range = `from=${TODAY - days * DAY_MS + shiftMs}&to=${TODAY}&step=${step}`;
    for (const series of [...SERIES, "meta/*", "google/*"]) {
      const [target = "", operation = ""] = series.split("/");
      const path = `/v1/history?target=${target}&operation=${operation}&${range}&histogram=1`;
      answers.set(path, await api.get(path));
    }
    const totals = `/v1/totals?${range}`;
    if (step !== "1m") answers.set(totals, await api.get(totals));
  }
  return answers;
}

it(
  "is the same to the last bit where it was imported, also by an import that broke off",
  { timeout: 300_000 },
  async () => {
    onTestFailed(() => console.error(system.tail()));
    const brought = await tachograph(["import", directory], TOKENS.admin);
    expect(brought).toMatchObject({
      exitCode: 0,
      summary: { series: 3, imported: DAYS_OF_ALL, coarse: 0, untaken: 0, duplicates: 0 },
    });
    const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
    expect(brought.summary["timings"]).toBe(total);

    const path = join(directory, "all.hlog.gz");
    const range = ["--from", String(TODAY - DAYS * DAY_MS), "--to", String(TODAY)];
    const exported = await tachograph(
      ["export", "hlog", "--all", ...range, "--output", path],
      TOKENS.admin,
    );
    const rows = SERIES.length * AGES.reduce((sum, { rows: perDay }) => sum + perDay, 0);
    expect(exported).toMatchObject({ exitCode: 0, summary: { rows, series: 3 } });

    const stopped = await tachograph(["import", path], TOKENS.other, (child) => {
      setTimeout(() => child.kill("SIGINT"), 1_500);
    });
    expect([0, 130]).toContain(stopped.exitCode);
    const resumed = await tachograph(["import", path], TOKENS.other);
    expect(resumed).toMatchObject({ exitCode: 0, summary: { untaken: 0, badLines: 0 } });
    const { imported, already } = resumed.summary;
    expect(Number(imported) + Number(already)).toBe(DAYS_OF_ALL);
    const again = await tachograph(["import", path], TOKENS.other);
    expect(again.summary).toMatchObject({ imported: 0, already: DAYS_OF_ALL, untaken: 0 });

    const [original, copy] = [await answersOf(TOKENS.admin), await answersOf(TOKENS.other)];
    for (const [question, answer] of original) {
      expect(copy.get(question), question).toEqual(answer);
    }
    const whole = `/v1/history?target=meta&operation=*&from=${TODAY - DAYS * DAY_MS}&to=${TODAY}&step=all&histogram=1`;
    const meta = (counts.get("meta/events") ?? 0) + (counts.get("meta/call") ?? 0);
    expect(copy.get(whole)).toMatchObject({ points: [{ count: meta }] });

    // The live side has heard of none of it.
    const live = await new Api(system.url, TOKENS.other).live();
    expect([live.series, live.ledger.offered]).toEqual([[], 0]);
  },
);

it.skipIf(noJava !== undefined)(
  "is read by HdrHistogram's own library, comments or not",
  { timeout: 2 * JAVA_TIMEOUT_MS },
  () => {
    const path = join(directory, "all.hlog");
    writeFileSync(path, gunzipSync(readFileSync(`${path}.gz`)));
    const read = new Map<string, number>();
    for (const line of java(source("ReadHistogramLog.java"), path).trimEnd().split("\n")) {
      const [tag = "", , , count] = line.split("\t");
      read.set(tag, (read.get(tag) ?? 0) + Number(count));
    }
    expect(read).toEqual(counts);
    const processed = java(
      "org.HdrHistogram.HistogramLogProcessor",
      "-i",
      path,
      "-tag",
      "meta/call",
      "-outputValueUnitRatio",
      "1",
    );
    expect(processed).toMatch(new RegExp(`Total count +=? +${counts.get("meta/call")}\\b`));
  },
);
