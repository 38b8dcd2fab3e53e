import assert from "node:assert/strict";
import type { MeasureValues } from "../../src/measures.ts";
import type { Outcome } from "../../src/outcome.ts";
import type { Api } from "../e2e/api.ts";

/** Timings of one series; the outcomes are taken in turn. */
export interface Batch {
  readonly target: string;
  readonly operation: string;
  readonly count: number;
  readonly medianMs: number;
  readonly outcomes?: readonly Outcome[];
  readonly measures?: MeasureValues;
  /** How long ago they ended. Default: they end now. */
  readonly agoMs?: number;
}

const EVERY_OUTCOME: readonly Outcome[] = ["ok", "ok", "error", "ok", "timeout", "rate_limited"];
const NO_ERRORS: readonly Outcome[] = ["ok"];

/** Names at the edge of what the API takes. */
export const ODD_OPERATION = `constructor.__proto__:${"a-_.:9".repeat(7)}`.slice(0, 64);
export const LONG_TARGET = `long-${"name.".repeat(12)}`.slice(0, 63).padEnd(64, "x");

/** All kinds, and of platforms every outcome. */
const BOARD: readonly Batch[] = [
  { target: "meta", operation: "events", count: 400, medianMs: 180, outcomes: EVERY_OUTCOME },
  { target: "meta", operation: "audiences", count: 60, medianMs: 320 },
  { target: "google", operation: "collect", count: 300, medianMs: 45 },
  { target: "tiktok", operation: "track", count: 200, medianMs: 700, outcomes: EVERY_OUTCOME },
  { target: "pinterest", operation: ODD_OPERATION, count: 100, medianMs: 90 },
  { target: LONG_TARGET, operation: "call", count: 50, medianMs: 1_234.5 },
  { target: "worker", operation: "track", count: 500, medianMs: 12 },
  {
    target: "d1",
    operation: "leads-by-day",
    count: 80,
    medianMs: 620,
    measures: { rowsRead: 1_200, rowsWritten: 0, waitMs: 130.5, slow: 1, sizeBytes: 123_456_789 },
  },
  {
    target: "d1",
    operation: "insert-lead",
    count: 120,
    medianMs: 9,
    measures: { rowsRead: 0, rowsWritten: 3, waitMs: 4.25, slow: 0, sizeBytes: 123_456_790 },
  },
  { target: "cache", operation: "l1", count: 300, medianMs: 0.4, outcomes: ["hit"] },
  {
    target: "cache",
    operation: "l2",
    count: 90,
    medianMs: 6,
    outcomes: ["hit", "hit", "miss"],
    measures: { keys: 4_321 },
  },
  { target: "queue", operation: "deliver", count: 70, medianMs: 33, measures: { waitMs: 2_500 } },
];

/** Sends timings, and knows how many were taken. */
export class Poster {
  readonly #api: Api;
  #hasBoard = false;
  #sent = 0;

  constructor(api: Api) {
    this.#api = api;
  }

  /** Timings that were acknowledged so far. */
  get sent(): number {
    return this.#sent;
  }

  /** Sends timings, and waits until they are taken. */
  async post(...batches: readonly Batch[]): Promise<void> {
    const timings = batches.flatMap((batch) => timingsOf(batch));
    const { accepted, rejected } = await this.#api.postTimings({ timings });
    assert.deepEqual(rejected, []);
    assert.equal(accepted, timings.length);
    this.#sent += accepted;
  }

  /**
   * Something for every card, once: series of every kind, buckets that are drained, leased from
   * and closed, and an alert that fires.
   */
  async board(): Promise<void> {
    if (this.#hasBoard) return;
    this.#hasBoard = true;
    await this.post(...BOARD);
    await this.post({
      target: "reddit",
      operation: "convert",
      count: 6,
      medianMs: 150,
      outcomes: ["error"],
    });
    await this.#limit("meta/take", { permits: 37 });
    await this.#limit("google/lease", { holder: "edge-1", permits: 50 });
    await this.#limit("tiktok/feedback", { status: 429, retryAfterMs: 600_000 });
    await this.#api.merged(this.#sent);
  }

  async #limit(path: string, body: object): Promise<void> {
    await this.#api.get(`/v1/limits/${path}`, { body: JSON.stringify(body) });
  }
}

/** Another for each timing of a batch. */
function traceIdOf(target: string, index: number): string {
  const digits = Array.from(`${target}/${index}`, (letter) => letter.charCodeAt(0).toString(16));
  return digits.join("").slice(-32).padStart(32, "7");
}

function timingsOf(batch: Batch): object[] {
  const { target, operation, count, medianMs, outcomes = NO_ERRORS, measures, agoMs } = batch;
  return Array.from({ length: count }, (_, index) => ({
    target,
    operation,
    // Some are far above the others, so that no two percentiles are the same.
    durationMs: medianMs * (0.6 + 0.8 * (index / count) + (index % 50 === 0 ? 2.5 : 0)),
    outcome: outcomes[index % outcomes.length],
    ...(measures !== undefined && { measures }),
    ...(index % 25 === 0 && { traceId: traceIdOf(target, index) }),
    ...(agoMs !== undefined && { at: Date.now() - agoMs }),
  }));
}
