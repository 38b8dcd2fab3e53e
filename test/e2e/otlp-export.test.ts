import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, it, onTestFailed } from "vitest";
import type { OtlpPoint } from "../support/decode-otlp.ts";
import { Api } from "./api.ts";
import { OtlpCollector } from "./otlp-collector.ts";
import { System } from "./system.ts";
import { systemPort } from "./system-port.ts";

/*
 * What is pushed survives kill -9: a push that waited for the collector is sent in the next life, and
 * totals go on from where they were, since the same time. A minute has to end for that, in real time.
 */

const POLL_MS = 100;
/** A minute, and a machine that has a lot to do beside it. */
const MINUTE_TIMEOUT_MS = 90_000;

let collector: OtlpCollector;
let system: System;

beforeAll(async () => {
  const port = await systemPort();
  collector = await OtlpCollector.open(port);
  system = await System.start({ otlp: `http://127.0.0.1:${port}` });
});
afterAll(async () => {
  await system?.dispose();
  await collector?.close();
});

async function until(what: string, timeoutMs: number, isTrue: () => boolean): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (!isTrue()) {
    if (Date.now() > deadline) throw new Error(`${what}: not after ${timeoutMs} ms`);
    await sleep(POLL_MS);
  }
}

let sequence = 0;

async function report(calls: number): Promise<void> {
  sequence += 1;
  const timings = Array.from({ length: calls }, (_, i) => ({
    target: "meta",
    operation: "events",
    durationMs: 20 + i,
  }));
  const body = JSON.stringify({ reporter: "otlp-export", sequence, timings });
  expect((await new Api(system.url).call("/v1/timings", { body })).status).toBe(200);
}

/** The durations of `meta` in each push that was taken. */
function points(): OtlpPoint[] {
  return collector.taken.flatMap(
    ({ metrics }) => metrics.find(({ name }) => name === "tachograph.call.duration")?.points ?? [],
  );
}

it("pushes totals that only grow through a busy collector and kill -9", async () => {
  onTestFailed(() => console.error(`it printed:\n${system.tail()}`));
  collector.isBusy = true;
  await report(5);
  await until("a push is tried", 30_000, () => collector.attempts > 0);
  await system.kill();
  const killedAt = BigInt(Date.now()) * 1_000_000n;
  collector.isBusy = false;
  await system.boot();
  // Nobody asks for anything: its alarm wakes the tenant.
  await until("what waited is sent", 30_000, () => collector.taken.length > 0);
  expect(points()[0]?.count).toBe(5);
  expect((points()[0]?.timeUnixNano ?? killedAt) < killedAt).toBe(true);

  await report(3);
  await until("the minute is pushed", MINUTE_TIMEOUT_MS, () => points().at(-1)?.count === 8);
  const counts = points().map(({ count }) => count ?? NaN);
  expect(counts).toEqual(counts.toSorted((one, other) => one - other));
  expect(new Set(points().map(({ startTimeUnixNano }) => startTimeUnixNano)).size).toBe(1);
  expect(collector.taken[0]?.resource["tachograph.tenant"]).toBe("default");
  expect(collector.problems).toEqual([]);
});
