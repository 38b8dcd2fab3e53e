import { emptyLedger } from "../../src/merge/intake-ledger.ts";
import type { Frame, FrameContent } from "../../src/stream/frames.ts";
import { streamFilter } from "../../src/stream/stream-filter.ts";
import { StreamHub } from "../../src/stream/stream-hub.ts";
import { Subscriber } from "../../src/stream/subscriber.ts";
import { NO_PILLARS } from "../../test/support/hub-world.ts";
import { type BenchRow, verdictOf } from "../lib/bench-row.ts";
import { figure } from "../lib/format.ts";
import { FILTERS } from "./crowd.ts";

const SUBSCRIBERS = 1_000;
const TICKS = 5;

/** Counts what the hub really makes: two subscribers who get one object share its serialisation. */
export function serialisationRow(): BenchRow {
  const made = new Set<Frame>();
  const hub = new StreamHub("bench", () => ({ "1m": "", "5m": "", "1h": "" }), 10);
  for (let i = 0; i < SUBSCRIBERS; i++) {
    const sink = { unreadBytes: () => 0, send: (frame: Frame) => made.add(frame), close: () => {} };
    hub.join(new Subscriber(sink, streamFilter(FILTERS[i % FILTERS.length] ?? {})), undefined, 500);
  }
  const perTick: number[] = [];
  for (let seq = 1; seq <= TICKS; seq++) {
    made.clear();
    hub.publish(emptyTick(seq), { series: [], limits: [] }, seq);
    perTick.push(made.size);
  }
  const worst = Math.max(...perTick);
  return {
    what: `Serialisations a tick for ${figure(SUBSCRIBERS)} subscribers with ${FILTERS.length} distinct filters`,
    goal: `${FILTERS.length}`,
    measured: figure(worst),
    verdict: verdictOf(worst === FILTERS.length),
    spread: `n = ${perTick.length} ticks`,
    note: "distinct frames that the hub handed out, in Node",
    data: { perTick },
  };
}

function emptyTick(seq: number): FrameContent {
  const coverage = { shards: 0, answered: 0, missing: [] };
  const books = { ...emptyLedger(), merged: 0, pending: 0, isBalanced: true };
  const about = { at: seq, staleMs: 0, status: "HEALTHY" as const, score: null, coverage };
  const snapshot = { ...about, pillars: NO_PILLARS, series: [], ledger: books };
  return { tenant: "bench", epoch: "bench", seq, snapshot, series: [], limits: [] };
}
