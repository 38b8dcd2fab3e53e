import type { ErrorRun } from "./error-run.ts";
import type { IntakeLedger } from "./intake-ledger.ts";
import type { FirstSeen, StoredMinute } from "./minute-counts.ts";

/** How long one stored row stretches: a minute, an hour or a day, in milliseconds. */
export type StepMs = 60_000 | 3_600_000 | 86_400_000;

/** One series over one stretch of time. */
export interface StoredSlot {
  readonly stepMs: StepMs;
  /** Start of the stretch, a multiple of `stepMs`. */
  readonly at: number;
  readonly target: string;
  readonly operation: string;
  /**
   * 0 for the stretch itself. Timings that arrive when it was stored in D1 and let go of here make
   * a further part, numbered by the checkpoint that wrote it; reading adds the parts up. Parts from
   * 2^40 on are imports, which D1 alone has.
   */
  readonly part: number;
  /** An encoded slot list. */
  readonly body: Uint8Array;
}

/** A stretch whose rows are not in D1 as they are here. */
export interface OutboxEntry {
  readonly stepMs: StepMs;
  readonly at: number;
  /** When to write it to D1, epoch milliseconds. */
  readonly dueAt: number;
  /** Grows when the rows change again, so that a finished write does not hide a newer change. */
  readonly version: number;
}

/** What the coordinator remembers of one shard. */
export interface StoredShard {
  readonly name: string;
  readonly target: string;
  /** The last of its log rows that is merged and stored here. */
  readonly durable: number;
  /** Timings of this shard that were merged, counted from the histograms. */
  readonly merged: number;
  /** What the shard said of itself when it was last asked. */
  readonly ledger: IntakeLedger;
  readonly pending: number;
  /** Errors in a row up to `durable`. */
  readonly errors: ErrorRun;
  /** When it first announced itself, epoch milliseconds; unknown of shards of before this was kept. */
  readonly addedAt?: number | undefined;
}

/** Singletons of the coordinator. */
export interface StoredTenant {
  /** Numbers the checkpoints. */
  readonly checkpoint: number;
  /** What was refused before it reached any shard. */
  readonly refused: IntakeLedger;
  /** Since when all of it counts, epoch milliseconds; unknown of tenants of before this was kept. */
  readonly createdAt?: number | undefined;
}

/** What is stored of the running total of a series, beside its stored days. */
export interface StoredTotal {
  readonly target: string;
  readonly operation: string;
  /** Since when it counts, epoch milliseconds. */
  readonly createdAt: number;
  /** An encoded slot list: the days that are no longer stored, together. Undefined if there are none. */
  readonly folded: Uint8Array | undefined;
}

/**
 * Adds a stored day to the days that a running total holds already.
 * @param folded undefined before the first one.
 * @returns undefined if that is not possible, as one of them cannot be read.
 */
export type FoldDay = (folded: Uint8Array | undefined, day: Uint8Array) => Uint8Array | undefined;

/** Everything that one checkpoint writes, all of it or nothing. */
export interface Checkpoint {
  readonly tenant: StoredTenant;
  readonly shards: readonly StoredShard[];
  readonly slots: readonly StoredSlot[];
  readonly outbox: readonly Omit<OutboxEntry, "version">[];
  /** Minutes of all targets that changed, whole: each replaces what was stored of it. */
  readonly minutes: readonly StoredMinute[];
  /** Targets that are new. What is stored of a target that is known stays. */
  readonly firstSeen: readonly FirstSeen[];
}

/** Where a coordinator keeps its state: SQLite in the object, memory in tests. Synchronous. */
export interface TenantStore {
  loadTenant(): StoredTenant | undefined;
  loadShards(): readonly StoredShard[];
  /** Registers a shard, so that it is known after a crash. Writing it again changes nothing. */
  addShard(shard: StoredShard): void;
  /** Every series that has a stored minute at or after `from`. */
  seriesSince(from: number): readonly { target: string; operation: string }[];
  readSlot(stepMs: StepMs, at: number, target: string, operation: string): Uint8Array | undefined;
  commit(checkpoint: Checkpoint): void;

  /** The stored minutes of all targets that began at or after `from`, in order. */
  loadMinutes(from: number): readonly StoredMinute[];
  /** Every target that ever had a timing, and when its first one was. */
  loadFirstSeen(): readonly FirstSeen[];
  /** Deletes the minutes that began before a time. */
  forgetMinutes(before: number): void;

  /** Outbox entries that are due, the oldest first. */
  dueEntries(nowMs: number, limit: number): readonly OutboxEntry[];
  /** When the next entry is due, or undefined if the outbox is empty. */
  nextDueAt(): number | undefined;
  /** How many entries were due at `nowMs`, and since when the oldest. */
  backlog(nowMs: number): { readonly count: number; readonly oldestAt: number | null };
  /** All rows of one stretch. */
  slotsAt(stepMs: StepMs, at: number): readonly StoredSlot[];
  /** Forgets an entry, unless it changed since it was read. */
  settle(entry: OutboxEntry): void;
  /**
   * Drops the outbox entries of stretches of that length which began before `before`; their rows
   * go when they are forgotten.
   * @returns how many.
   */
  dropEntries(stepMs: StepMs, before: number): number;
  /** Rows of a series that D1 does not have yet as they are here, within [from, to). */
  unsettled(target: string, operation: string, from: number, to: number): readonly StoredSlot[];
  /**
   * Rows of an operation of every target that D1 does not have yet as they are here, of one length
   * and beginning within [from, to).
   */
  unsettledOf(operation: string, stepMs: StepMs, from: number, to: number): readonly StoredSlot[];
  /**
   * Deletes stored stretches that began before `before` and are in D1, and remembers `before`: what
   * is added to a stretch before it can no longer be added to the whole. Days: see {@link foldDays}.
   */
  forget(stepMs: StepMs, before: number): void;
  /**
   * The same of days, at most `limit` of them at once (the next call takes the next ones), each
   * added to its series' running total in the same transaction. Whole targets (`*`) have no total:
   * their days go all at once. A day that cannot be added stays.
   */
  foldDays(before: number, fold: FoldDay, limit: number): void;
  /** The latest `before` that {@link forget} or {@link foldDays} was called with for this length; 0 if it never was. */
  forgottenBefore(stepMs: StepMs): number;

  /** Since when every series counts that ever was: what is wanted at each wake, without the days. */
  loadSeriesSince(): Iterable<Omit<StoredTotal, "folded">>;
  /** The running total of every series that ever was. */
  loadTotals(): Iterable<StoredTotal>;
  /** Registers series that are new. What is stored of a series that is known stays. */
  addTotals(series: readonly Omit<StoredTotal, "folded">[]): void;
  /** Every stored row of one length, one after the other. */
  eachSlot(stepMs: StepMs): Iterable<StoredSlot>;
}
