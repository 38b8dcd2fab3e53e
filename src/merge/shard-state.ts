import { type Aggregate, EMPTY_AGGREGATE, mergeAggregates } from "../histogram/aggregate.ts";
import { AggregateBuilder } from "../histogram/aggregate-builder.ts";
import { ByteReader, CorruptBytesError } from "../histogram/byte-reader.ts";
import { ByteWriter } from "../histogram/byte-writer.ts";
import { RollingWindow } from "../histogram/rolling-window.ts";
import { OVERFLOW_OPERATION } from "../names.ts";
import type { PermitTally } from "../wire/permits.ts";
import type { CollectAnswer, CollectRequest, ShardAnswer, ShardReport } from "../wire/shard-rpc.ts";
import { type Delta, DeltaBuilder, writeDelta } from "./delta.ts";
import { joinStreaks, NO_STREAK } from "./error-streak.ts";
import { addLedger, emptyLedger, readLedger, writeLedger } from "./intake-ledger.ts";
import { decodeLogRow, encodeLogRow, type LogRow } from "./log-row.ts";
import { type Gain, RecentGain } from "./recent-gain.ts";
import { RecentRequests } from "./recent-requests.ts";
import { ReportGroup } from "./report-group.ts";
import type { ShardStore } from "./shard-store.ts";
import { MINUTE_MS, SLOT_MS, startOf } from "./slot-time.ts";
import {
  addStreamCounts,
  isNoStreamCounts,
  NO_STREAM_COUNTS,
  readStreamCounts,
  writeStreamCounts,
} from "./stream-counts.ts";
import { StreamTotals } from "./stream-totals.ts";
import { Watermarks } from "./watermarks.ts";

/** Most bytes of log rows that one collect merges; what lies beyond is asked for next. */
const COLLECT_BUDGET_BYTES = 4 * 1024 * 1024;

/**
 * Version 1 had a time with every watermark, and version 2 knew of no streams and no requests
 * without a reporter. It is still written where there is nothing more to say, so that one can go back
 * to what knew no other.
 */
const PLAIN_VERSION = 2;
const STATE_VERSION = 3;

/** A shard's answer to a report, before the shell adds how soon to report again. */
export type Verdict =
  | Omit<Extract<ShardAnswer, { ok: true }>, "flushMs">
  | Extract<ShardAnswer, { ok: false }>;

/**
 * What a shard knows: its log, who reported what, the totals and the last minute. It is rebuilt
 * from the store whenever the object wakes, and changes only by {@link commit} and {@link collect}.
 */
export class ShardState {
  readonly #store: ShardStore;
  readonly #maxOperations: number;
  readonly #operations = new Set<string>();
  readonly #ledger = emptyLedger();
  readonly #slots = new Map<number, Aggregate>();
  readonly #window = new RollingWindow(MINUTE_MS, SLOT_MS);
  #watermarks = new Watermarks();
  #requests = new RecentRequests();
  /** They change with the log, but are not read from it. */
  readonly #streams: StreamTotals;
  #streamCounts = NO_STREAM_COUNTS;
  /** Absent when it would be more than one answer may hold: then collecting reads the log. */
  #recent: RecentGain | undefined;
  #head = 0;
  #trimmed = 0;

  /**
   * @param maxOperations distinct operations that are kept apart; further ones count as `other`.
   * @throws CorruptBytesError if the store holds what this code cannot read.
   */
  constructor(store: ShardStore, maxOperations: number) {
    this.#store = store;
    this.#maxOperations = maxOperations;
    this.#streams = new StreamTotals(store);
    const state = store.loadState();
    if (state !== undefined) this.#restore(new ByteReader(state));
    this.#replay();
    this.#recent = new RecentGain(this.#head);
  }

  /** The last log row written. */
  get head(): number {
    return this.#head;
  }

  /** What reporters decided about permits by themselves, ever. */
  get tally(): PermitTally {
    return this.#ledger.permits;
  }

  /**
   * The name that timings of an operation were counted under: its own, or `other` if it is beyond
   * those that are kept apart. Undefined if none can have been counted.
   */
  countedAs(operation: string): string | undefined {
    if (this.#operations.has(operation)) return operation;
    return this.#operations.has(OVERFLOW_OPERATION) ? OVERFLOW_OPERATION : undefined;
  }

  /** Whether this shard ever took anything in. */
  get isNew(): boolean {
    return this.#head === 0;
  }

  /**
   * Counts a group of reports with one log row. Everything is in the store, or the store threw
   * and nothing has changed.
   */
  commit(reports: readonly ShardReport[], nowMs: number): Verdict[] {
    const [watermarks, operations, streams] = [this.#watermarks, this.#operations, this.#streams];
    const known = { watermarks, operations, streams, requests: this.#requests };
    const group = new ReportGroup(known, this.#maxOperations, nowMs);
    const verdicts = reports.map((report) => group.add(report));
    const changes = group.finish();
    if (changes === undefined) return verdicts;
    const { row } = changes;
    const seq = this.#head + 1;
    const body = encodeLogRow(row);
    this.#store.append(seq, row.ledger.accepted, body, changes.streams);
    if (changes.streams !== undefined) streams.apply(changes.streams);
    this.#count(seq, row);
    this.#remember(row, body.length);
    return verdicts;
  }

  /** Deletes what the coordinator has made durable, and gives it what it has not seen. */
  collect(request: CollectRequest, nowMs: number): CollectAnswer {
    this.#trim(Math.min(request.durable, this.#head));
    const from = Math.max(request.seen, this.#trimmed);
    const { to, delta, streak } = this.#gainAfter(from, nowMs);
    this.#advance(nowMs);
    const [p95Us] = this.#window.counts.valuesAtPercentiles([95]);
    return {
      from,
      to,
      delta: encodeDelta(delta),
      streak,
      ledger: structuredClone(this.#ledger),
      isAll: to === this.#head,
      pending: to < this.#head ? this.#store.timingsAfter(to) : 0,
      logRows: this.#head - this.#trimmed,
      reporters: this.#watermarks.size,
      forgottenReporters: this.#watermarks.forgotten,
      streams: { known: this.#streams.size, ...this.#streamCounts },
      requests: { known: this.#requests.size, forgotten: this.#requests.forgotten },
      perSecond: this.#window.counts.total / (MINUTE_MS / 1000),
      p95Ms: p95Us === undefined ? null : p95Us / 1000,
    };
  }

  #trim(durable: number): void {
    if (durable <= this.#trimmed) return;
    this.#store.trim(durable, this.#encodeState(durable));
    this.#trimmed = durable;
  }

  /**
   * What the rows after `from` add up to. As long as the coordinator asks on from where it was told
   * to, that is in memory; after a lost answer or an eviction it is read from the log again.
   */
  #gainAfter(from: number, nowMs: number): Gain & { readonly to: number } {
    const isInMemory = this.#recent?.after === from;
    const recent = this.#showRecent(nowMs);
    if (isInMemory) return { to: this.#head, ...recent };
    const rows = this.#store.readAfter(from, COLLECT_BUDGET_BYTES);
    const merged = new DeltaBuilder();
    let streak = NO_STREAK;
    for (const { body } of rows) {
      const row = decodeLogRow(body);
      merged.add(row.delta);
      streak = joinStreaks(streak, row.streak);
    }
    return { to: rows.at(-1)?.seq ?? from, delta: merged.finish(), streak };
  }

  /** Counts a row in everything but the live window, which nobody looks at until a collect. */
  #count(seq: number, row: LogRow): void {
    this.#head = seq;
    for (const { reporter, sequence } of row.marks) this.#watermarks.advance(reporter, sequence);
    this.#requests.add(row.requests ?? [], row.at);
    addLedger(this.#ledger, row.ledger);
    if (row.streams) this.#streamCounts = addStreamCounts(this.#streamCounts, row.streams);
    for (const { operation } of row.delta) this.#operations.add(operation);
  }

  #remember(row: LogRow, bytes: number): void {
    if (this.#recent === undefined) return this.#countLive(row.delta, row.at);
    this.#recent.add(row, bytes);
    if (this.#recent.bytes < COLLECT_BUDGET_BYTES) return;
    this.#showRecent(row.at);
    this.#recent = undefined;
  }

  /** Moves what is remembered to the live window, and begins anew after the last row. */
  #showRecent(nowMs: number): Gain {
    const recent = this.#recent?.finish() ?? { delta: [], streak: NO_STREAK };
    this.#countLive(recent.delta, nowMs);
    this.#recent = new RecentGain(this.#head);
    return recent;
  }

  #countLive(delta: Delta, nowMs: number): void {
    const bySlot = new Map<number, AggregateBuilder>();
    for (const { slotStart, aggregate } of delta) {
      const builder = bySlot.get(slotStart) ?? new AggregateBuilder();
      bySlot.set(slotStart, builder);
      builder.add(aggregate);
    }
    for (const [slotStart, builder] of bySlot) {
      const gain = builder.finish();
      const before = this.#slots.get(slotStart) ?? EMPTY_AGGREGATE;
      this.#slots.set(slotStart, mergeAggregates(before, gain));
      this.#window.add(slotStart, gain);
    }
    this.#advance(nowMs);
  }

  #advance(nowMs: number): void {
    this.#window.advance(nowMs, (slotStart) => this.#slots.get(slotStart));
    const oldest = startOf(nowMs, SLOT_MS) - 2 * MINUTE_MS;
    for (const slotStart of this.#slots.keys()) {
      if (slotStart < oldest && !this.#window.covers(slotStart)) this.#slots.delete(slotStart);
    }
  }

  /** Rows up to the restored head are in the totals already, and only the live window lacks them. */
  #replay(): void {
    for (let after = this.#trimmed; ;) {
      const rows = this.#store.readAfter(after, COLLECT_BUDGET_BYTES);
      for (const { seq, body } of rows) {
        const row = decodeLogRow(body);
        if (seq > this.#head) this.#count(seq, row);
        this.#countLive(row.delta, row.at);
      }
      const last = rows.at(-1);
      if (last === undefined) return;
      after = last.seq;
    }
  }

  #encodeState(trimmed: number): Uint8Array {
    const writer = new ByteWriter(4096);
    const isPlain = isNoStreamCounts(this.#streamCounts) && this.#requests.isUnused;
    writer.byte(isPlain ? PLAIN_VERSION : STATE_VERSION);
    writer.varint(this.#head);
    writer.varint(trimmed);
    writeLedger(writer, this.#ledger);
    writer.varint(this.#operations.size);
    for (const operation of this.#operations) writer.text(operation);
    this.#watermarks.write(writer);
    if (isPlain) return writer.finish();
    writeStreamCounts(writer, this.#streamCounts);
    this.#requests.write(writer);
    return writer.finish();
  }

  #restore(reader: ByteReader): void {
    const version = reader.byte();
    if (version < 1 || version > STATE_VERSION) {
      throw new CorruptBytesError(`shard state of unknown version ${version}`);
    }
    this.#head = reader.varint();
    this.#trimmed = reader.varint();
    addLedger(this.#ledger, readLedger(reader));
    for (let rest = reader.varint(); rest > 0; rest--) this.#operations.add(reader.text());
    this.#watermarks = Watermarks.read(reader, version === 1);
    if (version < 3) return;
    this.#streamCounts = readStreamCounts(reader);
    this.#requests = RecentRequests.read(reader);
  }
}

function encodeDelta(delta: Delta): Uint8Array {
  const writer = new ByteWriter(4096);
  writeDelta(writer, delta);
  return writer.finish();
}
