import { isName } from "../names.ts";
import { outcomeCode } from "../outcome.ts";
import type { TachographBinding } from "../wire/report.ts";
import { MAX_DURATION_US } from "../wire/timing-columns.ts";
import { ClientCounters } from "./client-counters.ts";
import type { ClientStats } from "./client-counters.ts";
import { DEFAULT_CLIENT_OPTIONS } from "./client-options.ts";
import type { ClientOptions } from "./client-options.ts";
import { Flusher } from "./flusher.ts";
import { ReportQueue } from "./report-queue.ts";
import type { RequestScope } from "./request-scope.ts";

/** What every target may hold however much the others do. */
const RESERVED_TIMINGS = 64;

/** How often `flush` sends at most: what waited, what came meanwhile, what was full again. */
const MAX_FLUSH_ROUNDS = 4;

/** Everything that one isolate keeps for one binding: plain data that outlives any request. */
export class ClientState {
  readonly options: ClientOptions;
  readonly counters = new ClientCounters();
  readonly #queues = new Map<string, ReportQueue>();
  readonly #flusher: Flusher;
  readonly #reserved: number;

  constructor(binding: TachographBinding, options: Partial<ClientOptions>) {
    this.options = { ...DEFAULT_CLIENT_OPTIONS, ...options };
    this.#flusher = new Flusher(binding, this.#queues, this.options, this.counters);
    const { maxBufferedTimings, maxTargets } = this.options;
    this.#reserved = Math.min(RESERVED_TIMINGS, Math.floor(maxBufferedTimings / 2 / maxTargets));
  }

  /**
   * Buffers one timing, or counts why not. It allocates nothing while target and operation are
   * known and the buffer need not grow.
   *
   * @param at - When the call ended, epoch milliseconds.
   */
  record(
    scope: RequestScope,
    target: string,
    operation: string,
    durationMs: number,
    outcome: string,
    at: number,
  ): void {
    this.counters.recorded += 1;
    const queue = this.#queues.get(target) ?? this.#addQueue(target);
    if (queue === undefined) return;
    const durationUs = typeof durationMs === "number" ? Math.round(durationMs * 1_000) : Number.NaN;
    if (!(durationUs >= 0 && durationUs <= MAX_DURATION_US)) {
      return this.counters.refuse("bad_duration");
    }
    const code = outcomeCode(outcome);
    if (code === undefined) return this.counters.refuse("bad_outcome");
    queue.append(operation, durationUs, code, at, this.#hasRoom(queue));
    // Also when there was no room for this one: whoever was to make room may be dead.
    const wakes = queue.unsent === 1 || at >= this.#flusher.wakeAt;
    if (wakes || (queue.isFull && !queue.isBusy(at))) {
      const now = this.options.clock();
      scope.aliveAt = now;
      this.#flusher.arm(scope, now);
    }
  }

  /** Sends everything now, and waits for what `scope` itself began: classifications and answers. */
  async flush(scope: RequestScope): Promise<void> {
    for (let round = 0; round < MAX_FLUSH_ROUNDS; round += 1) {
      await scope.workOver();
      const now = this.options.clock();
      scope.aliveAt = now;
      if (!this.#flusher.send(scope, now, round === 0 ? "at_once" : "all")) break;
    }
    await scope.workOver();
    this.#flusher.arm(scope, this.options.clock());
  }

  /** See {@link ClientStats}. */
  stats(): ClientStats {
    return this.counters.stats(this.#flusher.flushMs);
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

  #addQueue(target: string): ReportQueue | undefined {
    if (!isName(target)) {
      this.counters.refuse("bad_target");
      return undefined;
    }
    if (this.#queues.size >= this.options.maxTargets) {
      this.counters.refuse("too_many_targets");
      return undefined;
    }
    const queue = new ReportQueue(target, this.options, this.counters);
    this.#queues.set(target, queue);
    return queue;
  }
}
