import type { AlertFrame, ContentFrame, HelloFrame } from "../../../../src/stream/stream-frame.ts";
import { anAlert } from "./an-alert.ts";

const NOTHING = {
  tenant: "default",
  staleMs: 0,
  status: "HEALTHY",
  score: 9,
  coverage: { shards: 1, answered: 1, missing: [] },
  series: [],
  limits: [],
  ledger: {
    offered: 0,
    accepted: 0,
    duplicates: 0,
    rejected: {},
    givenUp: 0,
    capped: 0,
    permits: { denied: 0, allowedUnreached: 0, deniedUnreached: 0 },
    merged: 0,
    pending: 0,
    isBalanced: true,
  },
} as const satisfies Partial<ContentFrame>;

const NO_PILLARS = { latency: null, errors: null, throughput: null, d1: null, cache: null };

/** The first frame of a connection. */
export function helloFrame(tickMs = 500): HelloFrame {
  return { type: "hello", protocol: "tachograph.v1", epoch: "e", seq: 0, resumed: false, tickMs };
}

/** A snapshot of nothing, with whatever is different about it. */
export function snapshotFrame(seq: number, part: Partial<ContentFrame> = {}): ContentFrame {
  const at = 1_000_000 + seq;
  return { ...NOTHING, type: "snapshot", epoch: "e", seq, at, pillars: NO_PILLARS, ...part };
}

/** A tick in which nothing changed, with whatever is different about it. */
export function tickFrame(seq: number, part: Partial<ContentFrame> = {}): ContentFrame {
  return { ...NOTHING, type: "tick", epoch: "e", seq, at: 1_000_000 + seq, ...part };
}

/** A change of an alert. */
export function alertFrame(seq: number): AlertFrame {
  return { ...anAlert(), type: "alert", epoch: "e", seq };
}
