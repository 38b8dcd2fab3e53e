import { DAY_MS, MINUTE_MS } from "../merge/slot-time.ts";
import type { Notification } from "../notify/notice.ts";
import {
  type ChannelHealth,
  type ChannelTestResult,
  type DispatcherHealth,
  type HandOver,
  type HandOverAnswer,
  MAX_HAND_OVER,
  type NotificationState,
  type NotificationView,
} from "../wire/dispatcher-rpc.ts";
import { ChannelBook, type ChannelEntry } from "./channel-book.ts";
import { channelState } from "./channel-state.ts";
import { ChannelTests } from "./channel-tests.ts";
import { CoordinatorWatch } from "./coordinator-watch.ts";
import { DeliveryQueues } from "./delivery-queues.ts";
import { newChannelRecord, type QueueItem, type QueueState } from "./dispatch-store.ts";
import { errorText } from "./error-text.ts";
import { FailingWatch } from "./failing-watch.ts";
import { Heartbeat } from "./heartbeat.ts";
import type { DispatcherOptions } from "./ports.ts";
import { ReportSender } from "./report-sender.ts";
import { tellUnconfigured } from "./unconfigured-watch.ts";

/** Whoever wants to be woken sooner is woken this much later: an alarm in the past would come at once. */
const MIN_ALARM_MS = 20;

/** After storage failed, how long until it is asked again. */
const FAILURE_PAUSE_MS = 5_000;

/** Reports are sent once under their id, so that is kept for longer than any of them may be due. */
const KEEP_REPORTS_MS = 35 * DAY_MS;

/** Most entries that are deleted at a time, and the time between two. */
const MAX_FORGOTTEN = 1_000;
const FORGET_PAUSE_MS = MINUTE_MS;

/** Most notifications that are listed. */
const MAX_LISTED = 1_000;

/**
 * Delivers what a tenant's coordinator hands over, and reports when they are due; watches over the
 * coordinator, and gives a heartbeat to the outside.
 */
export class TenantDispatcher {
  readonly #options: DispatcherOptions;
  readonly #book: ChannelBook;
  readonly #queues: DeliveryQueues;
  readonly #tests: ChannelTests;
  readonly #failing: FailingWatch;
  readonly #watch: CoordinatorWatch;
  readonly #heartbeat: Heartbeat;
  readonly #reports: ReportSender;
  #isChecked = false;
  #forgotAt = -Infinity;
  #lastError: string | null = null;

  constructor(options: DispatcherOptions) {
    this.#options = options;
    this.#book = new ChannelBook(options);
    this.#queues = new DeliveryQueues(options, this.#book, () => this.#tellFailing());
    // Whatever comes of it is begun by its callers.
    this.#failing = new FailingWatch(options, this.#book, (items) => this.#queues.take(items));
    this.#tests = new ChannelTests(options, this.#queues);
    const take = (items: readonly QueueItem[]): void => {
      this.#queues.take(items);
      this.#queues.pump();
    };
    this.#watch = new CoordinatorWatch(options, this.#book, take);
    this.#heartbeat = new Heartbeat(options);
    this.#reports = new ReportSender(options, this.#book, take);
  }

  /**
   * Takes notifications in, each once, and begins to send them. When it returns they are in storage.
   * @throws RangeError for more than {@link MAX_HAND_OVER}; and if storage does not take them.
   */
  handOver({ beat, notifications }: HandOver): HandOverAnswer {
    if (notifications.length > MAX_HAND_OVER) {
      throw new RangeError(
        `${notifications.length} notifications at once: at most ${MAX_HAND_OVER}`,
      );
    }
    this.#queues.take(notifications.map(itemOf));
    this.#attempt("watchdog", () => this.#watch.note(beat));
    this.#attempt("channels", () => this.#check());
    this.#tellFailing();
    this.#queues.pump();
    return { accepted: notifications.length, health: this.health() };
  }

  /**
   * The alarm's work: begins whatever is due and returns. What it began goes on by itself. It never
   * throws, and it does not matter when or how often it is called.
   */
  run(): void {
    const { store, now } = this.#options;
    const nowMs = now();
    this.#lastError = null;
    this.#attempt("channels", () => this.#check());
    this.#attempt("expiry", () => this.#queues.expire());
    this.#tellFailing();
    this.#attempt("queues", () => this.#queues.pump());
    this.#attempt("watchdog", () => this.#watch.run(nowMs));
    this.#attempt("heartbeat", () => {
      if (this.#watch.isWell(nowMs)) this.#heartbeat.run(nowMs);
    });
    this.#attempt("reports", () => this.#reports.run(nowMs));
    this.#attempt("retention", () => this.#forget(nowMs));
    this.#attempt("memory", () => store.remember("run", { ranAt: nowMs }));
  }

  /** When to run next, epoch milliseconds, or null for never. Soon, if storage does not say when. */
  nextRunAt(): number | null {
    const nowMs = this.#options.now();
    try {
      const at = this.#dueAt();
      return at === null ? null : Math.max(at, nowMs + MIN_ALARM_MS);
    } catch (cause) {
      this.#note("next alarm", cause);
      return nowMs + FAILURE_PAUSE_MS;
    }
  }

  /** When there is something to do, or was. */
  #dueAt(): number | null {
    const nowMs = this.#options.now();
    const at = Math.min(
      this.#queues.nextRunAt(nowMs),
      this.#failing.nextRunAt(nowMs),
      this.#watch.nextRunAt(nowMs),
      this.#watch.isWell(nowMs) ? this.#heartbeat.nextRunAt(nowMs) : Infinity,
      this.#reports.nextRunAt(nowMs),
      this.#forgetsAt(),
    );
    return at === Infinity ? null : at;
  }

  /** The newest notifications first, at most 1,000. */
  notifications(state: NotificationState | undefined, limit: number): readonly NotificationView[] {
    const bounded = Math.min(Math.max(1, Math.floor(limit)), MAX_LISTED);
    return this.#options.store.list(state, bounded).map((view) => {
      // Nothing is tried as long as the channel lacks something.
      const isTried = this.#book.get(view.channel).problem === undefined;
      return isTried ? view : { ...view, nextAt: null };
    });
  }

  /** Sends a test message now, and waits for what comes back. Null for a channel that is not configured. */
  async test(channel: string): Promise<ChannelTestResult | null> {
    if (!this.#book.has(channel)) return null;
    return this.#tests.run(this.#book.get(channel));
  }

  health(): DispatcherHealth {
    const { store, now } = this.#options;
    const queues = store.queues();
    const configured = this.#book.all();
    const others = queues
      .filter(({ channel }) => !this.#book.has(channel))
      .map(({ channel }) => this.#book.get(channel));
    return {
      at: now(),
      ranAt: store.recall("run")?.ranAt ?? null,
      nextRunAt: this.#dueAt(),
      lastError: this.#lastError ?? this.#queues.lastError,
      channels: [...configured, ...others].map((entry) => this.#healthOf(entry, queues)),
      beat: this.#watch.latest,
      heartbeatAt: this.#heartbeat.succeededAt,
      heartbeatError: this.#heartbeat.lastError,
      reportsError: this.#reports.lastError,
    };
  }

  #healthOf(entry: ChannelEntry, queues: readonly QueueState[]): ChannelHealth {
    const { store } = this.#options;
    const { name, type, problem } = entry;
    const record = store.loadChannel(name) ?? newChannelRecord(name);
    const queue = queues.find(({ channel }) => channel === name);
    return {
      channel: name,
      type,
      state: problem === undefined ? channelState(record) : "unconfigured",
      queued: queue?.queued ?? 0,
      ...store.counts(name),
      refused: record.refused,
      oldestQueuedAt: queue?.oldestAt ?? null,
      lastDeliveredAt: record.lastDeliveredAt,
      lastError: problem ?? record.lastError,
    };
  }

  /** Once in this object's life: neither the configuration nor the secrets change within it. */
  #check(): void {
    if (this.#isChecked) return;
    const { tenant, store, now } = this.#options;
    // Its callers pump.
    const take = (items: readonly QueueItem[]): void => this.#queues.take(items);
    tellUnconfigured({ tenant, book: this.#book, store, take, nowMs: now() });
    this.#reports.begin(now());
    this.#isChecked = true;
  }

  #tellFailing(): void {
    this.#attempt("failing channels", () => this.#failing.run(this.#options.now()));
  }

  #forget(nowMs: number): void {
    if (nowMs < this.#forgetsAt()) return;
    const keepMs = this.#options.config.delivery.keepDays * DAY_MS;
    const reportsBefore = nowMs - Math.max(keepMs, KEEP_REPORTS_MS);
    this.#options.store.forget(nowMs - keepMs, reportsBefore, MAX_FORGOTTEN);
    this.#forgotAt = nowMs;
  }

  #forgetsAt(): number {
    const { store, config } = this.#options;
    const oldestAt = store.oldestSettledAt();
    if (oldestAt === undefined) return Infinity;
    // What is exactly as old as it may be is kept.
    const dueAt = oldestAt + config.delivery.keepDays * DAY_MS + 1;
    return Math.max(dueAt, Math.min(this.#forgotAt, this.#options.now()) + FORGET_PAUSE_MS);
  }

  /** Runs one of the alarm's duties: if it fails, the others are done all the same. */
  #attempt(what: string, duty: () => void): void {
    try {
      duty();
    } catch (cause) {
      this.#note(what, cause);
    }
  }

  #note(what: string, cause: unknown): void {
    this.#lastError = `${what}: ${errorText(cause)}`;
    console.error(`${this.#options.tenant}: dispatcher, ${what}`, cause);
  }
}

function itemOf({ id, channel, queuedAt, notice }: Notification): QueueItem {
  const { alertId: subject, event } = notice;
  return { id, channel, subject, event, queuedAt, content: { kind: "alert", notice } };
}
