import { runDurableObjectAlarm } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "../../src/merge/slot-time.ts";
import {
  type ApiPoint,
  call,
  coordinatorOf,
  getJson,
  live,
  moveClock,
  stopClock,
  take,
  until,
} from "./api.ts";

/** Twenty past an hour and some, in the middle of a day to come. */
const START = Math.ceil(Date.now() / DAY_MS) * DAY_MS + DAY_MS + 12 * HOUR_MS + 20 * MINUTE_MS;
const TENANT = "acme";

beforeAll(() => {
  stopClock(START + 30_000);
});
afterAll(() => vi.useRealTimers());

interface HistoryBody {
  readonly from: number;
  readonly to: number;
  readonly points: readonly (ApiPoint & { coveredMs: number; perSecond: number })[];
}

function ask(from: number, to: number, step: string): Promise<HistoryBody> {
  const query = `target=meta&from=${from}&to=${to}&step=${step}`;
  return getJson(`/v1/history?${query}`, `${TENANT}-read`);
}

test("an answer says which range it covers, and counts rates by that", async () => {
  const at = Date.now();
  await take(TENANT, [
    { target: "meta", durationMs: 5, at },
    { target: "meta", durationMs: 7, at: at - 4 * MINUTE_MS },
  ]);
  const from = START - 5 * MINUTE_MS;
  const to = START + MINUTE_MS;
  // The beginning is in the middle of a minute, the end in the future.
  const all = await ask(from + 59_999, to + HOUR_MS, "all");
  expect(all).toMatchObject({ from, to });
  expect(all.points).toMatchObject([
    { at: from, stepMs: 6 * MINUTE_MS, coveredMs: 6 * MINUTE_MS, count: 2, perSecond: 2 / 360 },
  ]);
  const hours = await ask(from, at, "1h");
  expect(hours).toMatchObject({ from, to });
  expect(hours.points).toMatchObject([
    {
      at: START - 20 * MINUTE_MS,
      stepMs: HOUR_MS,
      coveredMs: 6 * MINUTE_MS,
      count: 2,
      perSecond: 2 / 360,
    },
  ]);
  const minutes = await ask(from, at, "1m");
  expect(minutes.points.map(({ coveredMs, perSecond }) => [coveredMs, perSecond])).toEqual([
    [MINUTE_MS, 1 / 60],
    [MINUTE_MS, 1 / 60],
  ]);
});

test("an export of several days has every minute of them once", async () => {
  const days = 3;
  for (let day = 0; day < days; day++) {
    moveClock(DAY_MS);
    await take(TENANT, [{ target: "export", durationMs: 10 + day, at: Date.now() }]);
    await live(TENANT);
  }
  const query = `target=export&from=${START - DAY_MS}&to=${Date.now() + MINUTE_MS}`;
  const response = await call(`/v1/export.hlog?${query}`, `${TENANT}-read`);
  const rows = (await response.text()).split("\n").filter((line) => line.startsWith("Tag=export/"));
  // The length in seconds, and the maximum in milliseconds.
  expect(rows.map((row) => row.split(",").slice(2, 4))).toEqual([
    ["60.000", "10.000"],
    ["60.000", "11.000"],
    ["60.000", "12.000"],
  ]);
});

test("numbers beside timings are in the live windows, and in history once D1 has it", async () => {
  const at = Date.now();
  const measures = [{ rowsRead: 3, waitMs: 0.25, sizeBytes: 4_096 }, { rowsRead: 5 }];
  await take(
    "globex",
    measures.map((one, i) => ({
      target: "d1",
      operation: "users",
      durationMs: 5,
      at: at - 2 + i,
      measures: one,
    })),
  );
  const expected = {
    rowsRead: { count: 2, sum: 8, mean: 4 },
    waitMs: { count: 1, sum: 0.25, mean: 0.25 },
    sizeBytes: { count: 1, last: 4_096, lastAt: at - 2 },
  };
  const { series } = await live("globex");
  expect(series.map(({ windows }) => windows["1m"])).toMatchObject([
    { count: 2, measures: expected },
    { count: 2, measures: expected },
  ]);
  moveClock(2 * MINUTE_MS);
  await runDurableObjectAlarm(coordinatorOf("globex"));
  await until("the minute is in D1", async () => {
    const { results } = await env.DB.prepare(
      "SELECT measures FROM rollups WHERE tenant = 'globex' AND step_ms = 60000 AND operation = 'users'",
    ).all<{ measures: string | null }>();
    return results.length === 1 && results[0]?.measures !== null;
  });
  const query = `target=d1&operation=users&from=${at - MINUTE_MS}&to=${at + MINUTE_MS}&step=all`;
  const { points } = await getJson<HistoryBody>(`/v1/history?${query}`, "globex-read");
  expect(points).toMatchObject([{ count: 2, measures: expected }]);
});
