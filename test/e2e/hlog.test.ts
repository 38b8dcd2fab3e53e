import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it, onTestFailed } from "vitest";
import { OUTCOMES } from "../../src/outcome.ts";
import { Api, seriesByName } from "./api.ts";
import { java, JAVA_TIMEOUT_MS, noJava, source } from "./java.ts";
import { seededRandom } from "../support/seeded-random.ts";
import { choiceFrom, integerFrom } from "./random.ts";
import {
  bucketsOf,
  comparable,
  expectSameBuckets,
  middleOf,
  Reference,
  References,
} from "./reference.ts";
import { System } from "./system.ts";

/* HdrHistogram logs in and out of a running Tachograph, with the Java library on the other side. */

const SEED = Number(process.env["TACHOGRAPH_SEED"] ?? 20_261_120);
const OPERATIONS = ["google/collect", "google/debug", "reddit/conversions"];

let system: System;
let api: Api;
let directory = "";
let reported: References;
const startedAt = Date.now();

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), "tachograph-hlog-"));
  system = await System.start();
  api = new Api(system.url);
  reported = await reportTimings();
});
afterAll(async () => {
  rmSync(directory, { recursive: true, force: true });
  await system?.dispose();
});

/** Two thousand timings of three operations, over the last three minutes. */
async function reportTimings(): Promise<References> {
  const random = seededRandom(SEED);
  const references = new References();
  const timings = Array.from({ length: 2_000 }, () => {
    const [target = "", operation = ""] = choiceFrom(random, OPERATIONS).split("/");
    const outcome = choiceFrom(random, OUTCOMES);
    const durationUs = Math.floor(10 ** (random() * 8.7));
    references.record({ target, operation, outcome, durationUs });
    const at = startedAt - integerFrom(random, 0, 180_000);
    return { target, operation, outcome, durationMs: durationUs / 1000, at };
  });
  expect(await api.postTimings({ timings })).toMatchObject({ accepted: 2_000, rejected: [] });
  await api.merged(2_000);
  return references;
}

function exportPath(query = ""): string {
  return `/v1/export.hlog?from=${startedAt - 300_000}&to=${startedAt + 600_000}${query}`;
}

async function writeExport(): Promise<string> {
  const { status, text, headers } = await api.call(exportPath());
  expect(status).toBe(200);
  expect(headers.get("content-type")).toMatch(/^text\/plain/);
  const path = join(directory, "export.hlog");
  writeFileSync(path, text);
  return path;
}

/** What Java reads in a log, summed up by tag. */
function readByJava(path: string): Map<string, { count: number; buckets: Map<number, number> }> {
  const tags = new Map<string, { count: number; buckets: Map<number, number> }>();
  for (const line of java(source("ReadHistogramLog.java"), path).trimEnd().split("\n")) {
    const [tag = "", , , count, , buckets = ""] = line.split("\t");
    const sum = tags.get(tag) ?? { count: 0, buckets: new Map<number, number>() };
    tags.set(tag, sum);
    sum.count += Number(count);
    for (const bucket of buckets.split(",")) {
      const [value = NaN, valueCount = NaN] = bucket.split(":").map(Number);
      sum.buckets.set(value, (sum.buckets.get(value) ?? 0) + valueCount);
    }
  }
  return tags;
}

it.skipIf(noJava !== undefined)(
  "what was reported is in the export, as HdrHistogram's Java library reads it",
  { timeout: 2 * JAVA_TIMEOUT_MS },
  async () => {
    onTestFailed(() => console.error(system.tail()));
    const path = await writeExport();
    const tags = readByJava(path);
    expect([...tags.keys()].toSorted()).toEqual(OPERATIONS);
    for (const [tag, { count, buckets }] of tags) {
      const reference = reported.bySeries.get(tag) ?? new Reference();
      expect(count, tag).toBe(reference.histogram.totalCount);
      expect(Object.fromEntries(buckets), tag).toEqual(bucketsOf(reference.histogram));
    }
    const processed = java(
      "org.HdrHistogram.HistogramLogProcessor",
      "-i",
      path,
      "-tag",
      "google/collect",
      "-outputValueUnitRatio",
      "1",
    );
    const total = reported.bySeries.get("google/collect")?.histogram.totalCount;
    expect(processed).toMatch(new RegExp(`Total count +=? +${total}\\b`));
  },
);

it.skipIf(noJava !== undefined)(
  "a log that HdrHistogram's Java library wrote is shown to the last count and percentile",
  { timeout: 2 * JAVA_TIMEOUT_MS },
  async () => {
    onTestFailed(() => console.error(system.tail()));
    const path = join(directory, "java.hlog");
    java(source("WriteHistogramLog.java"), path, "1795190000123", "absolute");
    const body = readFileSync(path, "utf8");
    const answer = await api.get("/v1/histograms?unit=us&rebase=now", { body });
    // Its last row counts 2^40 + 1 values.
    const rejected = [{ index: 2, reason: "too_many_values", count: 1 }];
    expect(answer).toEqual({ accepted: 1_007, duplicate: false, rejected, rows: 3 });

    const reference = new Reference();
    for (let durationUs = 1; durationUs <= 1_000; durationUs++) reference.record(durationUs, "ok");
    reference.record(middleOf(5_000_000), "timeout", 7);
    const stats = reference.stats();
    const shown = seriesByName(await api.settled());
    for (const operation of ["events", "*"]) {
      const window = shown.get(`meta/${operation}`)?.windows["1m"];
      expect(window && comparable(window, stats)).toEqual(stats);
      const point = await api.wholeHistory("meta", operation, startedAt - 300_000);
      expect(comparable(point, stats)).toEqual(stats);
      expectSameBuckets(point.histogram, reference, `meta/${operation}`);
    }
  },
);

it("our own export, sent back, doubles every count of every bucket", async () => {
  onTestFailed(() => console.error(system.tail()));
  const { text: body } = await api.call(exportPath("&target=google"));
  const before = reported.bySeries.get("google/*")?.histogram.totalCount ?? 0;
  const query = "unit=us&reporter=importer&sequence=1";
  const answer = await api.get(`/v1/histograms?${query}`, { body });
  expect(answer).toMatchObject({ accepted: before, duplicate: false, rejected: [] });
  // Sent once more under the same number, it changes nothing.
  const again = await api.get(`/v1/histograms?${query}`, { body });
  expect(again).toMatchObject({ accepted: 0, duplicate: true });

  const shown = seriesByName(await api.settled());
  for (const name of ["google/collect", "google/debug", "google/*"]) {
    const reference = reported.bySeries.get(name)?.histogram;
    if (reference === undefined) throw new Error(`nothing was reported of ${name}`);
    const doubled = new Reference();
    for (const histogram of [reference, reference]) doubled.histogram.add(histogram);
    expect(shown.get(name)?.windows["1h"].count).toBe(2 * reference.totalCount);
    const [, operation = ""] = name.split("/");
    const point = await api.wholeHistory("google", operation, startedAt - 300_000);
    expect(point.count).toBe(2 * reference.totalCount);
    expectSameBuckets(point.histogram, doubled, name);
  }
  // Nobody else's numbers have moved.
  const reddit = reported.bySeries.get("reddit/*")?.histogram.totalCount;
  expect(shown.get("reddit/*")?.windows["1h"].count).toBe(reddit);
});
