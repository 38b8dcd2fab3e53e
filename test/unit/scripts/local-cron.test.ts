import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { cronDelayMs, LocalCron } from "../../../scripts/lib/local-cron.ts";

const asked: string[] = [];
const warnings: string[] = [];
let respond: () => Promise<Response>;
let cron: LocalCron;

beforeEach(() => {
  vi.useFakeTimers();
  asked.length = 0;
  warnings.length = 0;
  respond = () => Promise.resolve(new Response("ok"));
  vi.stubGlobal("fetch", (url: string) => {
    asked.push(url);
    return respond();
  });
  cron = new LocalCron({ origin: "http://127.0.0.1:1", warn: (line) => warnings.push(line) });
});

afterEach(() => {
  cron.stop();
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

it("runs twice within the first ten seconds, and then ever less, down to each minute", async () => {
  await vi.advanceTimersByTimeAsync(10_000);
  expect(asked).toHaveLength(2);
  expect(asked[0]).toBe("http://127.0.0.1:1/cdn-cgi/local/scheduled?cron=*+*+*+*+*");
  const delays = Array.from({ length: 20 }, (_, count) => cronDelayMs(count));
  expect(delays).toEqual(delays.toSorted((one, other) => one - other));
  expect(delays.at(-1)).toBe(60_000);
});

it("says once what is wrong, and goes on", async () => {
  respond = () => Promise.resolve(new Response("no such table", { status: 500 }));
  await vi.advanceTimersByTimeAsync(60_000);
  expect(warnings).toEqual(["scheduled run of the tracking Worker: answered 500 no such table"]);
  expect(asked.length).toBeGreaterThan(3);
});

it("waits for a run before it begins the next", async () => {
  respond = () => new Promise(() => undefined);
  await vi.advanceTimersByTimeAsync(600_000);
  expect(asked).toHaveLength(1);
});

it("stops, and says nothing of what it dropped", async () => {
  respond = () => Promise.reject(new Error("aborted"));
  cron.stop();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(asked).toHaveLength(0);
  expect(warnings).toEqual([]);
});
