import type { OperationExemplar } from "../../src/exemplar.ts";
import { ByteWriter } from "../../src/histogram/byte-writer.ts";
import type { MeasureValues } from "../../src/measures.ts";
import { DeltaBuilder, writeDelta } from "../../src/merge/delta.ts";
import { emptyLedger } from "../../src/merge/intake-ledger.ts";
import { SLOT_MS, startOf } from "../../src/merge/slot-time.ts";
import { TenantState } from "../../src/merge/tenant-state.ts";
import { type Outcome, OUTCOMES } from "../../src/outcome.ts";
import { type MadeSnapshot, SnapshotMaker } from "../../src/stream/live-snapshot.ts";
import { defaultTargetKind } from "../../src/target-kind.ts";
import { measured } from "./measured.ts";
import { MemoryTenantStore } from "./memory-tenant-store.ts";

/** `count` equal timings of one operation, each with the same numbers beside it. */
export interface PillarTiming {
  readonly target: string;
  /** Default `call`. */
  readonly operation?: string;
  readonly durationMs?: number;
  readonly outcome?: Outcome;
  readonly count?: number;
  readonly measures?: MeasureValues;
}

/** A tenant's merged state with a clock that is set, and the snapshots of it. */
export class PillarWorld {
  readonly store = new MemoryTenantStore();
  nowMs: number;
  #state: TenantState;
  #maker = new SnapshotMaker(defaultTargetKind);

  constructor(nowMs: number) {
    this.nowMs = nowMs;
    this.#state = new TenantState(this.store, nowMs);
  }

  get state(): TenantState {
    return this.#state;
  }

  /** Merges timings that happen now. */
  add(...timings: readonly PillarTiming[]): void {
    this.#state.advance(this.nowMs);
    for (const [target, own] of Map.groupBy(timings, (timing) => timing.target)) {
      const delta = new DeltaBuilder();
      for (const timing of own) this.#record(delta, timing);
      this.#merge(target, delta, []);
    }
  }

  /** Merges an answer of a target's shard that has nothing but exemplars. */
  exemplify(target: string, ...exemplars: readonly OperationExemplar[]): void {
    this.#merge(target, new DeltaBuilder(), exemplars);
  }

  /** Lets time pass. */
  pass(durationMs: number): void {
    this.nowMs += durationMs;
  }

  /** Stores everything, as the coordinator does each minute. */
  checkpoint(): void {
    this.#state.checkpoint(this.nowMs);
  }

  /** The coordinator loses its memory: what a checkpoint stored is all there is. */
  restart(): void {
    this.#state = new TenantState(this.store, this.nowMs);
    this.#maker = new SnapshotMaker(defaultTargetKind);
  }

  make(hasCriticalAlert = false): MadeSnapshot {
    const coverage = { shards: 0, answered: 0, missing: [] };
    this.#state.advance(this.nowMs);
    const about = { at: this.nowMs, staleMs: 0, coverage, hasCriticalAlert };
    return this.#maker.make(this.#state, about);
  }

  #merge(target: string, delta: DeltaBuilder, exemplars: readonly OperationExemplar[]): void {
    const shard = this.#state.addShard(`acme/${target}#0`, target, this.nowMs);
    const writer = new ByteWriter(256);
    writeDelta(writer, delta.finish());
    const answer = {
      from: shard.seen,
      to: shard.seen + 1,
      delta: writer.finish(),
      ledger: emptyLedger(),
      pending: 0,
      logRows: 0,
      reporters: 0,
      forgottenReporters: 0,
      perSecond: 0,
      p95Ms: null,
      exemplars,
    };
    if (!this.#state.merge(shard.name, answer, this.nowMs)) throw new Error("not merged");
  }

  #record(delta: DeltaBuilder, timing: PillarTiming): void {
    const { operation = "call", durationMs = 1, outcome = "ok", count = 1, measures } = timing;
    const builder = delta.builder(startOf(this.nowMs, SLOT_MS), operation);
    builder.record(Math.round(durationMs * 1_000), OUTCOMES.indexOf(outcome), count);
    if (measures !== undefined) builder.addMeasures(measured(measures, count, this.nowMs));
  }
}
