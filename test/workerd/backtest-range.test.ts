import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { DAY_MS, HOUR_MS } from "../../src/merge/slot-time.ts";
import { call, stopClock } from "./api.ts";

beforeAll(() => stopClock());
afterAll(() => vi.useRealTimers());

test("a range that begins before what is kept is told from when on it may, readable, too", async () => {
  const from = Date.now() - 40 * DAY_MS;
  const response = await call("/v1/rules/backtest", "acme-read", {
    method: "POST",
    body: JSON.stringify({ rule: "platform-latency", from, to: from + HOUR_MS }),
  });
  expect(response.status).toBe(400);
  const { errors } = await response.json<{ errors: { pointer: string; reason: string }[] }>();
  expect(errors.map(({ pointer }) => pointer)).toEqual(["/from"]);
  const told = /at or after (\d+) \((.+?)\): /.exec(errors[0]?.reason ?? "");
  expect(told?.[2]).toBe(new Date(Number(told?.[1])).toISOString());
  expect(Number(told?.[1])).toBeGreaterThan(from);
});
