import { DurableObject } from "cloudflare:workers";
import type { AlertView } from "../src/alerts/alert-view.ts";
import type { AuditEntry } from "../src/alerts/archive.ts";
import type { Silence } from "../src/alerts/silence.ts";
import type { CoordinatorHealth } from "../src/coordinator/coordinator-health.ts";
import { TenantCoordinator } from "../src/coordinator/tenant-coordinator.ts";
import { tenantConfig } from "../src/config.ts";
import { config } from "../src/configured.ts";
import { exposition, type ExpositionName } from "../src/export/exposition.ts";
import type { MetricsQuery } from "../src/export/metrics-source.ts";
import { pageStream } from "../src/export/page-stream.ts";
import type { Segment } from "../src/merge/history.ts";
import type { SeriesName } from "../src/merge/series-name.ts";
import type { StretchTotals } from "../src/merge/stretch-totals.ts";
import type { StoredSlot } from "../src/merge/tenant-store.ts";
import { isName } from "../src/names.ts";
import { type CacheStats, cacheStats } from "../src/api/performance/cache-stats.ts";
import {
  type LatencySummary,
  latencySummary,
  type LatencySummaryQuery,
} from "../src/api/performance/latency-summary.ts";
import {
  type PerformanceStats,
  performanceStats,
} from "../src/api/performance/performance-stats.ts";
import {
  type QueryStats,
  queryStats,
  type QueryStatsQuery,
} from "../src/api/performance/query-stats.ts";
import type { FrameContent } from "../src/stream/frames.ts";
import {
  type StreamCursor,
  type StreamFilter,
  parseClientMessage,
  parseStoredExpiry,
  parseStoredFilter,
} from "../src/stream/stream-filter.ts";
import { CLOSE_LATER, CLOSE_NOT_ALLOWED, CLOSE_TOO_BIG } from "../src/stream/stream-hub.ts";
import { Subscriber } from "../src/stream/subscriber.ts";
import { type AlertsRpc, MAX_UNARCHIVED, type SilenceAnswer } from "../src/wire/alerts-rpc.ts";
import type { CacheLog, CacheScope } from "../src/wire/cache-feed.ts";
import type { NotificationView } from "../src/wire/dispatcher-rpc.ts";
import type { AnnounceAnswer, CoordinatorRpc } from "../src/wire/coordinator-rpc.ts";
import type { RejectionCounts } from "../src/wire/report.ts";
import { VERSION } from "../src/version.ts";
import { parseStreamRequest } from "../src/stream/stream-request.ts";
import { otlpExportOf } from "./otlp-export.ts";
import { ObjectAlarm } from "./object-alarm.ts";
import { SseSink } from "./sse-sink.ts";
import { D1Archive } from "./storage/d1-archive.ts";
import { D1Rollups } from "./storage/d1-rollups.ts";
import { SqliteAlertStore } from "./storage/sqlite-alert-store.ts";
import { SqliteInvalidationLog } from "./storage/sqlite-invalidation-log.ts";
import { SqliteTenantStore } from "./storage/sqlite-tenant-store.ts";
import { WebSocketSink } from "./web-socket-sink.ts";

/** Most notifications on their way to the dispatcher that are shown. */
const MAX_OUTGOING = 1_000;

/** Longest message that a subscriber may send. */
const MAX_MESSAGE_CHARACTERS = 16_384;

/**
 * Who joins as one of so many gets its frames compressed, if it offers that. Each compresses them
 * anew, with a window of its own: four times the CPU of a plain subscriber, three times the memory.
 */
const MAX_COMPRESSED = 100;
const EXTENSIONS = "Sec-WebSocket-Extensions";

/**
 * Merges a tenant's shards at every tick of its alarm, keeps the windows, the books and the way to
 * D1, and streams snapshots to whoever watches.
 */
export class Coordinator extends DurableObject<Env> implements CoordinatorRpc, AlertsRpc {
  readonly #tenant: TenantCoordinator;
  readonly #subscribers = new Map<WebSocket, { subscriber: Subscriber; sink: WebSocketSink }>();
  readonly #alarm: ObjectAlarm;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    const tenant = ctx.id.name;
    if (!isName(tenant)) throw new Error(`"${tenant}" is no tenant's name`);
    this.#tenant = new TenantCoordinator({
      tenant,
      epoch: crypto.randomUUID(),
      config: tenantConfig(config, tenant),
      store: new SqliteTenantStore(ctx.storage),
      alertStore: new SqliteAlertStore(ctx.storage),
      atomically: (run) => ctx.storage.transactionSync(run),
      invalidations: new SqliteInvalidationLog(ctx.storage, Date.now()),
      shards: { collect: (name, request) => env.TIMING_SHARD.getByName(name).collect(request) },
      rollups: new D1Rollups(env.DB, tenant),
      archive: new D1Archive(env.DB, tenant),
      dispatcher: { handOver: (request) => env.DISPATCHER.getByName(tenant).handOver(request) },
      otlpExport: otlpExportOf(env, tenant, ctx.storage),
      newId: () => crypto.randomUUID(),
      now: () => Date.now(),
    });
    this.#alarm = new ObjectAlarm({
      name: `${tenant}: the coordinator`,
      storage: ctx.storage,
      wantedAt: () => this.#tenant.nextAlarmAt(),
      often: { isNow: () => this.#tenant.isWatched, wake: () => void this.#tick() },
    });
    ctx.setWebSocketAutoResponse(new WebSocketRequestResponsePair("ping", "pong"));
    for (const socket of ctx.getWebSockets()) this.#rejoin(socket);
  }

  /** A tick. It never throws: a failed alarm would be retried six times and then be gone. */
  override async alarm(): Promise<void> {
    this.#alarm.fired();
    await this.#tick();
  }

  async #tick(): Promise<void> {
    await this.#tenant.tick();
    this.ctx.waitUntil(this.#tenant.carryHistory().then(() => this.#arm()));
    this.ctx.waitUntil(this.#tenant.pushTotals().then(() => this.#arm()));
    await this.#arm();
  }

  /** Makes sure that it ticks: the dispatcher calls it when no sign of life came in time. */
  async wake(): Promise<void> {
    await this.#tenant.tick();
    await this.#arm();
  }

  /** The alerts that have not ended, as JSON text. */
  async alerts(): Promise<string> {
    await this.#tenant.fresh();
    await this.#arm();
    return JSON.stringify({ alerts: this.#tenant.alertViews() });
  }

  acknowledge(id: string, by: string): Promise<AlertView | null> {
    const alert = this.#tenant.acknowledge(id, by);
    return this.#armed(alert ?? null);
  }

  silences(): Promise<readonly Silence[]> {
    return Promise.resolve(this.#tenant.alerts.silences());
  }

  addSilence(silence: Omit<Silence, "id">): Promise<SilenceAnswer> {
    return this.#armed(this.#tenant.alerts.addSilence(silence));
  }

  removeSilence(id: string, by: string): Promise<boolean> {
    return this.#armed(this.#tenant.alerts.removeSilence(id, by));
  }

  async audit(entry: Omit<AuditEntry, "id" | "at">): Promise<void> {
    this.#tenant.alerts.audit(entry);
    await this.#arm();
  }

  /** What D1 does not have yet of alerts and the audit trail, as JSON text. */
  async unarchived(from: number, to: number): Promise<string> {
    return JSON.stringify(this.#tenant.alerts.unarchived(from, to, MAX_UNARCHIVED));
  }

  outgoing(): Promise<readonly NotificationView[]> {
    return Promise.resolve(this.#tenant.alerts.outgoing(MAX_OUTGOING));
  }

  async announce(
    shardName: string,
    timings: number,
    refused: RejectionCounts = {},
  ): Promise<AnnounceAnswer> {
    const answer = this.#tenant.announce(shardName, timings, refused);
    await this.#arm();
    return answer;
  }

  async refuse(refused: RejectionCounts): Promise<void> {
    this.#tenant.refuse(refused);
    await this.#arm();
  }

  cacheLog(since: number, cache?: string): Promise<CacheLog> {
    return Promise.resolve(this.#tenant.cacheLog(since, cache));
  }

  /** The runtime holds the answer until what was written before it is in durable storage. */
  invalidateCache(cache: string, scopes: readonly CacheScope[], since: number): Promise<CacheLog> {
    return this.#armed(this.#tenant.invalidateCache(cache, scopes, since));
  }

  /** The body of `/v1/live`, as JSON text. */
  async live(filter: StreamFilter): Promise<string> {
    const body = await this.#tenant.live(filter);
    await this.#arm();
    return JSON.stringify(body);
  }

  /** A page of `/metrics`, made as it is read. */
  async metrics(query: MetricsQuery, format: ExpositionName): Promise<ReadableStream<Uint8Array>> {
    const families = await this.#tenant.metrics(query, VERSION);
    await this.#arm();
    return pageStream(exposition(families, format));
  }

  async performanceStats(): Promise<PerformanceStats> {
    const { tenant, snapshot } = await this.#polled();
    return performanceStats(tenant, snapshot);
  }

  async cacheStats(): Promise<CacheStats> {
    const { tenant, snapshot } = await this.#polled();
    return cacheStats(tenant, snapshot);
  }

  async queryStats(query: QueryStatsQuery): Promise<QueryStats> {
    const { tenant, snapshot } = await this.#polled();
    return queryStats(tenant, snapshot, query);
  }

  async latencySummary(query: LatencySummaryQuery): Promise<LatencySummary> {
    const { tenant, snapshot } = await this.#polled();
    return latencySummary(tenant, snapshot, query);
  }

  /** Rows of a series' history that D1 does not have yet as they are here. */
  async unsettled(series: SeriesName, from: number, to: number): Promise<StoredSlot[]> {
    await this.#tenant.fresh();
    return this.#tenant.unsettled(series, from, to);
  }

  /**
   * How the timings of whole targets ended in the rows of a covering that D1 does not have yet as
   * they are here.
   * @param targets all if absent.
   */
  async unsettledTotals(
    segments: readonly Segment[],
    targets?: readonly string[],
  ): Promise<StretchTotals[]> {
    await this.#tenant.fresh();
    return this.#tenant.unsettledTotals(segments, targets);
  }

  /** Every series with a minute at or after `from` here, whether D1 has it or not. */
  async seriesSince(from: number): Promise<SeriesName[]> {
    await this.#tenant.fresh();
    return this.#tenant.seriesSince(from);
  }

  /** Every target that has a limit by configuration, or may have one that was set at run time. */
  limitTargets(): string[] {
    return this.#tenant.limitTargets();
  }

  health(): CoordinatorHealth {
    return this.#tenant.health();
  }

  /** A subscription to the stream: a WebSocket, or Server-Sent Events. */
  override async fetch(request: Request): Promise<Response> {
    const { filter, resume, expiresAt } = parseStreamRequest(request);
    await this.#tenant.fresh();
    const isWebSocket = request.headers.get("Upgrade")?.toLowerCase() === "websocket";
    const response = isWebSocket
      ? this.#acceptSocket(request.headers, filter, expiresAt, resume)
      : this.#openEventStream(request.signal, filter, expiresAt, resume);
    await this.#arm();
    return response;
  }

  override async webSocketMessage(socket: WebSocket, data: string | ArrayBuffer): Promise<void> {
    const known = this.#subscribers.get(socket);
    if (known === undefined) return;
    const { subscriber, sink } = known;
    sink.noteAlive();
    const length = typeof data === "string" ? data.length : data.byteLength;
    if (typeof data !== "string" || length > MAX_MESSAGE_CHARACTERS) {
      const reason = `a message is text of at most ${MAX_MESSAGE_CHARACTERS} characters`;
      const code = length > MAX_MESSAGE_CHARACTERS ? CLOSE_TOO_BIG : CLOSE_NOT_ALLOWED;
      this.#tenant.hub.dismiss(subscriber, code, reason);
      return;
    }
    const message = parseClientMessage(data);
    if (message.type === "ping") {
      socket.send(JSON.stringify({ type: "pong" }));
    } else if (message.type === "invalid") {
      this.#tenant.hub.dismiss(subscriber, CLOSE_NOT_ALLOWED, message.reason);
    } else {
      subscriber.subscribe(message.filter);
      attach(socket, message.filter, subscriber.expiresAt);
      await this.#tenant.fresh();
      this.#tenant.hub.greet(subscriber, message.resume, this.#tenant.tickMs);
    }
  }

  override webSocketClose(socket: WebSocket): void {
    this.#forget(socket);
  }

  override webSocketError(socket: WebSocket): void {
    this.#forget(socket);
  }

  #acceptSocket(
    offered: Headers,
    filter: StreamFilter,
    expiresAt: number,
    resume: StreamCursor | undefined,
  ): Response {
    const headers = new Headers();
    const subprotocol = offered.get("Sec-WebSocket-Protocol");
    if (subprotocol !== null) headers.set("Sec-WebSocket-Protocol", subprotocol);
    // The runtime would agree to what is offered. What it does not know, it leaves out.
    const isCrowded = this.#tenant.hub.size >= MAX_COMPRESSED;
    if (isCrowded && offered.has(EXTENSIONS)) headers.set(EXTENSIONS, "identity");
    const pair = new WebSocketPair();
    const [client, server] = [pair[0], pair[1]];
    this.ctx.acceptWebSocket(server);
    attach(server, filter, expiresAt);
    const subscriber = this.#subscriberOf(server, filter, expiresAt);
    this.#admit(subscriber, resume);
    return new Response(null, { status: 101, webSocket: client, headers });
  }

  #openEventStream(
    signal: AbortSignal,
    filter: StreamFilter,
    expiresAt: number,
    resume: StreamCursor | undefined,
  ): Response {
    const sink = new SseSink(() => this.#tenant.hub.leave(subscriber));
    const subscriber = new Subscriber(sink, filter, expiresAt);
    signal.addEventListener("abort", () => this.#tenant.hub.leave(subscriber));
    this.#admit(subscriber, resume);
    return sink.response;
  }

  #admit(subscriber: Subscriber, resume: StreamCursor | undefined): void {
    const { hub } = this.#tenant;
    if (hub.size >= config.stream.maxSubscribers) {
      hub.dismiss(
        subscriber,
        CLOSE_LATER,
        "this tenant has as many subscribers as it may; try again later",
      );
      return;
    }
    // Whoever joins watches, also the first one, before whom the ticks were slower.
    hub.join(subscriber, resume, config.cadence.watchedMs);
  }

  /** A socket that outlived the object's memory brings what it wants in its attachment. */
  #rejoin(socket: WebSocket): void {
    const stored: unknown = socket.deserializeAttachment();
    const filter = parseStoredFilter(stored);
    this.#tenant.hub.rejoin(this.#subscriberOf(socket, filter, parseStoredExpiry(stored)));
  }

  #subscriberOf(socket: WebSocket, filter: StreamFilter, expiresAt: number): Subscriber {
    const sink = new WebSocketSink(socket, () =>
      this.ctx.getWebSocketAutoResponseTimestamp(socket),
    );
    const subscriber = new Subscriber(sink, filter, expiresAt);
    this.#subscribers.set(socket, { subscriber, sink });
    return subscriber;
  }

  #forget(socket: WebSocket): void {
    const known = this.#subscribers.get(socket);
    if (known !== undefined) this.#tenant.hub.leave(known.subscriber);
    this.#subscribers.delete(socket);
  }

  /** The live state, for somebody who comes again and so counts as watching. */
  async #polled(): Promise<FrameContent> {
    const content = await this.#tenant.polled();
    await this.#arm();
    return content;
  }

  async #armed<Value>(value: Value): Promise<Value> {
    await this.#arm();
    return value;
  }

  /**
   * Hands over what is to be told, beside everything else: nothing waits for the dispatcher. When
   * that is done it arms anew, as what failed is to be repeated soon, and also without traffic.
   */
  #carryMessages(): void {
    try {
      if (!this.#tenant.hasMessages) return;
      this.ctx.waitUntil(this.#tenant.carryMessages().then(() => this.#arm()));
    } catch (cause) {
      console.error(`${this.ctx.id.name}: what is to be told cannot be read, it waits`, cause);
    }
  }

  /** Whatever was done: tells what is to be told, and sees to it that the object wakes in time. */
  #arm(): Promise<void> {
    this.#carryMessages();
    return this.#alarm.arm();
  }
}

/** Gives a socket what outlives the object's memory: see {@link parseStoredFilter}. */
function attach(socket: WebSocket, filter: StreamFilter, expiresAt: number): void {
  socket.serializeAttachment({ ...filter, expiresAt });
}
