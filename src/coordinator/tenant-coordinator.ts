import type { TachographConfig } from "../config.ts";
import { targetKind } from "../config.ts";
import { LOCAL_RETENTION_MS, TenantState } from "../merge/tenant-state.ts";
import type { SeriesName } from "../merge/series-name.ts";
import { parseShardName } from "../merge/shard-name.ts";
import { MINUTE_MS, startOf, STEPS_MS } from "../merge/slot-time.ts";
import type { StoredSlot, TenantStore } from "../merge/tenant-store.ts";
import { liveBody, type FrameContent } from "../stream/frames.ts";
import { SnapshotMaker } from "../stream/live-snapshot.ts";
import type { StreamFilter } from "../stream/stream-filter.ts";
import { StreamHub } from "../stream/stream-hub.ts";
import type { AnnounceAnswer } from "../wire/coordinator-rpc.ts";
import type { RejectionCounts } from "../wire/report.ts";
import type { LimitView } from "../wire/permits.ts";
import { isSameView } from "../limits/project-view.ts";
import { LimitBoard } from "./limit-board.ts";
import { OutboxFlusher } from "./outbox-flusher.ts";
import type { RollupSink, ShardPort } from "./ports.ts";
import { Retention } from "./retention.ts";
import { ShardCollector } from "./shard-collector.ts";
import type { CoordinatorHealth } from "./coordinator-health.ts";

/** Somebody who asked for `/v1/live` counts as watching for so long. */
const POLL_WATCH_MS = 10_000;

/** An answer is made from a snapshot no older than this. */
const FRESH_MS = 1_000;

/** A shard that announces itself is first collected after so long, if nothing is sooner. */
const FIRST_TICK_MS = 1_000;

/** The shortest time to an alarm: one in the past would run at once, and again, and again. */
const MIN_ALARM_MS = 50;

/**
 * When to look again after history that is being carried: longer than one write may take. Whoever
 * carries it arms anew when it is done, so this is for a life that ends before.
 */
const CARRY_CHECK_MS = 30_000;

export interface TenantCoordinatorOptions {
  readonly tenant: string;
  /** Distinct for every life of this object: cursors of another life mean nothing. */
  readonly epoch: string;
  readonly config: TachographConfig;
  readonly store: TenantStore;
  readonly shards: ShardPort;
  readonly rollups: RollupSink;
  readonly now: () => number;
}

/**
 * Runs a tenant: collects the shards at every tick, merges, publishes, checkpoints, and tells when
 * it wants to be woken next. Whoever holds it supplies time, storage and the ways to the others.
 */
export class TenantCoordinator {
  readonly hub: StreamHub;
  readonly #options: TenantCoordinatorOptions;
  readonly #state: TenantState;
  readonly #snapshots: SnapshotMaker;
  readonly #outbox: OutboxFlusher;
  readonly #retention: Retention;
  readonly #collector: ShardCollector;
  readonly #limits: LimitBoard;
  readonly #startedAt: number;
  #seq = 0;
  #latest: FrameContent | undefined;
  #running: Promise<void> | undefined;
  #carrying: Promise<void> | undefined;
  #polledAt = -Infinity;
  #tickedAt = -Infinity;
  /** None yet in this life: the first tick stores what it collects. */
  #checkpointAt = -Infinity;
  #lastError: string | null = null;

  constructor(options: TenantCoordinatorOptions) {
    const { config, store, rollups, epoch } = options;
    this.#options = options;
    this.#startedAt = options.now();
    this.#state = new TenantState(store, this.#startedAt);
    this.#limits = new LimitBoard(config);
    this.#collector = new ShardCollector({
      state: this.#state,
      limits: this.#limits,
      port: options.shards,
      config,
      now: options.now,
    });
    this.#snapshots = new SnapshotMaker((target) => targetKind(config, target));
    this.#outbox = new OutboxFlusher(store, rollups, config.retention);
    this.#retention = new Retention(rollups, config.retention);
    this.hub = new StreamHub(
      epoch,
      (view) => this.#snapshots.histograms(this.#state, view),
      config.stream.replayTicks,
    );
  }

  /** Milliseconds between ticks at present. */
  get tickMs(): number {
    const { watchedMs, idleMs } = this.#options.config.cadence;
    return this.isWatched ? watchedMs : idleMs;
  }

  /** Whether somebody looks at the live state: a stream, or a poll a moment ago. */
  get isWatched(): boolean {
    return this.hub.size > 0 || this.#options.now() - this.#polledAt < POLL_WATCH_MS;
  }

  /**
   * Takes note of a shard that has something to collect. If it is not admitted, its `timings` and
   * what was `refused` before them are written into the books.
   */
  announce(shardName: string, timings: number, refused: RejectionCounts = {}): AnnounceAnswer {
    const { target } = parseShardName(shardName);
    const { maxTargets } = this.#options.config;
    const isKnown = [...this.#state.shards.values()].some((shard) => shard.target === target);
    if (!isKnown && this.#state.targetCount >= maxTargets) {
      this.refuse({ too_many_targets: timings });
      this.refuse(refused);
      return { admitted: false, maxTargets };
    }
    this.#state.addShard(shardName, target);
    this.#collector.wake(shardName);
    return { admitted: true, watched: this.isWatched };
  }

  /** Writes timings into the books that no shard took. */
  refuse(refused: RejectionCounts): void {
    this.#state.refuse(refused);
  }

  /** Collects, merges and publishes. One tick runs at a time; it never rejects. */
  tick(): Promise<void> {
    this.#running ??= this.#tick().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  /** Carries to D1 what is due, and deletes what is too old. One run at a time; never rejects. */
  carryHistory(): Promise<void> {
    this.#carrying ??= this.#carry().finally(() => {
      this.#carrying = undefined;
    });
    return this.#carrying;
  }

  async #carry(): Promise<void> {
    const nowMs = this.#options.now();
    await this.#outbox.run(nowMs);
    await this.#retention.run(nowMs);
  }

  /** When to be woken next: epoch milliseconds, or undefined for never. */
  nextAlarmAt(): number | undefined {
    const nowMs = this.#options.now();
    const ticks = this.isWatched || this.#collector.hasAwake || this.#state.isDirty;
    const tickAt = ticks ? this.#nextTickAt(nowMs) : Infinity;
    const at = Math.min(this.#nextCarryAt(nowMs), tickAt);
    return at === Infinity ? undefined : Math.max(at, nowMs + MIN_ALARM_MS);
  }

  /** The body of `/v1/live`, of a snapshot at most a second old. Whoever asks counts as watching. */
  async live(filter: StreamFilter): Promise<object> {
    this.#polledAt = this.#options.now();
    const content = await this.fresh();
    const ageMs = Math.max(this.#options.now() - content.snapshot.at, 0);
    const staleMs = content.snapshot.staleMs + ageMs;
    const aged = { ...content, snapshot: { ...content.snapshot, staleMs } };
    return liveBody(aged, filter, (view) => this.#snapshots.histograms(this.#state, view));
  }

  /** The latest snapshot, made anew if it is older than a second. */
  async fresh(): Promise<FrameContent> {
    const isFresh =
      Math.abs(this.#options.now() - (this.#latest?.snapshot.at ?? -Infinity)) <= FRESH_MS;
    if (!isFresh) await this.tick();
    return this.#latest ?? this.#publish(this.#options.now());
  }

  /** Rows of a series that are not in D1 as they are here. */
  unsettled(name: SeriesName, from: number, to: number): StoredSlot[] {
    return this.#state.unsettled(name, from, to);
  }

  /** Every series with a minute at or after `from` here, whether D1 has it or not. */
  seriesSince(from: number): SeriesName[] {
    return this.#state.seriesSince(from);
  }

  /** Every target that has a limit by configuration, or may have one that was set at run time. */
  limitTargets(): string[] {
    const announced = [...this.#state.shards.values()].map(({ target }) => target);
    return [...new Set([...this.#limits.targets(), ...announced])];
  }

  /** Everything that somebody on call may want to know. */
  health(): CoordinatorHealth {
    const nowMs = this.#options.now();
    return {
      at: nowMs,
      startedAt: this.#startedAt,
      tickedAt: Number.isFinite(this.#tickedAt) ? this.#tickedAt : null,
      tickMs: this.tickMs,
      checkpointAt: Number.isFinite(this.#checkpointAt) ? this.#checkpointAt : null,
      lastError: this.#lastError,
      subscribers: this.hub.size,
      missing: this.#collector.missing,
      shards: this.#collector.health(),
      outbox: this.#outbox.health(nowMs),
      retention: this.#retention.health(),
      ledger: this.#state.ledger(),
    };
  }

  async #tick(): Promise<void> {
    try {
      const nowMs = this.#options.now();
      await this.#collector.collect(this.isWatched);
      this.#tickedAt = nowMs;
      this.#state.storeRefused();
      try {
        this.#publish(this.#options.now());
      } finally {
        // What is merged is stored even if it cannot be shown: else the shards' logs would grow.
        this.#checkpointIfDue();
      }
      this.#lastError = null;
    } catch (cause) {
      this.#lastError = cause instanceof Error ? cause.message : String(cause);
      console.error(`${this.#options.tenant}: a tick failed, the next one tries again`, cause);
    }
  }

  #publish(nowMs: number): FrameContent {
    this.#state.advance(nowMs);
    const about = {
      at: nowMs,
      staleMs: this.#collector.staleMs(nowMs),
      coverage: this.#collector.coverage(),
    };
    const { snapshot, changed } = this.#snapshots.make(this.#state, about);
    const limits = this.#limits.views(nowMs, {
      tallyOf: (target) => this.#state.tallyOf(target),
      isInUse: (target) => this.#state.hasTarget(target),
    });
    const before = new Map(this.#latest?.limits.map((view) => [view.target, view]));
    const isNew = (view: LimitView): boolean => !isSameView(view, before.get(view.target));
    this.#seq += 1;
    const { tenant, epoch } = this.#options;
    const common = { tenant, epoch, seq: this.#seq, snapshot };
    const all = { series: snapshot.series, limits };
    this.hub.publish({ ...common, series: changed, limits: limits.filter(isNew) }, all, nowMs);
    this.#latest = { ...common, ...all };
    return this.#latest;
  }

  /** Once a minute, soon after a minute has ended; and when a shard wants to be let go. */
  #checkpointIfDue(): void {
    const nowMs = this.#options.now();
    const isNewMinute = startOf(nowMs, MINUTE_MS) !== startOf(this.#checkpointAt, MINUTE_MS);
    if (!isNewMinute && !this.#collector.isQuiet(nowMs)) return;
    if (this.#state.isDirty) this.#state.checkpoint(nowMs);
    // By the earlier of two readings: one that is hours ahead must not make all of it be let go of.
    const beforeMs = Math.min(nowMs, this.#checkpointAt);
    this.#checkpointAt = nowMs;
    if (!isNewMinute || !Number.isFinite(beforeMs)) return;
    for (const stepMs of STEPS_MS) {
      this.#options.store.forget(stepMs, beforeMs - LOCAL_RETENTION_MS[stepMs] - stepMs);
    }
  }

  #nextTickAt(nowMs: number): number {
    const sinceMs = nowMs - this.#tickedAt;
    // The first tick ever, after a sleep, or after the clock went back.
    if (sinceMs > this.tickMs || sinceMs < 0) return nowMs + Math.min(FIRST_TICK_MS, this.tickMs);
    return this.#tickedAt + this.tickMs;
  }

  /** What is being carried stays due until it is done: an alarm for it would only tick, at once. */
  #nextCarryAt(nowMs: number): number {
    const at = this.#outbox.nextRunAt() ?? Infinity;
    return this.#carrying === undefined ? at : Math.max(at, nowMs + CARRY_CHECK_MS);
  }
}
