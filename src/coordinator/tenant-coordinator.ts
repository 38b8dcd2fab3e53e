import type { AlertStore } from "../alerts/alert-store.ts";
import type { AlertView } from "../alerts/alert-view.ts";
import type { TachographConfig } from "../config.ts";
import { targetKind } from "../config.ts";
import type { MetricFamily } from "../export/metric-family.ts";
import type { MetricsQuery } from "../export/metrics-source.ts";
import { tenantFamilies } from "../export/tenant-families.ts";
import type { Segment } from "../merge/history.ts";
import { MINUTES_KEPT_MS } from "../merge/minute-counts.ts";
import { LOCAL_RETENTION_MS, TenantState } from "../merge/tenant-state.ts";
import type { SeriesName } from "../merge/series-name.ts";
import { parseShardName } from "../merge/shard-name.ts";
import { MINUTE_MS, startOf, STEPS_MS } from "../merge/slot-time.ts";
import type { StretchTotals } from "../merge/stretch-totals.ts";
import type { StoredSlot, TenantStore } from "../merge/tenant-store.ts";
import { liveBody, type FrameContent, type LiveBody } from "../stream/frames.ts";
import { SnapshotMaker } from "../stream/live-snapshot.ts";
import type { StreamFilter } from "../stream/stream-filter.ts";
import { StreamHub } from "../stream/stream-hub.ts";
import type { CacheLog, CacheScope } from "../wire/cache-feed.ts";
import type { AnnounceAnswer } from "../wire/coordinator-rpc.ts";
import type { RejectionCounts } from "../wire/report.ts";
import type { LimitView } from "../wire/permits.ts";
import { isSameView } from "../limits/project-view.ts";
import { AlertDesk } from "./alert-desk.ts";
import { AlertNews } from "./alert-news.ts";
import { summariser } from "./alert-summary.ts";
import { ArchiveFlusher } from "./archive-flusher.ts";
import type { InvalidationLog } from "./invalidation-log.ts";
import { LimitBoard } from "./limit-board.ts";
import { makeOtlpExporter, type OtlpExportTarget, otlpHealth } from "./make-otlp-exporter.ts";
import { metricsSourceOf } from "./metrics-source-of.ts";
import { NotificationCarrier } from "./notification-carrier.ts";
import type { OtlpExporter } from "./otlp-exporter.ts";
import { OutboxFlusher } from "./outbox-flusher.ts";
import type { ArchiveSink, Atomically, DispatcherPort, RollupSink, ShardPort } from "./ports.ts";
import { Retention } from "./retention.ts";
import { ShardCollector } from "./shard-collector.ts";
import { TenantAlerts } from "./tenant-alerts.ts";
import type { CoordinatorHealth } from "./coordinator-health.ts";

/** Somebody who asked for `/v1/live` counts as watching for so long. */
const POLL_WATCH_MS = 10_000;

/** An answer is made from a snapshot no older than this. */
const FRESH_MS = 1_000;

/** A shard that announces itself is first collected after so long, if nothing is sooner. */
const FIRST_TICK_MS = 1_000;

/**
 * Between ticks when nothing comes in and nobody watches, and rules have to see windows empty and
 * time go by; unless ticks are slower with traffic.
 */
const QUIET_TICK_MS = 30_000;

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
  readonly alertStore: AlertStore;
  /** Over both stores. */
  readonly atomically: Atomically;
  readonly invalidations: InvalidationLog;
  readonly shards: ShardPort;
  readonly rollups: RollupSink;
  readonly archive: ArchiveSink;
  readonly dispatcher: DispatcherPort;
  /** Where running totals are pushed to; absent for nowhere. */
  readonly otlpExport?: OtlpExportTarget | undefined;
  /** A new identifier each time, of `[a-z0-9-]`. */
  readonly newId: () => string;
  readonly now: () => number;
}

/**
 * Runs a tenant: collects the shards at every tick, merges, publishes, checkpoints, and tells when
 * it wants to be woken next. Whoever holds it supplies time, storage and the ways to the others.
 */
export class TenantCoordinator {
  readonly hub: StreamHub;
  /** Rules, alerts and silences, for whoever asks or acts. */
  readonly alerts: TenantAlerts;
  readonly #options: TenantCoordinatorOptions;
  readonly #state: TenantState;
  readonly #snapshots: SnapshotMaker;
  readonly #outbox: OutboxFlusher;
  readonly #retention: Retention;
  readonly #collector: ShardCollector;
  readonly #limits: LimitBoard;
  readonly #carrier: NotificationCarrier;
  readonly #desk: AlertDesk;
  readonly #archive: ArchiveFlusher;
  readonly #otlp: OtlpExporter | undefined;
  readonly #alertNews = new AlertNews();
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
  /** The newest invalidation that a tick told the shards of. */
  #toldCacheHead: number;

  constructor(options: TenantCoordinatorOptions) {
    const { config, store, alertStore, rollups, epoch, tenant, now, newId } = options;
    this.#options = options;
    this.#startedAt = options.now();
    this.#toldCacheHead = options.invalidations.head;
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
    const summarise = summariser(tenant, config.messages);
    this.alerts = new TenantAlerts({ config, store: alertStore, summarise, newId, now });
    this.#carrier = new NotificationCarrier({
      store: alertStore,
      dispatcher: options.dispatcher,
      isWanted: Object.keys(config.channels).length > 0 || config.delivery.heartbeatSecret !== null,
      watchdogMs: config.delivery.watchdogMs,
      now,
    });
    this.#desk = new AlertDesk({
      config,
      state: this.#state,
      alerts: this.alerts,
      carrier: this.#carrier,
      atomically: options.atomically,
    });
    this.#archive = new ArchiveFlusher(alertStore, options.archive, config.retention);
    this.#outbox = new OutboxFlusher(store, rollups, config.retention);
    const source = { tenant, config, state: this.#state, now };
    this.#otlp = makeOtlpExporter(options.otlpExport, source);
    this.#retention = new Retention(rollups, config.retention);
    this.hub = new StreamHub(
      epoch,
      (view) => this.#snapshots.histograms(this.#state, view),
      config.stream.replayTicks,
    );
  }

  /** Milliseconds between ticks at present. */
  get tickMs(): number {
    const { watchedMs, pendingMs, idleMs } = this.#options.config.cadence;
    const hasInflow = this.#collector.hasAwake || this.#state.isDirty;
    const unwatchedMs = this.alerts.hasPending ? pendingMs : idleMs;
    if (this.isWatched) return Math.min(watchedMs, unwatchedMs);
    return hasInflow ? unwatchedMs : Math.max(idleMs, QUIET_TICK_MS);
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
    this.#state.addShard(shardName, target, this.#options.now());
    this.#collector.wake(shardName);
    const cacheHead = this.#options.invalidations.head;
    return { admitted: true, watched: this.isWatched, cacheHead };
  }

  /** What became invalid after a version: in one of the tenant's caches, or in all. */
  cacheLog(since: number, cache?: string): CacheLog {
    return this.#options.invalidations.after(since, cache);
  }

  /**
   * Makes entries of a cache invalid: stored at once, and told to the shards by a tick that comes
   * soon. A shard that rests hears of it when it announces itself.
   * @returns its log after `since`.
   */
  invalidateCache(cache: string, scopes: readonly CacheScope[], since: number): CacheLog {
    const { invalidations, now } = this.#options;
    invalidations.append(cache, scopes, now());
    if (!this.#collector.hasAwake) this.#toldCacheHead = invalidations.head;
    return this.cacheLog(since, cache);
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
    // What is short comes first: an alert's end need not wait for a backlog of history.
    await this.#archive.run(nowMs);
    await this.#outbox.run(nowMs);
    await this.#retention.run(nowMs);
  }

  /** Whether something is to be handed to the dispatcher now: see {@link carryMessages}. */
  get hasMessages(): boolean {
    const nowMs = this.#options.now();
    return this.#carrier.isDue(nowMs, this.#ticks(nowMs));
  }

  /** Hands what is to be told to the dispatcher. One run at a time; never rejects. */
  carryMessages(): Promise<void> {
    return this.#carrier.run(this.#ticks(this.#options.now()));
  }

  /** Pushes the totals that wait for a collector. One run at a time; never rejects. */
  async pushTotals(): Promise<void> {
    if (this.#otlp?.isDue(this.#options.now()) === true) await this.#otlp.run();
  }

  /** When to be woken next: epoch milliseconds, or undefined for never. */
  nextAlarmAt(): number | undefined {
    const nowMs = this.#options.now();
    const ticks = this.#ticks(nowMs);
    const tickAt = ticks ? Math.min(this.#nextTickAt(nowMs), this.#nextTellingAt()) : Infinity;
    const messagesAt = this.#carrier.nextRunAt(nowMs, ticks);
    const pushAt = this.#otlp?.nextRunAt(nowMs) ?? Infinity;
    const at = Math.min(this.#nextCarryAt(nowMs), tickAt, messagesAt, pushAt);
    return at === Infinity ? undefined : Math.max(at, nowMs + MIN_ALARM_MS);
  }

  /** The body of `/v1/live`, of a snapshot at most a second old. Whoever asks counts as watching. */
  async live(filter: StreamFilter): Promise<LiveBody> {
    const content = await this.polled();
    return liveBody(content, filter, (view) => this.#snapshots.histograms(this.#state, view));
  }

  /** A snapshot at most a second old, with its age. Whoever asks counts as watching. */
  async polled(): Promise<FrameContent> {
    this.#polledAt = this.#options.now();
    const content = await this.fresh();
    const ageMs = Math.max(this.#options.now() - content.snapshot.at, 0);
    const staleMs = content.snapshot.staleMs + ageMs;
    return { ...content, snapshot: { ...content.snapshot, staleMs } };
  }

  /** The latest snapshot, made anew if it is older than a second. */
  async fresh(): Promise<FrameContent> {
    const isFresh =
      Math.abs(this.#options.now() - (this.#latest?.snapshot.at ?? -Infinity)) <= FRESH_MS;
    if (!isFresh) await this.tick();
    if (this.#latest !== undefined) return this.#latest;
    const nowMs = this.#options.now();
    this.#state.advance(nowMs);
    return this.#publish(nowMs, this.#limitViews(nowMs));
  }

  /**
   * What `/metrics` shows, made as it is read. Whoever scrapes does not count as watching.
   * @param version of this software.
   */
  async metrics(query: MetricsQuery, version: string): Promise<Iterable<MetricFamily>> {
    const { snapshot } = await this.fresh();
    const { config, now } = this.#options;
    const nowMs = now();
    const source = metricsSourceOf({
      state: this.#state,
      config,
      version,
      nowMs,
      snapshot,
      health: this.health(),
      delivery: this.#carrier.delivery(),
      limits: this.#limitViews(nowMs),
      alerts: this.alertViews(),
    });
    return tenantFamilies(source, query);
  }

  /** Rows of a series that are not in D1 as they are here. */
  unsettled(name: SeriesName, from: number, to: number): StoredSlot[] {
    return this.#state.unsettled(name, from, to);
  }

  /** How whole targets' timings ended in the rows of a covering that are not in D1 as they are here. */
  unsettledTotals(segments: readonly Segment[], targets?: readonly string[]): StretchTotals[] {
    return this.#state.unsettledTotals(segments, targets && new Set(targets));
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
      alerts: this.alerts.health(),
      archive: this.#archive.health(),
      carrier: this.#carrier.health(),
      dispatcherFault: this.#carrier.fault(nowMs),
      otlpExport: otlpHealth(this.#otlp, this.#options.otlpExport),
      invalidations: {
        head: this.#options.invalidations.head,
        entries: this.#options.invalidations.entryCount,
        dropped: this.#options.invalidations.droppedCount,
      },
    };
  }

  /** Whether ticks go on: somebody watches, something comes in, or a rule may find something. */
  #ticks(nowMs: number): boolean {
    if (this.isWatched || this.#collector.hasAwake || this.#state.isDirty) return true;
    return this.alerts.needsTicks(nowMs, this.#state.minuteCounts.lastActivityAt(nowMs));
  }

  async #tick(): Promise<void> {
    try {
      const nowMs = this.#options.now();
      // Before the shards are asked: of what becomes invalid meanwhile some are not told.
      this.#toldCacheHead = this.#options.invalidations.head;
      await this.#collector.collect(this.isWatched, this.#toldCacheHead);
      this.#tickedAt = nowMs;
      try {
        // Before anything is shown: see there.
        this.#state.storeNews();
        this.#evaluateAndPublish(this.#options.now());
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

  /** A snapshot is published even if the rules' findings cannot be stored: they are found again. */
  #evaluateAndPublish(nowMs: number): void {
    this.#state.advance(nowMs);
    const limits = this.#limitViews(nowMs);
    for (const { target, granted, denied } of limits) {
      this.#state.minuteCounts.noteTally(target, { granted, denied });
    }
    let changes: readonly AlertView[] = [];
    try {
      changes = this.#desk.evaluate(nowMs, this.#collector.missingTargets);
    } finally {
      this.#publish(nowMs, limits);
      this.#publishAlerts([...changes, ...this.#desk.dispatcherChanges(nowMs)]);
    }
  }

  /** Somebody takes an alert on; the stream shows it. @returns undefined if none is open. */
  acknowledge(id: string, by: string): AlertView | undefined {
    const alert = this.alerts.acknowledge(id, by);
    if (alert !== undefined) this.#publishAlerts([alert]);
    return alert;
  }

  /** Every alert that has not ended, those that fire first. */
  alertViews(): readonly AlertView[] {
    return this.#desk.views(this.#options.now());
  }

  #limitViews(nowMs: number): LimitView[] {
    return this.#limits.views(nowMs, {
      tallyOf: (target) => this.#state.tallyOf(target),
      isInUse: (target) => this.#state.hasTarget(target),
    });
  }

  #publishAlerts(changes: readonly AlertView[]): void {
    if (changes.length === 0 || this.#latest === undefined) return;
    this.hub.publishAlerts(changes);
    this.#seq += changes.length;
    this.#latest = { ...this.#latest, seq: this.#seq };
  }

  /** The state must have been moved to `nowMs`. */
  #publish(nowMs: number, limits: readonly LimitView[]): FrameContent {
    const about = {
      at: nowMs,
      staleMs: this.#collector.staleMs(nowMs),
      coverage: this.#collector.coverage(),
      hasCriticalAlert: this.#desk.hasCritical,
    };
    const { snapshot, changed, gone, arePillarsNew } = this.#snapshots.make(this.#state, about);
    const before = new Map(this.#latest?.limits.map((view) => [view.target, view]));
    const isNew = (view: LimitView): boolean => !isSameView(view, before.get(view.target));
    const limited = new Set(limits.map(({ target }) => target));
    this.#seq += 1;
    const { tenant, epoch } = this.#options;
    const common = { tenant, epoch, seq: this.#seq, snapshot };
    let views: readonly AlertView[] | undefined;
    const alerts = (): readonly AlertView[] => (views ??= this.alertViews());
    // While nobody reads there is no news: what has changed since is told with the first tick after.
    const openAlerts = this.hub.size > 0 ? this.#alertNews.take(alerts, nowMs) : [];
    const { series, pillars } = snapshot;
    const all = { series, limits, pillars, alerts };
    const news = {
      series: changed,
      limits: limits.filter(isNew),
      gone: { series: gone, limits: [...before.keys()].filter((target) => !limited.has(target)) },
      pillars: arePillarsNew ? pillars : undefined,
      alerts: openAlerts.length > 0 ? (): readonly AlertView[] => openAlerts : undefined,
    };
    // Before it is sent: what the next tick tells is what differs from this one, sent or not.
    this.#latest = { ...common, ...all };
    this.hub.publish({ ...common, ...news }, all, nowMs);
    return this.#latest;
  }

  /** Once a minute, soon after a minute has ended; and when a shard wants to be let go. */
  #checkpointIfDue(): void {
    const nowMs = this.#options.now();
    const isNewMinute = startOf(nowMs, MINUTE_MS) !== startOf(this.#checkpointAt, MINUTE_MS);
    if (!isNewMinute && !this.#collector.isQuiet(nowMs)) return;
    if (this.#state.isDirty) {
      // Once more if it failed: what is stored without it would count since another time after a crash.
      this.#state.storeNews();
      this.#state.checkpoint(nowMs);
    }
    this.#otlp?.checkpointed(nowMs);
    // By the earlier of two readings: one that is hours ahead must not make all of it be let go of.
    const beforeMs = Math.min(nowMs, this.#checkpointAt);
    this.#checkpointAt = nowMs;
    if (!isNewMinute || !Number.isFinite(beforeMs)) return;
    for (const stepMs of STEPS_MS) {
      this.#state.forget(stepMs, beforeMs - LOCAL_RETENTION_MS[stepMs] - stepMs);
    }
    this.#options.store.forgetMinutes(beforeMs - MINUTES_KEPT_MS);
  }

  #nextTickAt(nowMs: number): number {
    const sinceMs = nowMs - this.#tickedAt;
    // The first tick ever, after a sleep, or after the clock went back.
    if (sinceMs > this.tickMs || sinceMs < 0) return nowMs + Math.min(FIRST_TICK_MS, this.tickMs);
    // A pending alert fires when it has waited long enough, and not up to a tick later.
    const firingAt = Math.max(this.alerts.nextFiringAt, nowMs);
    return Math.min(this.#tickedAt + this.tickMs, firingAt);
  }

  /** At once after an invalidation, and no sooner after another tick than if somebody watched. */
  #nextTellingAt(): number {
    if (this.#options.invalidations.head === this.#toldCacheHead) return Infinity;
    return this.#tickedAt + this.#options.config.cadence.watchedMs;
  }

  /** What is being carried stays due until it is done: an alarm for it would only tick, at once. */
  #nextCarryAt(nowMs: number): number {
    const archiveAt = this.#archive.nextRunAt(nowMs) ?? Infinity;
    const at = Math.min(this.#outbox.nextRunAt() ?? Infinity, archiveAt);
    return this.#carrying === undefined ? at : Math.max(at, nowMs + CARRY_CHECK_MS);
  }
}
