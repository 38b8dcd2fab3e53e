import type { AlertNotice, Message, NoticeEvent } from "../notify/notice.ts";
import type {
  CoordinatorBeat,
  NotificationState,
  NotificationView,
} from "../wire/dispatcher-rpc.ts";

/** What one entry of a channel's queue tells. */
export type QueueContent =
  | { readonly kind: "alert"; readonly notice: AlertNotice }
  | Extract<Message, { kind: "report" }>;

/** One entry of a channel's queue. */
export interface QueueItem {
  /** Natural, and unique for ever: an entry that comes again is not taken again. */
  readonly id: string;
  readonly channel: string;
  /** What it is about: entries with the same subject and channel are sent in the order they came. */
  readonly subject: string;
  readonly event: NoticeEvent | "report";
  /** Epoch milliseconds, as all times here. */
  readonly queuedAt: number;
  readonly content: QueueContent;
}

/**
 * A wait that has an end. Its beginning is kept, too: where the clock shows less than that, it went
 * back, and the wait begins again instead of lasting for as long as the clock went back.
 */
export interface Wait {
  readonly from: number;
  readonly until: number;
}

/** A message of one channel, from before its first attempt until its fate is known. */
export interface Batch {
  readonly channel: string;
  /** Idempotency key of every attempt; unique in the channel. */
  readonly key: string;
  readonly createdAt: number;
  /** When the newest of its entries was queued. */
  readonly newestAt: number;
  /** Attempts that were begun. */
  readonly attempts: number;
  /** Attempts that failed in a way that another may mend. */
  readonly failures: number;
  /** Until the next attempt. */
  readonly wait: Wait;
  readonly lastError: string | null;
}

/** How a channel stands, kept over evictions. */
export interface ChannelRecord {
  readonly channel: string;
  /** Until the next message: its pace, its backoff, or what `Retry-After` said. */
  readonly wait: Wait;
  /** Attempts that failed in a row, with whatever message. */
  readonly failures: number;
  /** Messages that the receiver refused in a row: none was delivered in between. */
  readonly refused: number;
  /** Since when the channel fails, or is disabled; null if it does not. */
  readonly failingSince: number | null;
  /** Nothing can be delivered until somebody changes a setting. */
  readonly isDisabled: boolean;
  /** When an attempt was last begun; 0 for never. */
  readonly triedAt: number;
  readonly lastDeliveredAt: number | null;
  readonly lastError: string | null;
}

/** What became of a channel's entries since its first one. */
export interface ChannelCounts {
  readonly delivered: number;
  readonly dead: number;
  readonly dropped: number;
  /** Reminders that were let go of when something newer of the same alert came. */
  readonly superseded: number;
}

/** What waits in one channel's queue: entries whose fate is open, in a batch or not. */
export interface QueueState {
  readonly channel: string;
  readonly queued: number;
  /** When the oldest of them was queued. */
  readonly oldestAt: number;
  /** The same, but a message counts as being as old as its newest entry: what {@link DispatchStore.expire} goes by. */
  readonly expiresFrom: number;
}

/** Small things that have to be remembered, by name. */
export interface DispatcherMemory {
  /** The coordinator's last sign of life, and when it came by this object's clock. */
  beat: { readonly beat: CoordinatorBeat; readonly receivedAt: number };
  /** How far the watchdog has gone about it. */
  watch: WatchMemory;
  heartbeat: {
    readonly triedAt: number;
    readonly succeededAt: number | null;
    readonly error: string | null;
  };
  /** When the alarm last ran through. */
  run: { readonly ranAt: number };
  /** Until when reports were looked for. */
  reports: { readonly checkedAt: number };
  /** Channels that lack a secret and were told of: when, and where. */
  unconfigured: Readonly<Record<string, ToldIncident>>;
  /** Channels that do not deliver and were told of, and those that did lately. */
  failing: Readonly<Record<string, FailingIncident>>;
}

/** An incident that system notices were sent about. */
export interface ToldIncident {
  readonly at: number;
  /** Channels that were told: they are told that it ended, too. */
  readonly channels: readonly string[];
}

/** An incident of a channel. */
export interface FailingIncident extends ToldIncident {
  /** When its end was told, or null. */
  readonly endedAt: number | null;
}

/** What the watchdog did since the coordinator became overdue. */
export interface WatchMemory {
  /** When it was called last. */
  readonly wokenAt: number;
  /** When and where it was told that it stands still, or null. */
  readonly told: ToldIncident | null;
}

/** How an entry's fate became known without a delivery. */
export interface Fate {
  readonly at: number;
  readonly reason: string;
}

/**
 * Where a dispatcher keeps everything: SQLite in the object, memory in tests. Every call is
 * synchronous, and all or nothing. An entry that cannot be read when it is its turn is dead from
 * then on, and counted and shown as such: it must not stop those behind it.
 */
export interface DispatchStore {
  /** Takes entries in, those that are not known by their `id`. @returns how many were new. */
  enqueue(items: readonly QueueItem[]): number;
  /**
   * Drops entries of a channel that are in no batch until at most `bound` are left: the oldest
   * repeats first, then the oldest. @returns how many.
   */
  trim(channel: string, bound: number, fate: Fate): number;
  /**
   * Lets go of a subject's repeats that are in no batch and that something newer of it waits behind:
   * a repeat or its end. @returns how many.
   */
  supersede(channel: string, subject: string, fate: Fate): number;
  /** Every channel with something in its queue. */
  queues(): readonly QueueState[];
  /**
   * The next entries of a channel that are in no batch: the oldest of each subject, and of subjects
   * of which no earlier entry is open.
   * @param atMs - when those die that cannot be read.
   */
  candidates(channel: string, limit: number, atMs: number): readonly QueueItem[];
  /** Puts entries into a new batch, which may be tried at once. */
  form(channel: string, key: string, ids: readonly string[], atMs: number): Batch;
  /** A channel's batches, in the order in which they were formed. */
  batches(channel: string): readonly Batch[];
  /**
   * A batch's entries, in the order in which they came.
   * @param atMs - when those die that cannot be read.
   */
  itemsOf(channel: string, key: string, atMs: number): readonly QueueItem[];
  /** Replaces what may change of a batch, and how its channel stands. */
  save(batch: Batch, record: ChannelRecord): void;
  /** Ends a batch: its entries have their fate. */
  settle(
    batch: Batch,
    end: {
      readonly state: "delivered" | "dead";
      readonly at: number;
      readonly reason: string | null;
    },
    record: ChannelRecord,
  ): void;
  /**
   * Ends whatever of a channel was queued at or before `before`: entries in no batch, and batches
   * all of whose entries are that old, but for `exceptKey`. @returns how many entries.
   */
  expire(channel: string, before: number, fate: Fate, exceptKey: string | undefined): number;
  loadChannel(channel: string): ChannelRecord | undefined;
  saveChannel(record: ChannelRecord): void;
  counts(channel: string): ChannelCounts;
  /** The newest notifications first. Those that were dropped or superseded are shown as dead. */
  list(state: NotificationState | undefined, limit: number): readonly NotificationView[];
  /** When the oldest entry got its fate, or undefined. Reports do not count. */
  oldestSettledAt(): number | undefined;
  /** Deletes entries that got their fate before a time, at most `limit`. @returns how many. */
  forget(before: number, reportsBefore: number, limit: number): number;
  /** Undefined also for what cannot be read: it is as if it had not been remembered. */
  recall<Name extends keyof DispatcherMemory>(name: Name): DispatcherMemory[Name] | undefined;
  /** Replaces it; undefined forgets it. */
  remember<Name extends keyof DispatcherMemory>(
    name: Name,
    value: DispatcherMemory[Name] | undefined,
  ): void;
}

/** How a channel stands of which nothing is known. */
export function newChannelRecord(channel: string): ChannelRecord {
  return {
    channel,
    wait: { from: 0, until: 0 },
    failures: 0,
    refused: 0,
    failingSince: null,
    isDisabled: false,
    triedAt: 0,
    lastDeliveredAt: null,
    lastError: null,
  };
}
