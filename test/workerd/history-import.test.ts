import { env } from "cloudflare:workers";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { AggregateBuilder } from "../../src/histogram/aggregate-builder.ts";
import { type Aggregate, EMPTY_AGGREGATE, mergeAggregates } from "../../src/histogram/aggregate.ts";
import { bucketCounts } from "../../src/histogram/bucket-counts.ts";
import { histogramLogHeader, histogramLogRow } from "../../src/histogram/histogram-log-writer.ts";
import { rowDetailsLine } from "../../src/histogram/row-details.ts";
import { type ImportParts, importParts } from "../../src/merge/import-part.ts";
import type { ImportedStretch } from "../../src/merge/imported-day.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "../../src/merge/slot-time.ts";
import { D1Imports } from "../../durable-objects/storage/d1-imports.ts";
import { D1Rollups } from "../../durable-objects/storage/d1-rollups.ts";
import { OUTCOMES } from "../../src/outcome.ts";
import { Random } from "../support/random.ts";
import { seedOf } from "../support/seeded.ts";
import { call, getJson, moveClock, stopClock, take } from "./api.ts";

/* Targets have names of their own in each test, as the storage is emptied once for the file. */

const NOW = Math.ceil(Date.now() / DAY_MS) * DAY_MS + 20 * DAY_MS + 12 * HOUR_MS;
const YESTERDAY = Math.floor(NOW / DAY_MS) * DAY_MS - DAY_MS;
const TENANT = "acme";
const random = new Random(seedOf("history import", env.TEST_SEED));

beforeAll(() => stopClock(NOW));
afterAll(() => vi.useRealTimers());

function dayText(at: number): string {
  return new Date(at).toISOString().slice(0, 10);
}

function someTimings(count: number): Aggregate {
  const builder = new AggregateBuilder();
  for (let i = 0; i < count; i++) {
    builder.record(random.integer(0, 600_000_000), random.integer(0, OUTCOMES.length - 1));
  }
  builder.addMeasures(
    new Map([
      [0, { count, parts: random.integer(0, 9_999), at: 0 }],
      [6, { count: 1, parts: random.integer(0, 9_999), at: YESTERDAY + random.integer(0, 999) }],
    ]),
  );
  return builder.finish();
}

interface Row {
  readonly tag: string;
  readonly at: number;
  readonly lengthMs?: number;
  readonly aggregate: Aggregate;
  readonly isPlain?: boolean;
}

function rowLines({ tag, at, lengthMs = MINUTE_MS, aggregate, isPlain = false }: Row): string {
  const [target = "", operation = ""] = tag.split("/");
  const row = histogramLogRow({
    target,
    operation,
    startMs: at,
    intervalMs: lengthMs,
    maxUs: aggregate.maxUs,
    counts: bucketCounts(aggregate.counts),
  }).replace(`Tag=${target}/${operation},`, `Tag=${tag},`);
  return isPlain ? row : rowDetailsLine({ tag, startMs: at, lengthMs }, aggregate) + row;
}

function logOf(rows: readonly Row[]): string {
  return histogramLogHeader(YESTERDAY) + rows.map(rowLines).join("");
}

interface Asked {
  readonly target: string;
  readonly operation?: string;
  readonly dayAt?: number;
  readonly importId?: string;
  readonly more?: string;
  readonly tenant?: string;
  readonly scope?: string;
}

function send(
  body: string,
  { target, operation = "call", dayAt = YESTERDAY, importId = "test", more = "", ...who }: Asked,
): Promise<Response> {
  const query =
    `target=${target}&operation=${operation}&day=${dayText(dayAt)}&import=${importId}` +
    `&unit=us${more}`;
  const token = `${who.tenant ?? TENANT}-${who.scope ?? "admin"}`;
  return call(`/v1/history/import?${query}`, token, { method: "POST", body });
}

/** Sends what must be taken. */
async function bring(body: string, asked: Asked): Promise<Record<string, unknown>> {
  const response = await send(body, asked);
  if (response.status !== 200) throw new Error(`${response.status}: ${await response.text()}`);
  return response.json();
}

async function refused(body: string, asked: Asked): Promise<[number, string]> {
  const response = await send(body, asked);
  return [response.status, await response.text()];
}

/** The whole day of a series at a step, as it is answered. */
function dayOf(
  target: string,
  operation: string,
  step: string,
  { tenant = TENANT, dayAt = YESTERDAY } = {},
): Promise<{ readonly points: readonly Record<string, unknown>[] }> {
  const query = `target=${target}&operation=${operation}&from=${dayAt}&to=${dayAt + DAY_MS}`;
  return getJson(`/v1/history?${query}&step=${step}&histogram=1`, `${tenant}-read`);
}

async function countOf(target: string, operation = "*", step = "all"): Promise<unknown> {
  const { points } = await dayOf(target, operation, step);
  return points[0]?.["count"];
}

function exactStats(rows: readonly Row[]): Record<string, number> {
  const sum = rows.reduce((all, { aggregate }) => mergeAggregates(all, aggregate), EMPTY_AGGREGATE);
  const { count, sumUs, minUs, maxUs } = sum;
  return { count, minMs: minUs / 1_000, maxMs: maxUs / 1_000, meanMs: sumUs / count / 1_000 };
}

describe("what was exported and imported elsewhere", () => {
  it("answers every question about history alike", async () => {
    const operations = ["call", "events"];
    let given: readonly Row[] = [];
    for (const operation of operations) {
      const rows: Row[] = Array.from({ length: 30 }, (_, i) => ({
        tag: `trip/${operation}`,
        at: YESTERDAY + i * 37 * MINUTE_MS,
        aggregate: someTimings(random.integer(1, 60)),
      }));
      if (operation === "call") given = rows;
      await bring(logOf(rows), { target: "trip", operation });
    }
    const all = await dayOf("trip", "call", "all");
    // Of timings, and not of the middles of their buckets.
    expect(all.points[0]).toMatchObject(exactStats(given));
    const range = `from=${YESTERDAY}&to=${YESTERDAY + DAY_MS}`;
    const path = `/v1/export.hlog?target=trip&${range}&details=1`;
    const exported = await (await call(path, `${TENANT}-read`)).text();
    const lines = exported.trimEnd().split("\n");
    for (const operation of operations) {
      const own = lines.filter(
        (line) => line.startsWith(`Tag=trip/${operation},`) || line.includes(`"trip/${operation}"`),
      );
      expect(own).toHaveLength(60);
      // In any order.
      const body = `${own.toSorted(() => random.next() - 0.5).join("\n")}\n`;
      await bring(body, { target: "trip", operation, tenant: "globex" });
    }
    for (const operation of ["*", ...operations]) {
      for (const step of ["1m", "1h", "1d", "all"]) {
        const original = await dayOf("trip", operation, step);
        expect(original.points.length).toBeGreaterThan(0);
        const copied = await dayOf("trip", operation, step, { tenant: "globex" });
        expect(copied, `${operation} ${step}`).toEqual(original);
      }
    }
    const totals = `/v1/totals?${range}&step=1h&targets=trip`;
    expect(await getJson(totals, "globex-read")).toEqual(await getJson(totals, `${TENANT}-read`));
    // The whole target is the sum of both.
    const counts = await Promise.all(operations.map((one) => countOf("trip", one)));
    expect(await countOf("trip")).toBe(Number(counts[0]) + Number(counts[1]));
  });
});

describe("an import that is sent again", () => {
  const aggregate = someTimings(12);
  const first = logOf([{ tag: "again/call", at: YESTERDAY, aggregate }]);

  it("changes nothing, and says so", async () => {
    const asked = { target: "again" };
    expect(await bring(first, asked)).toMatchObject({
      day: dayText(YESTERDAY),
      rows: 1,
      count: 12,
      duplicate: false,
      replaced: false,
      stored: { minutes: 1, hours: 1 },
    });
    expect(await bring(first, asked)).toMatchObject({ duplicate: true, replaced: false });
    expect(await countOf("again")).toBe(12);
  });

  it("replaces what it wrote, though the day as a whole is the same", async () => {
    const asked = { target: "moved" };
    const rows = [0, 1].map((hour) => ({
      tag: "moved/call",
      at: YESTERDAY + hour * HOUR_MS,
      aggregate: someTimings(3),
    }));
    await bring(logOf(rows), asked);
    const later = rows.map((row) => ({ ...row, at: row.at + 2 * HOUR_MS }));
    expect(await bring(logOf(later), asked)).toMatchObject({ duplicate: false, replaced: true });
    for (const operation of ["call", "*"]) {
      const { points } = await dayOf("moved", operation, "1m");
      expect(points.map(({ at }) => at)).toEqual(later.map(({ at }) => at));
      expect(await countOf("moved", operation)).toBe(6);
    }
    // As many in each, but of another kind: outcomes, extremes, sums and measures are compared, too.
    const [one, other] = later;
    const swapped = [
      { ...one, at: other?.at },
      { ...other, at: one?.at },
    ] as Row[];
    expect(await bring(logOf(swapped), asked)).toMatchObject({ duplicate: false, replaced: true });
    expect(await bring(logOf(swapped), asked)).toMatchObject({ duplicate: true, replaced: false });
  });

  it("replaces what it wrote, also by less, and with all pieces of it", async () => {
    const asked = { target: "pieces" };
    const rows = [3, 4, 5].map((count, i) =>
      logOf([{ tag: "pieces/call", at: YESTERDAY + i * HOUR_MS, aggregate: someTimings(count) }]),
    );
    const piece = (index: number, pieces = 3): Promise<Record<string, unknown>> =>
      bring(rows[index] ?? "", { ...asked, more: `&piece=${index}&pieces=${pieces}` });
    for (const index of rows.keys()) {
      expect(await piece(index)).toMatchObject({ piece: index, pieces: 3, duplicate: false });
    }
    expect(await countOf("pieces")).toBe(12);
    for (const index of [1, 0, 2]) {
      expect(await piece(index)).toMatchObject({ duplicate: true, replaced: false });
    }
    expect(await countOf("pieces")).toBe(12);
    // One piece fewer, though the first is what it was: the last one that there is takes the rest.
    expect(await piece(0, 2)).toMatchObject({ duplicate: true });
    expect(await piece(1, 2)).toMatchObject({ duplicate: false, replaced: true });
    expect([await countOf("pieces"), await countOf("pieces", "call")]).toEqual([7, 7]);
    const less = logOf([{ tag: "pieces/call", at: YESTERDAY, aggregate: someTimings(2) }]);
    expect(await bring(less, asked)).toMatchObject({ duplicate: false, replaced: true });
    expect([await countOf("pieces"), await countOf("pieces", "call")]).toEqual([2, 2]);
    expect(await countOf("pieces", "call", "1m")).toBe(2);
  });
});

describe("a day in pieces", () => {
  const minute = { at: YESTERDAY + HOUR_MS, lengthMs: MINUTE_MS };
  const second = { at: YESTERDAY + HOUR_MS + MINUTE_MS, lengthMs: MINUTE_MS };
  const hour = { at: YESTERDAY + HOUR_MS, lengthMs: HOUR_MS };
  const next = { at: YESTERDAY + 2 * HOUR_MS, lengthMs: HOUR_MS };
  const day = { at: YESTERDAY, lengthMs: DAY_MS };
  type Stretch = typeof minute;

  it.each<[string, Stretch, Stretch, boolean]>([
    ["day-minute", day, minute, false],
    ["minute-day", minute, day, false],
    ["hour-minute", hour, minute, false],
    ["minute-hour", minute, hour, false],
    ["day-hour", day, hour, false],
    ["hour-day", hour, day, false],
    ["minute-minute", minute, second, true],
    ["minute-next", minute, next, true],
    ["next-minute", next, minute, true],
    ["hour-hour", hour, hour, true],
  ])("counts nothing twice: %s", async (target, first, then, isGood) => {
    const rows = [first, then].map((stretch) =>
      logOf([{ tag: `${target}/call`, ...stretch, aggregate: someTimings(3) }]),
    );
    await bring(rows[0] ?? "", { target, more: "&piece=0&pieces=2" });
    const [status, text] = await refused(rows[1] ?? "", { target, more: "&piece=1&pieces=2" });
    expect(status).toBe(isGood ? 200 : 422);
    if (!isGood) expect(text).toContain("it would count twice");
    expect(await countOf(target, "*", "1d")).toBe(isGood ? 6 : 3);
  });

  it("is looked at without being written", async () => {
    const good = logOf([{ tag: "looked/call", ...minute, aggregate: someTimings(3) }]);
    const asked = { target: "looked" };
    for (const piece of [0, 1]) {
      const more = `&piece=${piece}&pieces=2&check=1`;
      expect(await bring(good, { ...asked, more })).toMatchObject({
        checked: true,
        count: 3,
        duplicate: false,
      });
    }
    expect(await countOf("looked")).toBe(0);
    const bad = await refused(`${good}Tag=looked/call,1\n`, { ...asked, more: "&piece=1&check=1" });
    expect(bad).toEqual([422, expect.stringContaining("nothing of this request was taken")]);
    expect(await bring(good, asked)).toMatchObject({ checked: false });
    expect(await bring(good, { ...asked, more: "&check=1" })).toMatchObject({ duplicate: true });
    const others = { ...asked, importId: "other", more: "&check=1" };
    expect((await refused(good, others))[0]).toBe(409);
    expect(await bring(good, { ...others, more: "&check=1&merge=1" })).toMatchObject({
      duplicate: false,
    });
    expect(await countOf("looked")).toBe(3);
  });

  it("is completed once it has begun, whoever adds to it meanwhile", async () => {
    const rows = [minute, second].map((stretch) =>
      logOf([{ tag: "begun/call", ...stretch, aggregate: someTimings(3) }]),
    );
    const asked = { target: "begun" };
    await bring(rows[0] ?? "", { ...asked, more: "&piece=0&pieces=2" });
    await bring(rows[0] ?? "", { ...asked, importId: "other", more: "&merge=1" });
    for (const check of ["&check=1", ""]) {
      await bring(rows[1] ?? "", { ...asked, more: `&piece=1&pieces=2${check}` });
    }
    expect([await countOf("begun"), await countOf("begun", "call")]).toEqual([9, 9]);
  });
});

describe("timings that are there already", () => {
  const body = (target: string, count: number): string =>
    logOf([{ tag: `${target}/call`, at: YESTERDAY, aggregate: someTimings(count) }]);

  it("are not added to by another import, unless that is asked for", async () => {
    await bring(body("foreign", 5), { target: "foreign" });
    const [status, text] = await refused(body("foreign", 7), {
      target: "foreign",
      importId: "other",
    });
    expect(status).toBe(409);
    expect(text).toContain("5 timings of foreign/call");
    expect(text).toContain("merge=1");
    expect(await countOf("foreign")).toBe(5);
    await bring(body("foreign", 7), { target: "foreign", importId: "other", more: "&merge=1" });
    expect([await countOf("foreign"), await countOf("foreign", "call")]).toEqual([12, 12]);
    // Each replaces its own.
    await bring(body("foreign", 1), { target: "foreign", importId: "other", more: "&merge=1" });
    expect(await countOf("foreign")).toBe(6);
  });

  it("are not added to by imports that come at the same time", async () => {
    const names = ["one", "two", "three", "four"];
    const sent = names.map((importId) => refused(body("race", 5), { target: "race", importId }));
    const answers = await Promise.all(sent);
    expect(answers.map(([status]) => status).toSorted((one, other) => one - other)).toEqual([
      200, 409, 409, 409,
    ]);
    expect([await countOf("race"), await countOf("race", "call")]).toEqual([5, 5]);
  });

  it("are left alone by the statement that writes, and so is what is its own", async () => {
    const parts = (importId: string): ImportParts => importParts(importId, "call");
    const place = { target: "guard", operation: "call", dayAt: YESTERDAY, piece: 0, pieces: 1 };
    const imports = new D1Imports(env.DB, TENANT);
    const one = { ...place, parts: parts("one") };
    const stretches = (count: number): ImportedStretch[] => [
      { stepMs: DAY_MS, at: YESTERDAY, aggregate: someTimings(count) },
    ];
    expect(await imports.replace(one, stretches(2), false)).toBe(true);
    const other = { ...place, parts: parts("other") };
    expect(await imports.replace(other, stretches(3), false)).toBe(false);
    expect(await imports.replace(other, stretches(3), true)).toBe(true);
    // It may not be replaced either, as it would be gone if only half of it were refused.
    expect(await imports.replace(one, stretches(7), false)).toBe(false);
    for (const operation of ["call", "*"]) {
      expect(await countOf("guard", operation, "1d")).toBe(5);
    }
  });

  it("are all read, however many parts a stretch has", async () => {
    // More rows than are read at a time, which ends between the parts of a minute.
    const minutes = 400;
    for (const importId of ["one", "two", "three"]) {
      const rows = Array.from({ length: minutes }, (_, minute) => ({
        tag: "parts/call",
        at: YESTERDAY + minute * MINUTE_MS,
        aggregate: someTimings(1),
      }));
      await bring(logOf(rows), { target: "parts", importId, more: "&merge=1" });
    }
    const { points } = await dayOf("parts", "call", "1m");
    expect(points.map(({ count }) => count)).toEqual(points.map(() => 3));
    expect(points).toHaveLength(minutes);
    expect(await countOf("parts", "*", "1d")).toBe(3 * minutes);
  });

  it("count also as long as only the coordinator has them", async () => {
    const today = YESTERDAY + DAY_MS;
    await take(TENANT, [{ target: "live", durationMs: 5, at: NOW }]);
    const log = logOf([{ tag: "live/call", at: today, aggregate: someTimings(2) }]);
    moveClock(2_000);
    const [status] = await refused(log, { target: "live", dayAt: today });
    expect(status).toBe(409);
    await bring(log, { target: "live", dayAt: today, more: "&merge=1" });
    const { points } = await getJson<{ points: { count: number }[] }>(
      `/v1/history?target=live&from=${today}&to=${NOW + MINUTE_MS}&step=all`,
      `${TENANT}-read`,
    );
    expect(points[0]?.count).toBe(3);
    // What is live stays what it was.
    const live = await getJson<{ series: { target: string; windows: object }[] }>(
      "/v1/live?target=live",
      `${TENANT}-read`,
    );
    expect(live.series.find(({ target }) => target === "live")?.windows).toMatchObject({
      "1h": { count: 1 },
    });
  });
});

describe("what is too old for its length", () => {
  it("counts in longer ones, and is exported as such", async () => {
    const dayAt = YESTERDAY - 10 * DAY_MS;
    const rows = [0, 1, 61].map((minute) => ({
      tag: "old/call",
      at: dayAt + minute * MINUTE_MS,
      aggregate: someTimings(4),
    }));
    const answer = await bring(logOf(rows), { target: "old", dayAt });
    expect(answer).toMatchObject({ count: 12, stored: { minutes: 0, hours: 2 } });
    expect(await new D1Rollups(env.DB, TENANT).listSeries(MINUTE_MS)).not.toContainEqual({
      target: "old",
      operation: "call",
    });
    const path = `/v1/export.hlog?target=old&from=${dayAt}&to=${dayAt + DAY_MS}`;
    const text = await (await call(path, `${TENANT}-read`)).text();
    const lengths = text.match(/^Tag=old\/call,[^,]+,[^,]+/gm);
    expect(lengths?.map((line) => line.split(",").slice(1))).toEqual([
      [`${dayAt / 1_000}.000`, "3600.000"],
      [`${dayAt / 1_000 + 3_600}.000`, "3600.000"],
    ]);
    const day = await (await call(`${path}&step=1d`, `${TENANT}-read`)).text();
    expect(day.match(/^Tag=old\/call,[^,]+,86400.000/gm)).toHaveLength(1);
  });

  it("may be a row of a day, which has no hours", async () => {
    const row = { tag: "days/call", at: YESTERDAY, lengthMs: DAY_MS, aggregate: someTimings(4) };
    expect(await bring(logOf([row]), { target: "days" })).toMatchObject({
      coarse: 1,
      stored: { minutes: 0, hours: 0 },
    });
    expect([await countOf("days", "*", "1d"), await countOf("days", "*", "all")]).toEqual([4, 4]);
    const { points } = await dayOf("days", "*", "1h");
    expect(points).toEqual([]);
  });
});

it("keeps measures that came without timings", async () => {
  const measured = new AggregateBuilder();
  measured.addMeasures(new Map([[0, { count: 2, parts: 7, at: 0 }]]));
  const rows = [
    { tag: "bare/call", at: YESTERDAY, aggregate: measured.finish() },
    { tag: "bare/call", at: YESTERDAY + MINUTE_MS, aggregate: someTimings(1) },
  ].map((row) => ({
    ...row,
    aggregate: { ...row.aggregate, maxUs: Math.max(0, row.aggregate.maxUs) },
  }));
  await bring(logOf(rows), { target: "bare" });
  const { points } = await dayOf("bare", "call", "1m");
  expect(points[0]).toMatchObject({ count: 0, measures: { rowsRead: { count: 2, sum: 7 } } });
});

it("takes rows of other programs: by outcome, of seconds, in their unit", async () => {
  const rows = ["ok", "ok", "error"].map((outcome, second) => ({
    tag: `plain/call/${outcome}`,
    at: YESTERDAY + second * 1_000,
    lengthMs: 1_000,
    aggregate: someTimings(3),
    isPlain: true,
  }));
  await bring(logOf(rows), { target: "plain" });
  const { points } = await dayOf("plain", "call", "1m");
  expect(points).toMatchObject([{ count: 9, ok: 6, error: 3, stepMs: MINUTE_MS }]);
});

it("counts what is there twice once, and of what grew the later", async () => {
  const [less, more] = [someTimings(3), someTimings(5)];
  const rows = [less, more, less].map((aggregate) => ({
    tag: "twice/call",
    at: YESTERDAY,
    aggregate,
  }));
  expect(await bring(logOf(rows), { target: "twice" })).toMatchObject({
    rows: 3,
    duplicates: 2,
    count: 5,
  });
  expect(await countOf("twice")).toBe(5);
});

describe("a request is refused", () => {
  const aggregate = someTimings(3);
  const row = { tag: "bad/call", at: YESTERDAY, aggregate };
  const good = logOf([row]);

  it.each<[string, string, Partial<Asked>, number, string]>([
    ["by a token that may read", good, { scope: "read" }, 403, "admin"],
    ["by a token that may report", good, { scope: "ingest" }, 403, "admin"],
    ["for the whole target", good, { operation: "*" }, 400, "operation"],
    ["for too high a piece", good, { more: "&piece=256" }, 400, "piece"],
    ["for a piece of fewer", good, { more: "&piece=2&pieces=2" }, 400, "less than pieces"],
    ["for too many pieces", good, { more: "&pieces=257" }, 400, "pieces"],
    ["for a day that is too old", good, { dayAt: YESTERDAY - 800 * DAY_MS }, 422, "730 days"],
    ["for rows of another day", good, { dayAt: YESTERDAY - DAY_MS }, 422, "that day"],
    ["for rows of another series", good, { operation: "events" }, 422, "bad/events"],
    ["for what is no log", "#[Histogram log format version 9.1]\n", {}, 400, "9.1"],
    ["for an empty log", histogramLogHeader(0), {}, 422, "no timings"],
    ["for a broken row", `${good}Tag=bad/call,1\n`, {}, 422, "/lines/6"],
    ["for a broken histogram", good.replace(/.{9}\n$/, "\n"), {}, 422, "cannot be read"],
    ["for broken details", good.replace('"sumUs":', '"sumUs":-'), {}, 422, "no details"],
    ["for details of another row", good.replace('"sumUs":', '"sumUs":9'), {}, 422, "not those"],
    [
      "for what ended just now",
      logOf([{ ...row, at: NOW - 10 * MINUTE_MS }]),
      { dayAt: YESTERDAY + DAY_MS },
      422,
      "10 minutes ago",
    ],
    [
      "for hours with minutes in them",
      logOf([row, { ...row, lengthMs: HOUR_MS }]),
      {},
      422,
      "twice",
    ],
    ["for a row of two days", logOf([{ ...row, lengthMs: 2 * DAY_MS }]), {}, 422, "than a day"],
    ["for too many bytes", `${good}#${"x".repeat(4_194_304)}`, {}, 413, "4194304"],
  ])("%s", async (_, body, asked, status, what) => {
    expect(await refused(body, { target: "bad", ...asked })).toEqual([
      status,
      expect.stringContaining(what),
    ]);
    expect(await countOf("bad")).toBe(0);
  });

  it("for one target more than a tenant may have", async () => {
    const targets = await new D1Rollups(env.DB, "evict").listSeries(DAY_MS);
    expect(targets).toEqual([]);
    const insert = env.DB.prepare(
      "INSERT INTO rollups VALUES ('evict', 86400000, ?1, '*', ?2, 0, 1, '[1]', 1, 1, 1, '', NULL)",
    );
    const rows = Array.from({ length: 64 }, (_, i) => insert.bind(`t${i}`, YESTERDAY));
    await env.DB.batch(rows);
    const asked = { target: "bad", tenant: "evict" };
    expect(await refused(good, asked)).toEqual([422, expect.stringContaining("maxTargets")]);
  });
});

it("is in the audit trail once for each run", async () => {
  const bodies = [0, 1].map((i) =>
    logOf([{ tag: "noted/call", at: YESTERDAY - i * DAY_MS, aggregate: someTimings(1) }]),
  );
  for (const [i, body] of bodies.entries()) {
    const dayAt = YESTERDAY - i * DAY_MS;
    await bring(body, { target: "noted", importId: `noted-${i}`, dayAt, more: "&run=night-1" });
  }
  moveClock(1_000);
  const { entries } = await getJson<{ entries: { action: string; subject: string }[] }>(
    "/v1/audit",
    `${TENANT}-admin`,
  );
  const own = entries.filter(({ subject }) => subject === "night-1");
  expect(own).toMatchObject([
    { action: "history.import", detail: { first: { target: "noted", operation: "call" } } },
  ]);
});
