import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { withRetries } from "../../../../src/cli/api/with-retries.ts";
import { CliError } from "../../../../src/cli/cli-error.ts";

beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] }));
afterEach(() => void vi.useRealTimers());

const { signal } = new AbortController();

function busy(retryAfterMs?: number): CliError {
  return new CliError("busy", { exitCode: 3, isPassing: true, retryAfterMs });
}

async function waits(error: CliError): Promise<readonly number[]> {
  const told: number[] = [];
  const onWait = (_: CliError, waitMs: number): void => void told.push(waitMs);
  const retries = { attempts: 3, signal, onWait };
  const running = withRetries(retries, () => Promise.reject(error));
  const ended = expect(running).rejects.toBe(error);
  await vi.runAllTimersAsync();
  await ended;
  return told;
}

it("waits as long as it is asked to, and tells so", async () => {
  expect(await waits(busy(20_000))).toEqual([20_000, 20_000]);
});

it("waits for a while of its own if nothing is asked", async () => {
  const told = await waits(busy());
  expect(told).toHaveLength(2);
  for (const waitMs of told) expect(waitMs).toBeLessThanOrEqual(30_000);
});

it("does not wait for longer than anybody would, nor for what will not be over", async () => {
  expect(await waits(busy(999_000))).toEqual([]);
  expect(await waits(new CliError("no", { exitCode: 77 }))).toEqual([]);
});
