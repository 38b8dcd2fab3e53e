import { SqliteShardStore } from "../../../durable-objects/storage/sqlite-shard-store.ts";
import { SqliteTenantStore } from "../../../durable-objects/storage/sqlite-tenant-store.ts";
import type { Aggregate } from "../../../src/histogram/aggregate.ts";
import { bucketCounts } from "../../../src/histogram/bucket-counts.ts";
import { encodeHdrV2Base64 } from "../../../src/histogram/hdr-v2.ts";
import type { PagedCounts } from "../../../src/histogram/paged-counts.ts";
import { ShardState } from "../../../src/merge/shard-state.ts";
import { decodeSlotList, sumSlots } from "../../../src/merge/slot-list.ts";
import { MINUTE_MS } from "../../../src/merge/slot-time.ts";
import { TenantState } from "../../../src/merge/tenant-state.ts";
import type { CollectAnswer } from "../../../src/wire/shard-rpc.ts";
import { MAX_REPORT_TIMINGS, type TimingColumns } from "../../../src/wire/timing-columns.ts";
import { nodeSqlite } from "../../lib/node-sqlite.ts";
import type { PercentileSystem, Recorder } from "../percentile-system.ts";

const NOW = Date.UTC(2026, 10, 20, 12, 0, 30);
const SERIES = { target: "bench", operation: "call" };
const ZEROS = {
  atOffsetMs: new Int32Array(MAX_REPORT_TIMINGS),
  codes: new Uint8Array(MAX_REPORT_TIMINGS),
};

/**
 * The way of a timing in the product, over real SQL: columns to a shard, its log, what it answers to
 * a coordinator, the coordinator's state with its windows, totals and stretches.
 */
export const TACHOGRAPH: PercentileSystem<CollectAnswer, TenantState> = {
  name: "Tachograph",
  bound: "≤ 0.1 %",
  isRule: false,
  open: () => new ShardRecorder(),
  only: (part) => mergerOf([part])(),
  merger: mergerOf,
  percentilesUs: (state, percentiles) => windowOf(state).valuesAtPercentiles(percentiles),
  contents: (state) => {
    const { count, outcomes, sumUs, minUs, maxUs, counts } = storedOf(state);
    return [count, ...outcomes, sumUs, minUs, maxUs, ...counts, ...windowOf(state).toSparse()];
  },
  bytes: (state) => encodeHdrV2Base64(bucketCounts(storedOf(state).counts)).length,
};

class ShardRecorder implements Recorder<CollectAnswer> {
  readonly #shard = new ShardState(new SqliteShardStore(nodeSqlite()), 100);
  #sequence = 0;

  record(valuesUs: Int32Array): void {
    for (let from = 0; from < valuesUs.length; from += MAX_REPORT_TIMINGS) {
      const columns = columnsOf(valuesUs.subarray(from, from + MAX_REPORT_TIMINGS));
      this.#sequence += 1;
      const content = { kind: "timings" as const, columns };
      const sender = { reporter: "bench", sequence: this.#sequence };
      this.#shard.commit([{ ...sender, content, givenUp: 0, refused: {} }], NOW);
    }
  }

  finish(): CollectAnswer {
    const request = { durable: 0, seen: 0, watched: false, dormant: false };
    const answer = this.#shard.collect(request, NOW);
    if (answer.isAll !== true) throw new Error("a shard holds more than one answer may");
    // As it crosses an RPC.
    return structuredClone(answer);
  }
}

function columnsOf(durationUs: Int32Array): TimingColumns {
  const { length } = durationUs;
  return {
    operations: [SERIES.operation],
    baseAt: NOW,
    durationUs,
    atOffsetMs: ZEROS.atOffsetMs.subarray(0, length),
    operationIndex: ZEROS.codes.subarray(0, length),
    outcome: ZEROS.codes.subarray(0, length),
  };
}

/** A state takes each answer once, so that there has to be one for every merge. */
function mergerOf(answers: readonly CollectAnswer[]): () => TenantState {
  const prepare = (): TenantState => {
    const state = new TenantState(new SqliteTenantStore(nodeSqlite()), NOW);
    for (const i of answers.keys()) state.addShard(`bench#${i}`, SERIES.target, NOW);
    return state;
  };
  const prepared = [prepare()];
  return () => {
    const state = prepared.pop() ?? prepare();
    for (const [i, answer] of answers.entries()) {
      if (!state.merge(`bench#${i}`, answer, NOW)) throw new Error("an answer was not merged");
    }
    state.advance(NOW);
    return state;
  };
}

/** What is shown live. */
function windowOf(state: TenantState): PagedCounts {
  const series = state.seriesState(SERIES);
  if (series === undefined) throw new Error("the coordinator does not know the series");
  return series.windows["1m"].counts;
}

/** What would go to D1. */
function storedOf(state: TenantState): Aggregate {
  const minute = state.unsettled(SERIES, NOW, NOW + 1).find(({ stepMs }) => stepMs === MINUTE_MS);
  if (minute === undefined) throw new Error("the coordinator has no minute to store");
  return sumSlots(decodeSlotList(minute.body));
}
