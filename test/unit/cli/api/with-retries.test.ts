import { expect, it } from "vitest";
import { withRetries } from "../../../../src/cli/api/with-retries.ts";
import { CliError } from "../../../../src/cli/cli-error.ts";

const { signal } = new AbortController();

function busy(retryAfterMs?: number): CliError {
  return new CliError("busy", { exitCode: 3, isPassing: true, retryAfterMs });
}

async function waits(error: CliError): Promise<readonly number[]> {
  const told: number[] = [];
  const waited: number[] = [];
  const onWait = (_: CliError, waitMs: number): void => void told.push(waitMs);
  const wait = async (waitMs: number): Promise<void> => void waited.push(waitMs);
  const retries = { attempts: 3, signal, onWait, wait };
  await expect(withRetries(retries, () => Promise.reject(error))).rejects.toBe(error);
  expect(waited).toEqual(told);
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
