import { runDurableObjectAlarm } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { decodeHdrV2Base64 } from "../../src/histogram/hdr-v2.ts";
import { bucketIndex } from "../../src/histogram/bucket-layout.ts";
import { OUTCOMES } from "../../src/outcome.ts";
import { hdrOf, PlainList, type PlainTiming, summaryOf } from "../support/plain-list.ts";
import { Random } from "../support/random.ts";
import { seedOf } from "../support/seeded.ts";
import {
  type ApiTiming,
  type ApiWindow,
  coordinatorOf,
  evict,
  history,
  live,
  moveClock,
  setClockAhead,
  shardOf,
  take,
} from "./api.ts";

const TENANT = "evict";
const TARGETS = ["meta", "google", "tiktok"] as const;
const OPERATIONS = ["events", "lookup"] as const;

beforeAll(() => {
  // A group of reports ends by time.
  setClockAhead();
});
afterAll(() => vi.useRealTimers());

interface Sender {
  readonly name: string;
  sequence: number;
  last: readonly PlainTiming[];
}

class EvictionRun {
  readonly #random: Random;
  readonly #list = new PlainList();
  readonly #senders: Sender[] = ["edge-a", "edge-b", "edge-c"].map((name) => ({
    name,
    sequence: 0,
    last: [],
  }));
  #duplicates = 0;
  #tooOld = 0;

  constructor(seed: number) {
    this.#random = new Random(seed);
  }

  async step(): Promise<void> {
    moveClock(this.#random.integer(1, 9_000));
    const choice = this.#random.integer(0, 9);
    if (choice <= 3) await Promise.all(this.#senders.map((sender) => this.#send(sender)));
    else if (choice === 4) await this.#repeat(this.#random.pick(this.#senders));
    else if (choice <= 6) await runDurableObjectAlarm(coordinatorOf(TENANT));
    else if (choice === 7) await this.compareLive();
    else if (choice === 8) await this.compareHistory();
    else await coordinatorOf(TENANT).health();
  }

  /** Takes the memory of some objects, or of all. */
  async evict(): Promise<void> {
    for (const target of TARGETS) {
      if (this.#random.next() < 0.5) await evict(shardOf(TENANT, target));
    }
    if (this.#random.next() < 0.6) await evict(coordinatorOf(TENANT));
  }

  async compareLive(): Promise<void> {
    const body = await live(TENANT);
    const total = this.#list.timings.length;
    expect(body.coverage.missing).toEqual([]);
    expect(body.ledger).toMatchObject({
      offered: total + this.#duplicates + this.#tooOld,
      accepted: total,
      merged: total,
      pending: 0,
      duplicates: this.#duplicates,
      isBalanced: true,
    });
    for (const series of this.#list.series()) {
      const view = body.series.find(
        ({ target, operation }) => target === series.target && operation === series.operation,
      );
      for (const window of ["1m", "5m", "1h"] as const) {
        compare(view?.windows[window], this.#list.window(series, window, body.at));
      }
    }
  }

  async compareHistory(): Promise<void> {
    // What is to be found in history is what has been collected.
    await live(TENANT);
    const to = Math.ceil((Date.now() + 60_000) / 60_000) * 60_000;
    const from = to - 3 * 3_600_000;
    for (const series of this.#list.series()) {
      const points = await history(TENANT, { ...series, from, to, step: "all", histogram: 1 });
      const expected = this.#list.within(series, from, to);
      compare(points[0], expected);
      expect(bucketsIn(points[0]?.histogram ?? "")).toEqual(summaryOf(expected).buckets);
    }
  }

  async #send(sender: Sender): Promise<void> {
    const nowMs = Date.now();
    sender.sequence += 1;
    sender.last = Array.from({ length: this.#random.integer(1, 20) }, () => ({
      target: this.#random.pick(TARGETS),
      operation: this.#random.pick(OPERATIONS),
      at: nowMs - this.#random.integer(0, 200_000),
      durationUs: this.#random.integer(0, this.#random.pick([3_000, 400_000, 600_000_000])),
      outcome: this.#random.integer(0, OUTCOMES.length - 1),
    }));
    const answer = await take(TENANT, sender.last.map(toApi), {
      reporter: sender.name,
      sequence: sender.sequence,
    });
    expect(answer).toEqual({ accepted: sender.last.length, duplicate: false, rejected: [] });
    for (const timing of sender.last) this.#list.add(timing);
  }

  async #repeat({ name, sequence, last }: Sender): Promise<void> {
    if (last.length === 0) return;
    // Time has passed since it was first sent: what is too old by now is refused at the door.
    const tooOld = last.filter(({ at }) => at < Date.now() - 300_000).length;
    if (tooOld === last.length) return;
    const answer = await take(TENANT, last.map(toApi), { reporter: name, sequence });
    expect(answer).toMatchObject({ accepted: 0, duplicate: true });
    expect(answer.rejected).toHaveLength(tooOld);
    this.#duplicates += last.length - tooOld;
    this.#tooOld += tooOld;
  }
}

function toApi({ target, operation, at, durationUs, outcome }: PlainTiming): ApiTiming {
  const name = OUTCOMES[outcome] ?? "ok";
  return { target, operation, at, durationMs: durationUs / 1000, outcome: name };
}

function compare(window: ApiWindow | undefined, timings: readonly PlainTiming[]): void {
  const { count, minUs, maxUs } = summaryOf(timings);
  const hdr = hdrOf(timings);
  const at = (percentile: number): number | null =>
    maxUs === null ? null : hdr.getValueAtPercentile(percentile) / 1000;
  expect(window).toMatchObject({
    count,
    minMs: minUs === null ? null : minUs / 1000,
    maxMs: maxUs === null ? null : maxUs / 1000,
    p50Ms: at(50),
    p95Ms: at(95),
    p99Ms: at(99),
    p999Ms: at(99.9),
  });
}

function bucketsIn(base64: string): [number, number][] {
  const decoded = decodeHdrV2Base64(base64);
  if (!decoded.ok) throw new Error(decoded.reason);
  const buckets: [number, number][] = [];
  decoded.histogram.forEach((lowest, _, count) => buckets.push([bucketIndex(lowest), count]));
  return buckets;
}

test("every object may be evicted between any two steps", async () => {
  const run = new EvictionRun(seedOf("eviction", env.TEST_SEED));
  for (let i = 0; i < 35; i++) {
    await run.evict();
    await run.step();
  }
  await run.compareLive();
  await run.compareHistory();
});
