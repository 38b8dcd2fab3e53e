import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { config } from "../../src/configured.ts";
import { ByteReader } from "../../src/histogram/byte-reader.ts";
import { readDelta } from "../../src/merge/delta.ts";
import { decodeShardAnswer, encodeShardReport } from "../../src/wire/shard-message.ts";
import type { CollectAnswer } from "../../src/wire/shard-rpc.ts";
import { columnsOf } from "../support/columns.ts";
import { Random } from "../support/random.ts";
import { seedOf } from "../support/seeded.ts";
import { shardOf, stopClock, take, until } from "./api.ts";

const TENANT = "acme";
const { linger: LINGER } = config;

beforeAll(() => {
  stopClock();
  // Longer than any test may take: who is answered was not waiting for it.
  Object.assign(config, { linger: { watchedMs: 120_000, unwatchedMs: 120_000 } });
});
afterAll(() => {
  Object.assign(config, { linger: LINGER });
  vi.useRealTimers();
});

/** Asks as a coordinator that merges everything and stores it at once or never. */
async function collect(target: string, seen: number, durable = 0): Promise<CollectAnswer> {
  const request = { seen, durable, watched: true, dormant: false };
  return shardOf(TENANT, target).collect(request);
}

function countIn({ delta }: CollectAnswer): number {
  const entries = readDelta(new ByteReader(delta));
  return entries.reduce((sum, { aggregate }) => sum + aggregate.count, 0);
}

function report(target: string, reporter: string, sequence: number, timings = 1) {
  const timing = { target, durationMs: 10, at: Date.now() };
  return take(
    TENANT,
    Array.from({ length: timings }, () => timing),
    { reporter, sequence },
  );
}

test("what waits when a collect comes is in its answer", async () => {
  await runInDurableObject(shardOf(TENANT, "tiktok"), async (shard) => {
    const message = (reporter: string, timings: number) => {
      const at = Date.now();
      const timing = { operation: "events", at, durationUs: 10_000, outcome: 0 };
      const columns = columnsOf(
        Array.from({ length: timings }, () => timing),
        at,
      );
      const content = { kind: "timings" as const, columns };
      return encodeShardReport({ reporter, sequence: 1, content, givenUp: 0, refused: {} });
    };
    const request = { seen: 0, durable: 0, watched: true, dormant: false };
    await shard.report(message("edge-a", 3));
    const waiting = [shard.report(message("edge-b", 7)), shard.report(message("edge-c", 5))];
    const answer = await shard.collect(request);
    expect(countIn(answer)).toBe(3 + 7 + 5);
    expect(answer).toMatchObject({ to: 2, isAll: true, pending: 0, ledger: { accepted: 15 } });
    for (const one of waiting) expect(decodeShardAnswer(await one)).toMatchObject({ ok: true });
  });
});

test("a collect takes along the reports that wait for company, and they are answered", async () => {
  await report("meta", "edge-a", 1);
  const { to } = await collect("meta", 0);
  // Not everybody who reported lately is here, so this one waits.
  const waiting = report("meta", "edge-b", 1, 7);
  let taken = 0;
  await until("the report is collected", async () => {
    taken = countIn(await collect("meta", to));
    return taken > 0;
  });
  expect(taken).toBe(7);
  expect(await waiting).toEqual({ accepted: 7, duplicate: false, rejected: [] });
});

test("whatever comes while a shard is asked is collected once, whole, and answered once", async () => {
  const random = new Random(seedOf("collects beside reports", env.TEST_SEED));
  let sent = 0;
  const reports = { areDone: false };
  const sender = async (name: string): Promise<void> => {
    for (let sequence = 1; sequence <= 25; sequence++) {
      const timings = random.integer(1, 5);
      sent += timings;
      const answer = await report("google", name, sequence, timings);
      expect(answer).toEqual({ accepted: timings, duplicate: false, rejected: [] });
      if (random.next() < 0.2) {
        const repeated = await report("google", name, sequence, timings);
        expect(repeated).toMatchObject({ accepted: 0, duplicate: true });
      }
    }
  };
  let [seen, durable, merged] = [0, 0, 0];
  const coordinator = async (): Promise<void> => {
    while (!reports.areDone) {
      const answer = await collect("google", seen, durable);
      expect(answer.from).toBe(seen);
      merged += countIn(answer);
      expect(answer).toMatchObject({ isAll: true, pending: 0, ledger: { accepted: merged } });
      seen = answer.to;
      if (random.next() < 0.3) durable = seen;
      await new Promise((resolve) => setTimeout(resolve, random.integer(0, 3)));
    }
  };
  const asking = coordinator();
  await Promise.all(["edge-a", "edge-b", "edge-c"].map(sender)).finally(() => {
    reports.areDone = true;
  });
  await asking;
  merged += countIn(await collect("google", seen, durable));
  expect(merged).toBe(sent);
});
