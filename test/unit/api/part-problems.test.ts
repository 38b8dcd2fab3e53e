import { describe, expect, it } from "vitest";
import {
  coordinatorProblems,
  ledgerProblems,
  otlpExportProblems,
  problemList,
  shardProblems,
  storageProblems,
} from "../../../src/api/part-problems.ts";
import type {
  CoordinatorHealth,
  ShardHealth,
} from "../../../src/coordinator/coordinator-health.ts";
import {
  type OtlpExportHealth,
  UNUSED_EXPORT,
} from "../../../src/coordinator/otlp-export-health.ts";

const NOW = Date.UTC(2026, 10, 20, 12);
const MINUTE_MS = 60_000;
const NONE = { failures: [], warnings: [] };
const DELETION = { lastRunAt: null, deleted: 0, lastError: null };

const SHARD: ShardHealth = {
  name: "default/meta#0",
  isDormant: false,
  seen: 3,
  durable: 2,
  pending: 0,
  answeredAt: NOW,
  logRows: 1,
  reporters: 1,
  forgottenReporters: 0,
  streams: null,
  requests: null,
  perSecond: 1,
  p95Ms: 2,
  limitFault: null,
};

const WELL: CoordinatorHealth = {
  at: NOW,
  startedAt: NOW - MINUTE_MS,
  tickedAt: NOW,
  tickMs: 500,
  checkpointAt: NOW,
  lastError: null,
  subscribers: 0,
  missing: [],
  shards: [SHARD],
  outbox: {
    backlog: 2,
    oldestAt: NOW,
    behindSince: null,
    failures: 0,
    lastError: null,
    lastWrittenAt: NOW,
    dropped: 0,
  },
  retention: DELETION,
  ledger: {
    offered: 10,
    accepted: 6,
    duplicates: 3,
    rejected: { bad_time: 1 },
    givenUp: 0,
    capped: 0,
    permits: { denied: 0, allowedUnreached: 0, deniedUnreached: 0 },
    merged: 5,
    pending: 1,
    isBalanced: true,
  },
  alerts: { rules: 1, pending: 0, firing: 0, nodata: 0, silences: 0, overflow: 0, outgoing: 0 },
  carrier: { failures: 0, failingSince: null, lastError: null, handedOverAt: null },
  archive: {
    queued: 0,
    failures: 0,
    failingSince: null,
    lastError: null,
    lastWrittenAt: null,
    lost: { notifications: 0, records: 0, unreadable: 0 },
    retention: DELETION,
  },
  dispatcherFault: null,
  invalidations: { head: 0, entries: 0, dropped: 0 },
  otlpExport: null,
};

it("finds nothing where all is well", () => {
  for (const problems of [shardProblems, coordinatorProblems, ledgerProblems, storageProblems]) {
    expect(problems(WELL)).toEqual(NONE);
  }
});

it("names each shard that is missing, or gives nobody permits", () => {
  const shards = [SHARD, { ...SHARD, name: "default/x#0", limitFault: "its state is unreadable" }];
  const missing = [{ name: "default/meta#0", error: "timed out" }];
  expect(shardProblems({ ...WELL, missing, shards })).toEqual({
    failures: [
      "default/meta#0 does not answer: timed out",
      "default/x#0 gives nobody permits: its state is unreadable",
    ],
    warnings: [],
  });
});

it("takes what the coordinator cannot hand over for a warning, and a failed tick for a failure", () => {
  const carrier = { ...WELL.carrier, lastError: "gone" };
  const alerts = { ...WELL.alerts, overflow: 4 };
  expect(coordinatorProblems({ ...WELL, carrier, alerts, lastError: "boom" })).toEqual({
    failures: ["its last tick failed: boom"],
    warnings: [
      "notifications do not reach the dispatcher: gone",
      "too many alerts are open: 4 conditions were not followed",
    ],
  });
});

describe("the books", () => {
  const failuresOf = (more: Partial<CoordinatorHealth["ledger"]>): readonly string[] =>
    ledgerProblems({ ...WELL, ledger: { ...WELL.ledger, isBalanced: false, ...more } }).failures;

  it("say which of their sums is wrong, with its numbers", () => {
    expect(failuresOf({ offered: 12 })).toEqual([
      "the books do not add up: 12 offered, but 6 accepted, 3 duplicates and 1 rejected",
    ]);
    expect(failuresOf({ merged: 4 })).toEqual([
      "the books do not add up: 6 accepted, but 4 merged and 1 pending",
    ]);
    expect(failuresOf({ offered: 12, merged: 4 })).toHaveLength(2);
  });

  it("are never wrong without a word", () => {
    expect(failuresOf({})).toEqual(["the books do not add up"]);
  });
});

describe("the way to D1", () => {
  it("fails when something cannot be written, or waits for too long", () => {
    const behindSince = NOW - 3 * MINUTE_MS;
    const outbox = { ...WELL.outbox, behindSince };
    expect(storageProblems({ ...WELL, outbox })).toEqual(NONE);
    const behind = { ...outbox, behindSince: behindSince - 1, lastError: "busy" };
    const archive = { ...WELL.archive, lastError: "locked" };
    expect(storageProblems({ ...WELL, outbox: behind, archive })).toEqual({
      failures: [
        "rollups cannot be written: busy",
        "rollups wait to be written for 180001 ms: 2 stretches",
        "alerts and the audit trail cannot be written: locked",
      ],
      warnings: [],
    });
  });

  it("warns of what is kept for too long, and of what is gone for good", () => {
    const retention = { ...DELETION, lastError: "slow" };
    const lost = { notifications: 1, records: 2, unreadable: 3 };
    const archive = { ...WELL.archive, lost, retention };
    const outbox = { ...WELL.outbox, dropped: 7 };
    expect(storageProblems({ ...WELL, retention, archive, outbox })).toEqual({
      failures: [],
      warnings: [
        "rollups that are too old cannot be deleted: slow",
        "alerts that are too old cannot be deleted: slow",
        "7 stretches were given up: D1 was away for too long",
        "lost of alerts: 1 notifications, 2 records, 3 unreadable rows",
      ],
    });
  });
});

it("of very many problems tells the first, and how many more there are", () => {
  const names = Array.from({ length: 30 }, (_, index) => `p${index}`);
  expect(problemList({ failures: names.slice(0, 3), warnings: names.slice(3, 20) })).toEqual(
    names.slice(0, 20),
  );
  const told = problemList({ failures: names, warnings: [] });
  expect(told).toHaveLength(21);
  expect(told.at(-1)).toBe("and 10 more: see the detail");
});

describe("the way of totals to a collector", () => {
  const told = (more: Partial<OtlpExportHealth>) =>
    otlpExportProblems({ ...WELL, otlpExport: { ...UNUSED_EXPORT, ...more } });

  it("has no problem where there is none, or all is taken", () => {
    expect(otlpExportProblems(WELL)).toEqual(NONE);
    expect(told({ sentPushes: 7, lastSentAt: NOW })).toEqual(NONE);
  });

  it("fails if nothing can be pushed, or all is refused", () => {
    expect(told({ fault: "OTLP_ENDPOINT is not set" })).toEqual({
      failures: ["totals cannot be pushed: OTLP_ENDPOINT is not set"],
      warnings: [],
    });
    expect(
      told({
        isRefused: true,
        lastError: "answered 401",
        droppedPushes: { refused: 2, overflow: 0, expired: 0 },
      }),
    ).toEqual({
      failures: ["the collector refuses what is pushed, and it is lost: answered 401"],
      warnings: ["pushes were given up: 2 refused, 0 as too many waited, 0 a day old"],
    });
  });

  it("puts up with a collector that is away for a moment, and no longer", () => {
    const away = { failures: 2, lastError: "answered 503", queuedPushes: 1 };
    expect(told({ ...away, oldestAt: NOW - MINUTE_MS })).toEqual({
      failures: [],
      warnings: ["the last push was not taken and is tried again: answered 503"],
    });
    expect(told({ ...away, oldestAt: NOW - 4 * MINUTE_MS })).toEqual({
      failures: [
        "the collector takes nothing, 1 pushes wait, the oldest for 240000 ms: answered 503",
      ],
      warnings: [],
    });
    // After an eviction nobody knows why any more.
    expect(told({ ...away, lastError: null, oldestAt: NOW - 4 * MINUTE_MS }).failures).toEqual([
      "the collector takes nothing, 1 pushes wait, the oldest for 240000 ms",
    ]);
  });

  it("tells what was lost and what was rejected", () => {
    const lost = told({
      droppedPushes: { refused: 0, overflow: 3, expired: 1 },
      rejectedPoints: 5,
      lastRejection: "too old",
    });
    expect(lost).toEqual({
      failures: [],
      warnings: [
        "pushes were given up: 0 refused, 3 as too many waited, 1 a day old",
        "the collector rejected 5 points: too old",
      ],
    });
    // The last push was taken as a whole.
    expect(told({ rejectedPoints: 5, lastRejection: null })).toEqual(NONE);
  });
});
