import { runDurableObjectAlarm } from "cloudflare:test";
import { env } from "cloudflare:workers";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { D1Rollups } from "../../durable-objects/storage/d1-rollups.ts";
import { AggregateBuilder } from "../../src/histogram/aggregate-builder.ts";
import { coverRange } from "../../src/merge/history.ts";
import { encodeSlotList } from "../../src/merge/slot-list.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS, startOf } from "../../src/merge/slot-time.ts";
import type { StepMs, StoredSlot } from "../../src/merge/tenant-store.ts";
import { OUTCOMES } from "../../src/outcome.ts";
import { Random } from "../support/random.ts";
import { seedOf } from "../support/seeded.ts";
import {
  type ApiTiming,
  call,
  coordinatorOf,
  getJson,
  moveClock,
  stopClock,
  take,
  until,
} from "./api.ts";

/** Twenty past an hour and some, in the middle of a day to come. */
const START = Math.ceil(Date.now() / DAY_MS) * DAY_MS + DAY_MS + 12 * HOUR_MS + 20 * MINUTE_MS;
const TENANT = "acme";
const TARGETS = ["cache", "d1.orders", "google", "meta"];
const STEPS = ["1m", "1h", "1d", "all"];

beforeAll(() => stopClock(START + 30_000));
afterAll(() => vi.useRealTimers());

interface Point {
  readonly target: string;
  readonly kind: string;
  readonly at: number;
  readonly stepMs: number;
  readonly coveredMs: number;
  readonly count: number;
  readonly perSecond: number;
}

interface Totals {
  readonly from: number;
  readonly to: number;
  readonly step: string;
  readonly points: readonly Point[];
}

interface Asked {
  readonly from: number;
  readonly to: number;
  readonly step: string;
}

const FIELDS = ["ok", "error", "timeout", "rateLimited", "hit", "miss", "errorRate"] as const;

function totals(query: string, tenant = TENANT): Promise<Totals> {
  return getJson(`/v1/totals?${query}`, `${tenant}-read`);
}

/** The same from `/v1/history`, a target at a time, without what totals leave out. */
async function fromHistory({ from, to, step }: Asked): Promise<Omit<Totals, "step">> {
  const points: object[] = [];
  let covered = { from: 0, to: 0 };
  for (const target of TARGETS) {
    const query = `target=${target}&from=${from}&to=${to}&step=${step}`;
    const path = `/v1/history?${query}`;
    const body = await getJson<{ from: number; to: number; points: readonly Point[] }>(
      path,
      `${TENANT}-read`,
    );
    covered = { from: body.from, to: body.to };
    for (const point of body.points) {
      if (point.count === 0) continue;
      const { at, stepMs, coveredMs, count, perSecond } = point;
      const rest = Object.fromEntries(FIELDS.map((name) => [name, Reflect.get(point, name)]));
      points.push({ target, at, stepMs, coveredMs, count, perSecond, ...rest });
    }
  }
  const inOrder = (points as Point[]).toSorted(
    (one, other) => one.at - other.at || (one.target < other.target ? -1 : 1),
  );
  return { ...covered, points: inOrder };
}

/** The points of each target added up over its kind. */
function foldedByKind(points: readonly Point[]): object[] {
  const kinds = new Map<string, Record<string, unknown>>();
  for (const point of points) {
    const {
      target: _target,
      errorRate: _errorRate,
      perSecond: _perSecond,
      ...rest
    } = {
      ...point,
      errorRate: 0,
    };
    const key = `${point.at} ${point.kind} ${point.stepMs}`;
    const sum = kinds.get(key);
    const added = Object.entries(rest).map(([name, value]) => {
      const isCount = ["count", ...FIELDS].includes(name);
      return [name, isCount ? Number(value) + Number(sum?.[name] ?? 0) : value];
    });
    kinds.set(key, Object.fromEntries(added));
  }
  return [...kinds.entries()]
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .map(([, sum]) => sum);
}

/** By kind is the same counts, whoever adds them up. */
async function expectSameByKind({ from, to, step }: Asked): Promise<void> {
  const each = await totals(`from=${from}&to=${to}&step=${step}`);
  const kinds = await totals(`from=${from}&to=${to}&step=${step}&by=kind`);
  expect(new Set(kinds.points.map(({ target }) => target)).size).toBeLessThanOrEqual(1);
  expect(foldedByKind(kinds.points)).toEqual(foldedByKind(each.points));
}

async function expectSame(asked: Asked): Promise<number> {
  const { from, to, step } = asked;
  const body = await totals(`from=${from}&to=${to}&step=${step}`);
  // History does not name the kind.
  const found = body.points.map((point) => ({ ...point, kind: undefined }));
  const expected = await fromHistory(asked);
  expect(found, JSON.stringify(asked)).toEqual(expected.points);
  expect(body).toMatchObject({ from: expected.from, to: expected.to, step });
  return found.length;
}

function randomRow(random: Random, row: Omit<StoredSlot, "body">): StoredSlot {
  const sum = new AggregateBuilder();
  for (let i = random.integer(1, 4); i > 0; i--) {
    sum.record(
      random.integer(1, 600_000),
      random.integer(0, OUTCOMES.length - 1),
      random.integer(1, 50),
    );
  }
  return { ...row, body: encodeSlotList(new Map([[row.at, sum.finish()]])) };
}

/** Rows of a season as they may be in D1: with gaps, with parts, and with operations beside `*`. */
async function fillD1(random: Random): Promise<void> {
  const rows: StoredSlot[] = [];
  const fill = (stepMs: StepMs, from: number, to: number, share: number): void => {
    for (const target of TARGETS) {
      for (let at = startOf(from, stepMs); at < to; at += stepMs) {
        if (random.next() > share) continue;
        for (const operation of ["*", "events"]) {
          rows.push(randomRow(random, { stepMs, at, target, operation, part: 0 }));
          if (random.next() < 0.1) {
            const part = random.integer(1, 1_000);
            rows.push(randomRow(random, { stepMs, at, target, operation, part }));
          }
        }
      }
    }
  };
  fill(DAY_MS, START - 120 * DAY_MS, START - DAY_MS, 0.9);
  fill(HOUR_MS, START - 95 * DAY_MS, START - 90 * DAY_MS, 0.5);
  fill(HOUR_MS, START - 60 * HOUR_MS, START - 2 * HOUR_MS, 0.8);
  fill(MINUTE_MS, START - 7 * DAY_MS - HOUR_MS, START - 7 * DAY_MS + HOUR_MS, 0.3);
  fill(MINUTE_MS, START - 3 * HOUR_MS, START - HOUR_MS, 0.6);
  await new D1Rollups(env.DB, TENANT).write(rows);
}

/** Parts beside rows that are still to change. */
async function addParts(random: Random): Promise<void> {
  const rows: StoredSlot[] = [];
  for (const target of TARGETS) {
    for (const stepMs of [MINUTE_MS, HOUR_MS, DAY_MS] as const) {
      for (let i = 0; i < 4; i++) {
        const at = startOf(START, stepMs) - (stepMs === MINUTE_MS ? i * MINUTE_MS : 0);
        const part = 2_000 + i;
        rows.push(randomRow(random, { stepMs, at, target, operation: "*", part }));
      }
    }
  }
  await new D1Rollups(env.DB, TENANT).write(rows);
}

/** Rows of D1 for the same stretches and parts as some that are not settled. */
async function countReplaced(): Promise<number> {
  const segments = [MINUTE_MS, HOUR_MS, DAY_MS].flatMap((stepMs) =>
    coverRange(START - DAY_MS, START + 2 * DAY_MS, stepMs as StepMs),
  );
  const rows = await coordinatorOf(TENANT).unsettledTotals(segments);
  const keys = rows.map(({ stepMs, target, at, part }) => `${stepMs}/${target}/${at}/${part}`);
  const { results } = await env.DB.prepare(
    "SELECT step_ms || '/' || target || '/' || at || '/' || part AS key FROM rollups WHERE tenant = ? AND operation = '*'",
  )
    .bind(TENANT)
    .all<{ key: string }>();
  const stored = new Set(results.map(({ key }) => key));
  return keys.filter((key) => stored.has(key)).length;
}

async function traffic(random: Random): Promise<void> {
  const timings: ApiTiming[] = Array.from({ length: 40 }, () => ({
    target: random.pick(TARGETS),
    operation: random.pick(["events", "insights"]),
    durationMs: random.integer(1, 500),
    outcome: random.pick(OUTCOMES),
    at: Date.now() - random.integer(0, 280_000),
  }));
  await take(TENANT, timings);
}

const seed = seedOf("totals", env.TEST_SEED);

test("totals are what history says of each target, whatever the range and the step", async () => {
  const random = new Random(seed);
  await fillD1(random);
  await addParts(random);
  const asked = fc.record({
    from: fc.oneof(
      fc.integer({ min: START - 121 * DAY_MS, max: START }),
      fc.integer({ min: START - 4 * HOUR_MS, max: START + HOUR_MS }),
      fc.integer({ min: START - 95 * DAY_MS, max: START - 89 * DAY_MS }),
      fc.integer({ min: START - 7 * DAY_MS - HOUR_MS, max: START - 7 * DAY_MS + HOUR_MS }),
    ),
    lengthMs: fc.oneof(
      fc.integer({ min: 1, max: 5 * HOUR_MS }),
      fc.integer({ min: 1, max: 6 * DAY_MS }),
    ),
    step: fc.constantFrom(...STEPS),
  });
  let points = 0;
  let replaced = 0;
  for (let round = 0; round < 4; round++) {
    await traffic(random);
    // Beyond the age that a snapshot may have: the next question is answered with it.
    moveClock(1_500);
    const property = fc.asyncProperty(asked, async ({ from, lengthMs, step }) => {
      points += await expectSame({ from, to: from + lengthMs, step });
    });
    await fc.assert(property, { seed: seed + round, numRuns: 8 });
    for (const step of STEPS) {
      const recent = { from: START - 5 * HOUR_MS, to: Date.now() + 7, step };
      points += await expectSame(recent);
      await expectSameByKind(recent);
    }
    for (const step of ["1d", "all"]) {
      points += await expectSame({ from: START - 120 * DAY_MS, to: Date.now(), step });
    }
    replaced += await countReplaced();
    // Minutes, and once the hour, go to D1; what comes next is late for them.
    moveClock(round === 1 ? 41 * MINUTE_MS : 2 * MINUTE_MS);
    await runDurableObjectAlarm(coordinatorOf(TENANT));
    await until("history is carried", async () => {
      const { outbox } = await coordinatorOf(TENANT).health();
      return outbox.backlog === 0;
    });
  }
  expect(points).toBeGreaterThan(1_000);
  expect(replaced).toBeGreaterThan(0);
});

test("names what each target is, in order, and only those that are asked for", async () => {
  const { step, points } = await totals(`from=${START - HOUR_MS}&to=${Date.now()}`);
  expect(step).toBe("all");
  expect(points.map(({ target, kind }) => [target, kind])).toEqual([
    ["cache", "cache"],
    ["d1.orders", "d1"],
    ["google", "platform"],
    ["meta", "platform"],
  ]);
  const range = `from=${START - HOUR_MS}&to=${Date.now()}&step=1h`;
  const all = await totals(range);
  const some = await totals(`${range}&targets=meta,google,nobody`);
  expect(some.points).toEqual(
    all.points.filter(({ target }) => ["google", "meta"].includes(target)),
  );
  expect(some.points.length).toBeGreaterThan(2);
  expect((await totals(range, "globex")).points).toEqual([]);
});

test("the last hour is what is asked for if nothing is", async () => {
  const { from, to } = await totals("");
  expect([from, to]).toEqual([
    startOf(Date.now() - HOUR_MS, MINUTE_MS),
    startOf(Date.now(), MINUTE_MS) + MINUTE_MS,
  ]);
});

test("more than can be answered is refused, and the answer says what to do", async () => {
  const refused = async (query: string): Promise<string> => {
    const response = await call(`/v1/totals?${query}`, `${TENANT}-read`);
    expect([query, response.status]).toEqual([query, 400]);
    const { detail, errors } = await response.json<{ detail: string; errors: unknown }>();
    return `${detail} ${JSON.stringify(errors)}`;
  };
  const since = (durationMs: number): string =>
    `from=${START - durationMs}&to=${START + MINUTE_MS}`;
  expect(await refused(`${since(10_000 * MINUTE_MS)}&step=1m`)).toMatch(
    /10001 points a target, at most 10000.*longer step/,
  );
  const names = Array.from({ length: 64 }, (_, i) => `t${i}`).join(",");
  expect(await refused(`${since(9_000 * MINUTE_MS)}&step=1m&targets=${names}`)).toMatch(
    /576064 stored stretches to add up, at most 250000 are.*fewer targets/,
  );
  expect(await refused(`from=${START}&to=${START}`)).toMatch(/must be before to/);
  expect(await refused("step=5m")).toMatch(/must be one of 1m, 1h, 1d, all/);
  expect(await refused("targets=NO")).toMatch(/must be names/);
  expect((await call("/v1/totals", `${TENANT}-ingest`)).status).toBe(403);
  // Of 12 targets each minute of 15 hours has timings: 10,800 points.
  const rows = Array.from({ length: 12 * 900 }, (_, i) => ({
    stepMs: MINUTE_MS as StepMs,
    at: START - DAY_MS - (i % 900) * MINUTE_MS,
    target: `t${Math.floor(i / 900)}`,
    operation: "*",
    part: 0,
  }));
  const random = new Random(seed);
  await new D1Rollups(env.DB, "globex").write(rows.map((row) => randomRow(random, row)));
  const range = (minutes: number): string =>
    `from=${START - DAY_MS - (minutes - 1) * MINUTE_MS}&to=${START - DAY_MS + MINUTE_MS}&step=1m`;
  const many = await call(`/v1/totals?${range(900)}`, "globex-read");
  expect(many.status).toBe(400);
  expect(await many.text()).toMatch(/more than 10000 points over all targets/);
  expect((await totals(range(833), "globex")).points).toHaveLength(12 * 833);
});
