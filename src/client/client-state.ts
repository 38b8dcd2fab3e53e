import type { MeasureValues } from "../measures.ts";
import { isName } from "../names.ts";
import { outcomeCode } from "../outcome.ts";
import type { TraceIds } from "../trace-ids.ts";
import type { TachographBinding } from "../wire/report.ts";
import { MAX_DURATION_US } from "../wire/timing-columns.ts";
import { beforeDeadline } from "./before-deadline.ts";
import { CacheHead } from "./cache/cache-head.ts";
import { TachographFeed } from "./cache/tachograph-feed.ts";
import { ClientCounters } from "./client-counters.ts";
import type { ClientStats } from "./client-counters.ts";
import { DEFAULT_CLIENT_OPTIONS } from "./client-options.ts";
import type { ClientOptions } from "./client-options.ts";
import { Flusher, HANG_MS } from "./flusher.ts";
import { PermitDesk } from "./permit-desk.ts";
import { ReportQueue } from "./report-queue.ts";
import type { RequestScope } from "./request-scope.ts";
import type { TargetPermits } from "./target-permits.ts";
import { readTraceRef, type TraceRef } from "./trace/trace-ref.ts";

/** What every target may hold however much the others do. */
const RESERVED_TIMINGS = 64;

/** How often `flush` sends at most: what waited, what came meanwhile, what was full again. */
const MAX_FLUSH_ROUNDS = 4;

/** Everything that one isolate keeps for one binding: plain data that outlives any request. */
export class ClientState {
  readonly options: ClientOptions;
  readonly counters = new ClientCounters();
  /** Decides about permits. */
  readonly desk: PermitDesk;
  /** What has become invalid in the tenant's caches. */
  readonly cacheFeed: TachographFeed;
  readonly #queues = new Map<string, ReportQueue>();
  readonly #permitsByTarget = new Map<string, TargetPermits>();
  readonly #flusher: Flusher;
  readonly #reserved: number;
  #reporter: string | undefined;

  constructor(binding: TachographBinding, options: Partial<ClientOptions>) {
    this.options = { ...DEFAULT_CLIENT_OPTIONS, ...options };
    const cacheHead = new CacheHead();
    const shared = {
      binding,
      permitsByTarget: this.#permitsByTarget,
      options: this.options,
      counters: this.counters,
      reporter: (): string => (this.#reporter ??= this.options.reporter()),
    };
    this.cacheFeed = new TachographFeed({ ...shared, cacheHead });
    this.#flusher = new Flusher({ ...shared, queues: this.#queues, cacheHead });
    this.desk = new PermitDesk({
      ...shared,
      queueFor: (target) => this.#queueFor(target),
      flusher: this.#flusher,
    });
    const { maxBufferedTimings, maxTargets } = this.options;
    this.#reserved = Math.min(RESERVED_TIMINGS, Math.floor(maxBufferedTimings / 2 / maxTargets));
  }

  /**
   * Buffers one timing, or counts why not. It allocates nothing while target and operation are
   * known and the buffer need not grow.
   *
   * @param at - When the call ended, epoch milliseconds.
   * @param trace - What is known of its trace; without any it is that of the request.
   */
  record(
    scope: RequestScope,
    target: string,
    operation: string,
    durationMs: number,
    outcome: string,
    at: number,
    measures?: MeasureValues,
    trace?: TraceRef,
  ): void {
    this.counters.recorded += 1;
    const queue = this.#queues.get(target) ?? this.#queueFor(target);
    if (typeof queue === "string") return this.counters.refuse(queue);
    const durationUs = typeof durationMs === "number" ? Math.round(durationMs * 1_000) : Number.NaN;
    if (!(durationUs >= 0 && durationUs <= MAX_DURATION_US)) {
      return this.counters.refuse("bad_duration");
    }
    const code = outcomeCode(outcome);
    if (code === undefined) return this.counters.refuse("bad_outcome");
    const ids = this.#traceFor(scope, trace);
    queue.append(operation, durationUs, code, at, this.#hasRoom(queue), measures, ids);
    // Also when there was no room for this one: whoever was to make room may be dead.
    const wakes = queue.unsent === 1 || at >= this.#flusher.wakeAt;
    if (wakes || (queue.isFull && !queue.isBusy(at))) {
      const now = this.options.clock();
      scope.aliveAt = now;
      this.#flusher.arm(scope, now);
    }
  }

  /**
   * Reads what somebody said about a trace.
   *
   * @returns undefined if nothing; null if it is not to be used, which is counted.
   */
  readTrace(ref: TraceRef): TraceIds | null | undefined {
    const read = readTraceRef(ref);
    if (read === undefined) return undefined;
    const usable = this.options.exemplars ? read : "off";
    if (typeof usable !== "string") return usable;
    this.counters.ignoreTrace(usable);
    return null;
  }

  /**
   * Sends everything now, gives back the leases, and waits for what `scope` itself began:
   * classifications and answers.
   *
   * @param isEnding - Repeats nothing before its time, and sends nothing while Tachograph hangs.
   */
  async flush(scope: RequestScope, isEnding: boolean): Promise<void> {
    const startedAt = this.options.clock();
    if (isEnding && this.#flusher.isHanging(startedAt)) return scope.endTimers();
    // Else somebody would have to stay awake for their end.
    for (const permits of this.#permitsByTarget.values()) permits.release(startedAt);
    for (let round = 0; round < MAX_FLUSH_ROUNDS; round += 1) {
      await scope.workOver();
      const now = this.options.clock();
      scope.aliveAt = now;
      const which = round === 0 && !isEnding ? "at_once" : "all";
      if (!this.#flusher.send(scope, now, which)) break;
    }
    await scope.workOver();
    // A handler is over when all that it keeps awake is: what it began is sent, so no timer stays.
    scope.endTimers();
    this.#flusher.arm(scope, this.options.clock());
  }

  /** Waits until `work`, which must not reject, is over, or until Tachograph seems to be away. */
  async untilAway(work: Promise<unknown>): Promise<void> {
    const { clock, timer } = this.options;
    while (!this.#flusher.isAway(clock())) {
      // oxlint-disable-next-line no-await-in-loop -- it looks again when some time has passed
      if ((await beforeDeadline(work, HANG_MS, timer)) !== undefined) return;
    }
  }

  /** See {@link ClientStats}. */
  stats(): ClientStats {
    return this.counters.stats(this.#flusher.flushMs);
  }

  #traceFor(scope: RequestScope, ref: TraceRef | undefined): TraceIds | undefined {
    const named = ref === undefined ? undefined : this.readTrace(ref);
    if (named !== undefined) return named ?? undefined;
    return this.options.exemplars ? scope.trace : undefined;
  }

  /**
   * The last part of the room is shared out in equal, small reserves: a few targets whose shards do
   * not answer fill the rest, and must not keep the healthy ones from reporting.
   */
  #hasRoom(queue: ReportQueue): boolean {
    const { maxBufferedTimings, maxTargets } = this.options;
    const common = maxBufferedTimings - maxTargets * this.#reserved;
    return this.counters.buffered < common || queue.held < this.#reserved;
  }

  /** The queue that reports on `target`, a new one if need be, or why there can be none. */
  #queueFor(target: string): ReportQueue | "bad_target" | "too_many_targets" {
    const known = this.#queues.get(target);
    if (known !== undefined) return known;
    if (!isName(target)) return "bad_target";
    if (this.#queues.size >= this.options.maxTargets) return "too_many_targets";
    const queue = new ReportQueue(target, this.options, this.counters);
    this.#queues.set(target, queue);
    return queue;
  }
}
