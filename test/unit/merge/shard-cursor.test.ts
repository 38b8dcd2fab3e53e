import { expect, test } from "vitest";
import { NO_ERROR_RUN } from "../../../src/merge/error-run.ts";
import { NO_STREAK } from "../../../src/merge/error-streak.ts";
import { emptyLedger } from "../../../src/merge/intake-ledger.ts";
import { ShardCursor } from "../../../src/merge/shard-cursor.ts";
import type { CollectAnswer } from "../../../src/wire/shard-rpc.ts";

const NOW = Date.UTC(2026, 10, 20);

const STORED = {
  name: "acme/meta#0",
  target: "meta",
  durable: 3,
  merged: 7,
  ledger: emptyLedger(),
  pending: 0,
  errors: NO_ERROR_RUN,
};

function answerOf(more: Partial<CollectAnswer>): CollectAnswer {
  return {
    from: 3,
    to: 4,
    delta: Uint8Array.of(1, 2, 3),
    ledger: emptyLedger(),
    pending: 0,
    logRows: 1,
    reporters: 1,
    forgottenReporters: 0,
    perSecond: 0,
    p95Ms: null,
    ...more,
  };
}

const MERGED = { timings: 0, streak: NO_STREAK };

test("has told all when an answer left nothing to be told", () => {
  const cursor = new ShardCursor(STORED);
  expect(cursor.hasToldAll).toBe(false);
  cursor.advance(answerOf({ pending: 5 }), MERGED, NOW);
  expect(cursor.hasToldAll).toBe(false);
  cursor.advance(answerOf({ from: 4, to: 5 }), MERGED, NOW);
  expect(cursor.hasToldAll).toBe(true);
  // What comes in later was never shown, so that it is not there yet takes nothing back.
  cursor.advance(answerOf({ from: 5, to: 6, pending: 2 }), MERGED, NOW);
  expect(cursor.hasToldAll).toBe(true);
});

test("has not told all while rows of measures alone are left", () => {
  const cursor = new ShardCursor(STORED);
  cursor.advance(answerOf({ isAll: false }), MERGED, NOW);
  expect(cursor.hasToldAll).toBe(false);
  cursor.advance(answerOf({ from: 4, to: 5, isAll: true }), MERGED, NOW);
  expect(cursor.hasToldAll).toBe(true);
});

test("has told all while it is new, as nothing of it was ever shown", () => {
  expect(new ShardCursor(STORED, true).hasToldAll).toBe(true);
});

test("remembers of an answer neither timings nor trace ids", () => {
  const cursor = new ShardCursor(STORED);
  const exemplar = { operation: "events", traceId: "a".repeat(32), durationUs: 5, at: NOW };
  cursor.advance(answerOf({ exemplars: [exemplar] }), MERGED, NOW);
  expect(cursor.lastAnswer?.exemplars).toBeUndefined();
  expect(cursor.lastAnswer?.delta).toHaveLength(0);
});
