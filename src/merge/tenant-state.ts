import { type Aggregate, EMPTY_AGGREGATE, mergeAggregates } from "../histogram/aggregate.ts";
import { ByteReader } from "../histogram/byte-reader.ts";
import { WHOLE_TARGET } from "../names.ts";
import { failedOf } from "../outcome.ts";
import type { PermitTally } from "../wire/permits.ts";
import type { RejectionCounts } from "../wire/report.ts";
import type { CollectAnswer } from "../wire/shard-rpc.ts";
import { checkedDelta, type Delta, DeltaBuilder, readDelta } from "./delta.ts";
import { NO_ERROR_RUN } from "./error-run.ts";
import { streakOfDelta } from "./error-streak.ts";
import {
  addLedger,
  addRejections,
  addTallies,
  EMPTY_TALLY,
  emptyLedger,
  type IntakeLedger,
  sumRejections,
} from "./intake-ledger.ts";
import { ExemplarBoard } from "./exemplar-board.ts";
import type { TakenExemplar } from "./kept-exemplars.ts";
import { isIn, type Segment } from "./history.ts";
import { MINUTES_KEPT_MS, MinuteCounts } from "./minute-counts.ts";
import { outboxFor } from "./outbox-for.ts";
import { PendingGains } from "./pending-gains.ts";
import { type ReadyDelta, readyDelta, type ReadySlot } from "./ready-delta.ts";
import { type SeriesName, seriesKey } from "./series-name.ts";
import { SeriesState } from "./series-state.ts";
import { checkedSlots, decodeSlotList, encodeSlotList } from "./slot-list.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS, startOf } from "./slot-time.ts";
import { ShardCursor } from "./shard-cursor.ts";
import { type StretchTotals, stretchTotals } from "./stretch-totals.ts";
import type { SeriesTotals } from "./series-totals.ts";
import { TenantTotals, type UnstoredGain } from "./tenant-totals.ts";
import type { StepMs, StoredSlot, TenantStore } from "./tenant-store.ts";

/**
 * How long stretches stay in the coordinator's storage after they ended: minutes for the hour's
 * window (and some), hours and days so that late timings still find them.
 */
export const LOCAL_RETENTION_MS: Readonly<Record<StepMs, number>> = {
  [MINUTE_MS]: 75 * MINUTE_MS,
  [HOUR_MS]: 26 * HOUR_MS,
  [DAY_MS]: 3 * DAY_MS,
};

/** An answer that follows on what was merged before. */
interface ReadAnswer {
  readonly shard: ShardCursor;
  readonly answer: CollectAnswer;
  readonly delta: Delta;
}

/**
 * A tenant's merged state: what every series did lately, how far each shard was read, and the
 * books. Between checkpoints it lives in memory; whatever a crash takes is collected again.
 */
export class TenantState {
  readonly #store: TenantStore;
  readonly #series = new Map<string, { readonly name: SeriesName; readonly state: SeriesState }>();
  readonly #shards = new Map<string, ShardCursor>();
  readonly #gains = new PendingGains();
  /** Timings, failures and permits of each target by the minute, over a day. */
  readonly minuteCounts: MinuteCounts;
  readonly #refused: IntakeLedger;
  readonly #totals: TenantTotals;
  readonly #exemplars = new ExemplarBoard();
  #checkpoint: number;
  #isRefusedDirty = false;
  /** Since when the books of the tenant count, epoch milliseconds; undefined if nobody noted. */
  readonly countsSince: number | undefined;
  #isCountsSinceStored: boolean;

  constructor(store: TenantStore, nowMs: number) {
    this.#store = store;
    this.#totals = new TenantTotals(store);
    this.minuteCounts = new MinuteCounts(
      store.loadMinutes(startOf(nowMs, MINUTE_MS) - MINUTES_KEPT_MS),
      store.loadFirstSeen(),
      nowMs,
    );
    const tenant = store.loadTenant();
    this.#checkpoint = tenant?.checkpoint ?? 0;
    this.#refused = tenant?.refused ?? emptyLedger();
    for (const shard of store.loadShards()) this.#shards.set(shard.name, new ShardCursor(shard));
    this.#isCountsSinceStored = tenant !== undefined;
    // Without a row nothing was shown yet, and only shards that are known can have counted.
    const begunAt = this.#shards.size === 0 ? nowMs : earliest([...this.#shards.values()]);
    this.countsSince = tenant === undefined ? begunAt : tenant.createdAt;
    for (const name of store.seriesSince(startOf(nowMs, MINUTE_MS) - HOUR_MS)) {
      this.#seriesFor(name).readAhead(nowMs);
    }
    this.advance(nowMs);
  }

  /** Every shard that ever announced itself. */
  get shards(): ReadonlyMap<string, ShardCursor> {
    return this.#shards;
  }

  /** The series with their live windows. */
  get series(): Iterable<{ readonly name: SeriesName; readonly state: SeriesState }> {
    return this.#series.values();
  }

  /** The live windows of one series, if it had timings in the last hour. */
  seriesState(name: SeriesName): SeriesState | undefined {
    return this.#series.get(seriesKey(name))?.state;
  }

  /**
   * Calls of a series that can be looked at in their traces, newest first: at most one for each
   * classic bucket, none older than `EXEMPLAR_LIFE_MS`. The same list as long as they are the same.
   */
  exemplars(name: SeriesName): readonly TakenExemplar[] {
    return this.#exemplars.newest(name);
  }

  /** The number of the exemplar that was taken last, in this memory; 0 before the first. */
  get exemplarNumber(): number {
    return this.#exemplars.lastNumber;
  }

  /**
   * The slowest calls of a series that can be looked at in their traces, at most `SHOWN_EXEMPLARS`,
   * the slowest first, none older than `EXEMPLAR_LIFE_MS`. The same list as long as they are the same.
   */
  slowestExemplars(name: SeriesName): readonly TakenExemplar[] {
    return this.#exemplars.slowest(name);
  }

  /** Whether a shard of this target ever announced itself. */
  hasTarget(target: string): boolean {
    for (const shard of this.#shards.values()) if (shard.target === target) return true;
    return false;
  }

  /** How many distinct targets have a shard. */
  get targetCount(): number {
    return new Set([...this.#shards.values()].map(({ target }) => target)).size;
  }

  /** Makes a shard known, durably. */
  addShard(name: string, target: string, nowMs: number): ShardCursor {
    const known = this.#shards.get(name);
    if (known !== undefined) return known;
    const others = [...this.#shards.values()].filter((shard) => shard.target === target);
    const stored = {
      name,
      target,
      durable: 0,
      merged: 0,
      ledger: emptyLedger(),
      pending: 0,
      errors: NO_ERROR_RUN,
      // Not before the others: since when a target counts must not change.
      addedAt: Math.max(nowMs, earliest(others) ?? -Infinity),
    };
    const shard = new ShardCursor(stored, true);
    this.#store.addShard(shard.toStored());
    this.#shards.set(name, shard);
    return shard;
  }

  /** What was refused before any shard saw it. Not a copy. */
  get refused(): Readonly<IntakeLedger> {
    return this.#refused;
  }

  /** Writes timings into the books that no shard took. */
  refuse(refused: RejectionCounts): void {
    this.#isRefusedDirty = true;
    this.#refused.offered += sumRejections(refused);
    addRejections(this.#refused.rejected, refused);
  }

  /**
   * Merges what a shard answered. An answer that does not follow on what was merged before, such
   * as one that comes twice, is not merged.
   * @returns whether it was.
   * @throws CorruptBytesError if the delta or a stored minute that it adds to cannot be read, and
   * what storage throws; then nothing has changed.
   */
  merge(shardName: string, answer: CollectAnswer, nowMs: number): boolean {
    const read = this.#read(shardName, answer);
    if (read === undefined) return false;
    this.#mergeDelta(this.#ready(read.shard.target, read.delta), nowMs);
    this.#advance(read, nowMs);
    return true;
  }

  /**
   * As {@link merge}, of many shards. What those of one target say of the same slot is added up
   * first, as it takes far longer to change the windows of a series than to add to an aggregate.
   * @param answers by the shards' names.
   * @returns what came of those that could not be merged, by the same names.
   */
  mergeAll(answers: ReadonlyMap<string, CollectAnswer>, nowMs: number): Map<string, unknown> {
    const failed = new Map<string, unknown>();
    const byTarget = Map.groupBy(answers, ([name]) => this.#shards.get(name)?.target);
    for (const group of byTarget.values()) {
      if (group.length > 1 && this.#mergeTogether(group, nowMs)) continue;
      for (const [name, answer] of group) {
        try {
          this.merge(name, answer, nowMs);
        } catch (cause) {
          failed.set(name, cause);
        }
      }
    }
    return failed;
  }

  /**
   * Errors in a row of each target: the longest run of any of its shards that grew since the last
   * call, with what it had before, or that stands. A run is of one shard and stands until a success;
   * it is not shown while its shard has had no outcome for an hour.
   *
   * What it tells of is over with the next checkpoint and not before: after a crash it is told
   * again. Whatever is made durable because of it belongs into one transaction with a checkpoint.
   */
  takeErrorStreaks(nowMs: number): ReadonlyMap<string, number> {
    const streaks = new Map<string, number>();
    for (const shard of this.#shards.values()) {
      const streak = shard.takeErrorStreak(nowMs);
      streaks.set(shard.target, Math.max(streak, streaks.get(shard.target) ?? 0));
    }
    return streaks;
  }

  /** Moves every window to `nowMs`. */
  advance(nowMs: number): void {
    this.minuteCounts.advance(nowMs);
    this.#exemplars.advance(nowMs);
    for (const { state } of this.#series.values()) state.advance(nowMs);
  }

  /** The number of the last checkpoint, which goes through restarts; 0 before the first. */
  get checkpointNumber(): number {
    return this.#checkpoint;
  }

  /**
   * Stores what was merged since the last checkpoint, together with how far each shard was read. To
   * be called after {@link storeNews}: what is stored must have begun to count at a time that is, too.
   */
  checkpoint(nowMs: number): void {
    const slots = [...this.#dirtyMinutes(), ...this.#foldGains()];
    const changed = [...this.#shards.values()].filter((shard) => shard.isDirty);
    this.#store.commit({
      tenant: {
        checkpoint: this.#checkpoint + 1,
        refused: this.#refused,
        createdAt: this.countsSince,
      },
      shards: changed.map((shard) => shard.toStored()),
      slots,
      outbox: outboxFor(slots),
      ...this.minuteCounts.dirty(),
    });
    this.#checkpoint += 1;
    this.minuteCounts.markStored();
    this.#gains.clear();
    this.#totals.rest();
    for (const shard of changed) shard.markStored();
    for (const [key, { state }] of this.#series) {
      state.markStored(nowMs);
      if (state.isIdle(nowMs)) this.#series.delete(key);
    }
    this.#isRefusedDirty = false;
    this.#isCountsSinceStored = true;
  }

  /**
   * Stores what was refused since the last time, and since when new series count, so that neither
   * goes back once it was shown.
   */
  storeNews(): void {
    this.#totals.store();
    if (!this.#isRefusedDirty && this.#isCountsSinceStored) return;
    const createdAt = this.countsSince;
    const tenant = { checkpoint: this.#checkpoint, refused: this.#refused, createdAt };
    const nothing = { shards: [], slots: [], outbox: [], minutes: [], firstSeen: [] };
    this.#store.commit({ tenant, ...nothing });
    this.#isRefusedDirty = false;
    this.#isCountsSinceStored = true;
  }

  /**
   * What every series ever counted, but for whole targets, by name. Only of targets whose shards
   * have told in this life all that they have: of others a part may be missing that was shown before.
   */
  totals(): readonly SeriesTotals[] {
    const untold = this.untoldTargets;
    return this.#totals
      .all(() => this.#unstoredDays())
      .filter(({ name }) => !untold.has(name.target));
  }

  /** Targets of which some shard has not told in this life all that it has. */
  get untoldTargets(): ReadonlySet<string> {
    const untold = [...this.#shards.values()].filter((shard) => !shard.hasToldAll);
    return new Set(untold.map(({ target }) => target));
  }

  /** Lets go of stored stretches of a length that began before a time and are in D1; of days, some. */
  forget(stepMs: StepMs, before: number): void {
    if (stepMs === DAY_MS) this.#totals.forgetDays(before);
    else this.#store.forget(stepMs, before);
  }

  /** Whether a checkpoint has anything to store. */
  get isDirty(): boolean {
    return this.#isRefusedDirty || [...this.#shards.values()].some((shard) => shard.isDirty);
  }

  /** What the holders of a target's permits decided by themselves, ever. */
  tallyOf(target: string): PermitTally {
    let tally = EMPTY_TALLY;
    for (const shard of this.#shards.values()) {
      if (shard.target === target) tally = addTallies(tally, shard.ledger.permits);
    }
    return tally;
  }

  /** The sum of all books, and whether they balance. */
  ledger(): TenantLedger {
    const sum = emptyLedger();
    let merged = 0;
    let pending = 0;
    for (const shard of this.#shards.values()) {
      addLedger(sum, shard.ledger);
      merged += shard.merged;
      pending += shard.pending;
    }
    addLedger(sum, this.#refused);
    const known = sum.accepted + sum.duplicates + sumRejections(sum.rejected);
    const isBalanced = sum.accepted === merged + pending && sum.offered === known;
    return { ...sum, merged, pending, isBalanced };
  }

  /**
   * The rows of a series within [from, to) that D1 does not have as they are here: stored ones
   * that wait in the outbox, and what was merged since the last checkpoint.
   */
  unsettled(name: SeriesName, from: number, to: number): StoredSlot[] {
    const { target, operation } = name;
    const rows = new Map<string, StoredSlot>();
    const put = (row: StoredSlot): void => {
      if (row.at < to && row.at + row.stepMs > from)
        rows.set(`${row.stepMs}/${row.at}/${row.part}`, row);
    };
    for (const row of this.#store.unsettled(target, operation, from, to)) put(row);
    const series = this.#series.get(seriesKey(name));
    for (const [at, slots] of series?.state.dirtyMinutes() ?? []) {
      put({ stepMs: MINUTE_MS, at, target, operation, part: 0, body: encodeSlotList(slots) });
    }
    for (const row of this.#foldGains(name)) put(row);
    return [...rows.values()];
  }

  /**
   * How the timings of whole targets ended in the rows of a covering that D1 does not have as they
   * are here, as {@link unsettled} has those of one series.
   * @param targets all if absent.
   */
  unsettledTotals(
    segments: readonly Segment[],
    targets: ReadonlySet<string> | undefined,
  ): StretchTotals[] {
    const rows = new Map<string, StoredSlot>();
    const put = (row: StoredSlot): void => {
      if (!isIn(segments, row) || targets?.has(row.target) === false) return;
      rows.set(`${row.target}/${row.stepMs}/${row.at}/${row.part}`, row);
    };
    for (const { stepMs, from, to } of segments) {
      for (const row of this.#store.unsettledOf(WHOLE_TARGET, stepMs, from, to)) put(row);
    }
    for (const row of this.#dirtyMinutes(WHOLE_TARGET)) put(row);
    for (const name of this.#gains.names()) {
      if (name.operation !== WHOLE_TARGET) continue;
      for (const row of this.#foldGains(name)) put(row);
    }
    return [...rows.values()].map(stretchTotals);
  }

  /** Every series with a minute at or after `from`, in storage or not there yet. */
  seriesSince(from: number): SeriesName[] {
    const names = new Map<string, SeriesName>();
    for (const name of this.#store.seriesSince(from)) names.set(seriesKey(name), name);
    for (const name of this.#gains.names()) names.set(seriesKey(name), name);
    return [...names.values()];
  }

  /** @returns undefined for an answer that does not follow on what was merged before. */
  #read(shardName: string, answer: CollectAnswer): ReadAnswer | undefined {
    const shard = this.#shards.get(shardName);
    if (shard === undefined || answer.from < shard.seen || answer.to < answer.from)
      return undefined;
    return { shard, answer, delta: checkedDelta(readDelta(new ByteReader(answer.delta))) };
  }

  /**
   * Merges the answers of shards of one target at once.
   * @returns false if one of them, or what it adds to, cannot be read: then nothing has changed.
   */
  #mergeTogether(group: Iterable<readonly [string, CollectAnswer]>, nowMs: number): boolean {
    const together = new DeltaBuilder();
    const all: ReadAnswer[] = [];
    let ready: ReadyDelta;
    try {
      for (const [name, answer] of group) {
        const read = this.#read(name, answer);
        if (read === undefined) continue;
        together.add(read.delta);
        all.push(read);
      }
      const [first] = all;
      if (first === undefined) return true;
      ready = this.#ready(first.shard.target, together.finish());
    } catch {
      // Which one it is, and why, is found when each is merged alone.
      return false;
    }
    this.#mergeDelta(ready, nowMs);
    for (const read of all) this.#advance(read, nowMs);
    return true;
  }

  /** Takes over what an answer says beside its timings, once those are merged. */
  #advance({ shard, answer, delta }: ReadAnswer, nowMs: number): void {
    this.#exemplars.add(shard.target, answer.exemplars ?? [], nowMs);
    const timings = delta.reduce((sum, { aggregate }) => sum + aggregate.count, 0);
    shard.advance(answer, { timings, streak: answer.streak ?? streakOfDelta(delta) }, nowMs);
  }

  #ready(target: string, delta: Delta): ReadyDelta {
    return readyDelta(target, delta, (name, minuteStart) =>
      this.#isWhole(MINUTE_MS, minuteStart) ? this.#seriesFor(name) : undefined,
    );
  }

  /** Must not throw: see {@link readyDelta}. */
  #mergeDelta({ slots, wholeSlots }: ReadyDelta, nowMs: number): void {
    for (const slot of slots) {
      this.#mergeSlot(slot);
      this.#totals.add(slot.name, slot.slotStart, slot.aggregate, nowMs);
    }
    for (const slot of wholeSlots) {
      this.#mergeSlot(slot);
      const { count, outcomes } = slot.aggregate;
      this.minuteCounts.add(slot.name.target, slot.slotStart, {
        count,
        failed: failedOf(outcomes),
      });
    }
  }

  *#unstoredDays(): Iterable<UnstoredGain> {
    for (const { name, stepMs, gain } of this.#gains.entries()) {
      if (stepMs === DAY_MS) yield { name, gain };
    }
  }

  #mergeSlot({ name, state, slotStart, aggregate: gain }: ReadySlot): void {
    this.#gains.add(name, HOUR_MS, startOf(slotStart, HOUR_MS), gain);
    this.#gains.add(name, DAY_MS, startOf(slotStart, DAY_MS), gain);
    if (state === undefined) {
      this.#gains.add(name, MINUTE_MS, startOf(slotStart, MINUTE_MS), gain);
    } else state.merge(slotStart, gain);
  }

  #seriesFor(name: SeriesName): SeriesState {
    const key = seriesKey(name);
    let series = this.#series.get(key);
    if (series === undefined) {
      const readMinute = (at: number): Map<number, Aggregate> | undefined => {
        const body = this.#store.readSlot(MINUTE_MS, at, name.target, name.operation);
        return body === undefined ? undefined : checkedSlots(decodeSlotList(body));
      };
      series = { name, state: new SeriesState(readMinute) };
      this.#series.set(key, series);
    }
    return series.state;
  }

  /** Minutes that changed since the checkpoint; of one operation of every target, or of all. */
  *#dirtyMinutes(operation?: string): Iterable<StoredSlot> {
    for (const { name, state } of this.#series.values()) {
      if (operation !== undefined && name.operation !== operation) continue;
      for (const [at, slots] of state.dirtyMinutes()) {
        yield { stepMs: MINUTE_MS, at, ...name, part: 0, body: encodeSlotList(slots) };
      }
    }
  }

  /** Whether all that a stretch holds is here, so that what it gains can be added to it. */
  #isWhole(stepMs: StepMs, at: number): boolean {
    return at >= this.#store.forgottenBefore(stepMs);
  }

  /** Stored stretches with what they gained since the checkpoint; of one series, or of all. */
  *#foldGains(only?: SeriesName): Iterable<StoredSlot> {
    for (const { name, stepMs, at, gain } of this.#gains.entries(only)) {
      const isWhole = this.#isWhole(stepMs, at);
      const body = isWhole
        ? this.#store.readSlot(stepMs, at, name.target, name.operation)
        : undefined;
      const before =
        body === undefined ? EMPTY_AGGREGATE : (decodeSlotList(body).get(at) ?? EMPTY_AGGREGATE);
      yield {
        stepMs,
        at,
        ...name,
        part: isWhole ? 0 : this.#checkpoint + 1,
        body: encodeSlotList(new Map([[at, mergeAggregates(before, gain)]])),
      };
    }
  }
}

/** When the first of some shards announced itself; undefined if that is not known of all. */
function earliest(shards: readonly ShardCursor[]): number | undefined {
  const times = shards.flatMap(({ addedAt }) => addedAt ?? []);
  return times.length === 0 || times.length < shards.length ? undefined : Math.min(...times);
}

/** The books of a tenant, as `/v1/live` shows them. */
export interface TenantLedger extends IntakeLedger {
  /** Timings in the merged histograms. */
  readonly merged: number;
  /** Timings that shards have accepted and the coordinator has not merged yet. */
  readonly pending: number;
  /** Whether the books add up. */
  readonly isBalanced: boolean;
}
