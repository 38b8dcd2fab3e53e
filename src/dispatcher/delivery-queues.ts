import type { Message } from "../notify/notice.ts";
import { afterAttempt } from "./after-attempt.ts";
import { attempt } from "./attempt.ts";
import type { ChannelBook, ReadyChannel } from "./channel-book.ts";
import {
  type Batch,
  type ChannelRecord,
  newChannelRecord,
  type QueueItem,
  type QueueState,
} from "./dispatch-store.ts";
import { errorText } from "./error-text.ts";
import { messageKey } from "./message-key.ts";
import type { DispatcherOptions } from "./ports.ts";
import { LONGEST_LIFE_MS, LONGEST_RETRY_MS } from "./retry-wait.ts";
import { Slots } from "./slots.ts";
import { atClock, waitFor } from "./wait.ts";
import { GRACE_MS } from "./within.ts";

/** Most entries of a channel that wait to become part of a message. */
export const MAX_WAITING = 10_000;

/**
 * Most messages of a channel that were tried and have to be tried again. While there are fewer,
 * what is new goes before them: else one message that a receiver chokes on would stop all others.
 */
const MAX_OPEN_BATCHES = 4;

/** After storage failed, how long until the next try. */
const STORAGE_PAUSE_MS = 1_000;

/** An attempt counts as lost when it is not over by then: the object must have been restarted. */
const LEASE_MARGIN_MS = 1_000;

/**
 * Sends what waits: for each channel one message at a time, at its pace, several channels side by
 * side. A message is in storage, with its key and its entries, before it is sent for the first time;
 * it is sent again as it is until its fate is known.
 */
export class DeliveryQueues {
  readonly #options: DispatcherOptions;
  readonly #book: ChannelBook;
  readonly #onNews: () => void;
  readonly #slots: Slots;
  #lastExpiryAt = -Infinity;
  #notBefore = 0;
  #lastError: string | null = null;

  /** @param onNews - an attempt is over, and what waits is about to be begun. Does not throw. */
  constructor(options: DispatcherOptions, book: ChannelBook, onNews: () => void) {
    this.#options = options;
    this.#book = book;
    this.#onNews = onNews;
    this.#slots = new Slots(options.config.delivery.concurrency);
  }

  /** What went wrong last with a queue itself, not with a receiver. */
  get lastError(): string | null {
    return this.#lastError;
  }

  /** Takes entries in; reminders make room for what is newer. @throws if storage does not. */
  take(items: readonly QueueItem[]): void {
    const { store, now } = this.#options;
    if (items.length === 0) return;
    store.enqueue(items);
    for (const { channel, subject, event } of items) {
      const by = SUPERSEDED_BY[event];
      if (by !== undefined) {
        store.supersede(channel, subject, { at: now(), reason: `superseded by ${by}` });
      }
    }
    const reason = `dropped: more than ${MAX_WAITING} notifications waited for this channel`;
    for (const channel of new Set(items.map((item) => item.channel))) {
      const dropped = store.trim(channel, MAX_WAITING, { at: now(), reason });
      if (dropped > 0) console.error(`${this.#options.tenant}: ${channel}: ${dropped} ${reason}`);
    }
  }

  /** Starts whatever is due and has room. It only starts it, and never throws. */
  pump(): void {
    try {
      const nowMs = this.#options.now();
      if (this.#notBefore - nowMs <= 0) this.#lastError = null;
      for (const { record, entry } of this.#turns(nowMs)) {
        const isDue = record.wait.until <= nowMs && this.#slots.freeAt(record) === 0;
        if (isDue) this.#tryStart(entry, record, nowMs);
      }
    } catch (cause) {
      this.#noteFailure(cause);
    }
  }

  /** Ends what is too old. By the earlier of two readings: a clock that is days ahead must not cost a queue. */
  expire(): void {
    const { store, now } = this.#options;
    const nowMs = now();
    const before = Math.min(nowMs, this.#lastExpiryAt) - LONGEST_LIFE_MS;
    this.#lastExpiryAt = nowMs;
    for (const { channel, expiresFrom } of store.queues()) {
      if (expiresFrom > before) continue;
      const { problem } = this.#book.get(channel);
      const why = problem ?? store.loadChannel(channel)?.lastError ?? "it was not its turn";
      const reason = `not delivered within 24 h: ${why}`;
      const exceptKey = this.#slots.get(channel)?.key;
      const count = store.expire(channel, before, { at: nowMs, reason }, exceptKey);
      if (count > 0) console.error(`${this.#options.tenant}: ${channel}: ${count} ${reason}`);
    }
  }

  /** When {@link pump} or {@link expire} has something to do, epoch milliseconds; Infinity for never. */
  nextRunAt(nowMs: number): number {
    const { store } = this.#options;
    const times = store.queues().map((queue) => {
      const leaseAt = this.#slots.get(queue.channel)?.until ?? 0;
      const expiresAt = Math.max(queue.expiresFrom + LONGEST_LIFE_MS, leaseAt);
      const dueAt = leaseAt > 0 ? leaseAt : this.#dueAt(queue, nowMs);
      return Math.min(expiresAt, dueAt);
    });
    // A pause longer than the longest means that the clock went back.
    const pauseMs = Math.min(this.#notBefore - nowMs, STORAGE_PAUSE_MS);
    return Math.max(Math.min(...times, Infinity), nowMs + pauseMs);
  }

  /** A channel was heard of to work again: what waits for it is tried at once. */
  release(entry: ReadyChannel): void {
    const { store, now } = this.#options;
    const nowMs = now();
    const record = {
      ...this.recordOf(entry.name, nowMs),
      wait: waitFor(nowMs, entry.channel.paceMs),
      failures: 0,
      refused: 0,
      failingSince: null,
      isDisabled: false,
      lastError: null,
    };
    store.saveChannel(record);
    for (const batch of store.batches(entry.name)) {
      if (this.#slots.get(entry.name)?.key === batch.key) continue;
      store.save({ ...batch, wait: waitFor(nowMs, 0) }, record);
    }
  }

  /** How a channel stands, its times by the clock as it is now. */
  recordOf(channel: string, nowMs: number): ChannelRecord {
    const { store } = this.#options;
    const record = store.loadChannel(channel) ?? newChannelRecord(channel);
    const wait = atClock(record.wait, nowMs);
    const isAhead = record.failingSince !== null && record.failingSince > nowMs;
    if (wait === record.wait && !isAhead) return record;
    const moved = { ...record, wait, failingSince: isAhead ? nowMs : record.failingSince };
    store.saveChannel(moved);
    return moved;
  }

  /** The channels that may be next, whoever was tried longest ago first. */
  #turns(nowMs: number): { record: ChannelRecord; entry: ReadyChannel }[] {
    return this.#options.store
      .queues()
      .flatMap(({ channel }) => {
        const entry = this.#book.get(channel);
        if (entry.channel === undefined || this.#slots.get(channel) !== undefined) {
          return [];
        }
        return [{ entry, record: this.recordOf(channel, nowMs) }];
      })
      .toSorted((left, right) => left.record.triedAt - right.record.triedAt);
  }

  #dueAt({ channel }: QueueState, nowMs: number): number {
    const { store } = this.#options;
    const entry = this.#book.get(channel);
    if (entry.channel === undefined) return Infinity;
    const record = this.recordOf(channel, nowMs);
    const batches = this.#batchesOf(record, nowMs);
    const isFreshDue = mayForm(batches, record) && store.candidates(channel, 1, nowMs).length > 0;
    const times = batches.map(({ wait }) => wait.until);
    const dueAt = isFreshDue ? nowMs : Math.min(...times, Infinity);
    return Math.max(record.wait.until, dueAt, this.#slots.freeAt(record));
  }

  /** What is wrong with one queue must not stop the others. */
  #tryStart(entry: ReadyChannel, record: ChannelRecord, nowMs: number): void {
    try {
      this.#startNext(entry, record, nowMs);
    } catch (cause) {
      this.#noteFailure(cause);
    }
  }

  #startNext(entry: ReadyChannel, record: ChannelRecord, nowMs: number): void {
    const batch = this.#pick(entry, record, nowMs);
    if (batch === undefined) return;
    const { store, config, keepAlive, onChange } = this.#options;
    const leaseMs = config.delivery.timeoutMs + GRACE_MS + LEASE_MARGIN_MS;
    const begun = { ...batch, attempts: batch.attempts + 1, wait: waitFor(nowMs, leaseMs) };
    const wait = waitFor(nowMs, entry.channel.paceMs);
    store.save(begun, { ...record, wait, triedAt: nowMs });
    this.#slots.begin(record, batch.key, begun.wait.until);
    const work = this.#deliver(entry, begun)
      .catch((cause: unknown) => this.#noteFailure(cause))
      .finally(() => {
        this.#slots.end(entry.name);
        this.#onNews();
        this.pump();
        onChange();
      });
    keepAlive(work);
  }

  /** The message that is sent next: what has to be tried again, or a new one. */
  #pick(entry: ReadyChannel, record: ChannelRecord, nowMs: number): Batch | undefined {
    const batches = this.#batchesOf(record, nowMs);
    const due = batches
      .filter(({ wait }) => wait.until <= nowMs)
      .toSorted((left, right) => left.attempts - right.attempts);
    // What may be too old at the next attempt has this one.
    const lastChance = due.find(
      ({ newestAt }) => newestAt + LONGEST_LIFE_MS - nowMs <= LONGEST_RETRY_MS,
    );
    if (lastChance !== undefined) return lastChance;
    const [again] = due;
    if (again !== undefined && record.failures === 0) return again;
    const fresh = mayForm(batches, record) ? this.#form(entry, nowMs) : undefined;
    return fresh ?? again;
  }

  #form({ name, channel }: ReadyChannel, nowMs: number): Batch | undefined {
    const { store, tenant } = this.#options;
    const candidates = store.candidates(name, Math.max(1, channel.maxAlerts), nowMs);
    const [first] = candidates;
    if (first === undefined) return undefined;
    const items =
      first.content.kind === "report"
        ? [first]
        : candidates.filter(({ content }) => content.kind === "alert");
    const ids = items.map(({ id }) => id);
    return store.form(name, messageKey(tenant, items), ids, nowMs);
  }

  #batchesOf(record: ChannelRecord, nowMs: number): readonly Batch[] {
    const { store } = this.#options;
    return store.batches(record.channel).map((batch) => {
      const wait = atClock(batch.wait, nowMs);
      if (wait === batch.wait) return batch;
      const moved = { ...batch, wait };
      store.save(moved, record);
      return moved;
    });
  }

  async #deliver({ name, config, channel }: ReadyChannel, batch: Batch): Promise<void> {
    const { store, transport, startTimer, now, random, tenant, ...rest } = this.#options;
    const { delivery, messages } = rest.config;
    const items = store.itemsOf(name, batch.key, now());
    if (items.length === 0) {
      // They could not be read, and are dead.
      const end = { state: "dead", at: now(), reason: null } as const;
      store.settle(batch, end, this.recordOf(name, now()));
      return;
    }
    const context = {
      tenant,
      language: config.language ?? messages.language,
      timeZone: messages.timeZone,
      dashboardUrl: messages.dashboardUrl,
      idempotencyKey: batch.key,
      nowMs: now(),
    };
    const message = messageOf(items);
    const means = { transport, startTimer, timeoutMs: delivery.timeoutMs };
    const { verdict } = await attempt(channel, message, context, means);
    const nowMs = now();
    const terms = {
      nowMs,
      random: random(),
      paceMs: channel.paceMs,
      maxAttempts: delivery.maxAttempts,
    };
    const after = afterAttempt(batch, this.recordOf(name, nowMs), verdict, terms);
    if (after.end === undefined) store.save(after.batch, after.record);
    else store.settle(after.batch, { ...after.end, at: nowMs }, after.record);
    if (after.end?.state === "dead") {
      console.error(`${tenant}: ${name}: ${batch.key} is dead: ${after.end.reason}`);
    }
  }

  #noteFailure(cause: unknown): void {
    this.#lastError = errorText(cause);
    this.#notBefore = this.#options.now() + STORAGE_PAUSE_MS;
    console.error(`${this.#options.tenant}: a queue failed, it is tried again`, cause);
  }
}

/** What a reminder makes room for, if it was not tried yet. Nobody has to hear them one by one. */
const SUPERSEDED_BY: Readonly<Partial<Record<QueueItem["event"], string>>> = {
  repeat: "a newer reminder",
  resolved: "the end of the alert",
};

/** A channel that is disabled is probed with a message that it has, if it has one. */
function mayForm(batches: readonly Batch[], { isDisabled }: ChannelRecord): boolean {
  return batches.length < (isDisabled ? 1 : MAX_OPEN_BATCHES);
}

function messageOf(items: readonly QueueItem[]): Message {
  const [first] = items;
  if (first?.content.kind === "report") {
    const { period, mail } = first.content;
    return { kind: "report", period, mail };
  }
  const notices = items.flatMap(({ content }) =>
    content.kind === "alert" ? [content.notice] : [],
  );
  return { kind: "alerts", notices };
}
