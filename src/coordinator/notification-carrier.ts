import type { AlertStore } from "../alerts/alert-store.ts";
import { withDeadline } from "../deadline.ts";
import type { DeliveryView } from "../export/metrics-source.ts";
import { type DispatcherHealth, MAX_HAND_OVER } from "../wire/dispatcher-rpc.ts";
import type { CarrierHealth } from "./coordinator-health.ts";
import type { DispatcherPort } from "./ports.ts";

/** How long the dispatcher may take to answer. */
const DEADLINE_MS = 5_000;

const FIRST_RETRY_MS = 500;
const LAST_RETRY_MS = 30_000;

/** A sign of life is given so often while the coordinator ticks. */
const BEAT_EVERY_MS = 60_000;

/** Ends of hand-overs within one run, so that a long backlog does not take one for ever. */
const MAX_ROUNDS = 20;

export interface NotificationCarrierOptions {
  readonly store: AlertStore;
  readonly dispatcher: DispatcherPort;
  /** Whether there is anybody to tell: without channels or a heartbeat nothing is carried. */
  readonly isWanted: boolean;
  /** The dispatcher is taken for stalled when it has not run for so long after it was due. */
  readonly watchdogMs: number;
  readonly now: () => number;
}

/**
 * Hands what is to be told to the dispatcher, with a sign of life, and watches whether it does its
 * work. What it has not confirmed is handed over again: it knows what it has by its ids.
 */
export class NotificationCarrier {
  readonly #options: NotificationCarrierOptions;
  #running: Promise<void> | undefined;
  #failures = 0;
  #failingSince: number | null = null;
  #retryAt = 0;
  #lastError: string | null = null;
  #handedOverAt: number | null = null;
  /** By when the dispatcher was told to expect the next sign of life; undefined before the first. */
  #beatUntil: number | null | undefined;
  #beatAt = -Infinity;
  /** Why the dispatcher is taken for stalled by what it last said of itself. */
  #stalled: string | null = null;
  /** What it last said of itself. */
  #told: DispatcherHealth | null = null;

  constructor(options: NotificationCarrierOptions) {
    this.#options = options;
  }

  /** When to run next: epoch milliseconds, or Infinity. @param ticks whether the coordinator ticks. */
  nextRunAt(nowMs: number, ticks: boolean): number {
    const { isWanted, store } = this.#options;
    if (!isWanted) return Infinity;
    // Whoever runs it looks again when it is done; this is for a life that ends before.
    if (this.#running !== undefined) return nowMs + 2 * DEADLINE_MS;
    const isDue = store.outgoingCount() > 0 || this.#owesBeat(nowMs, ticks);
    return isDue ? Math.max(nowMs, this.#pauseEnd(nowMs)) : Infinity;
  }

  /** Whether {@link run} has something to do now. */
  isDue(nowMs: number, ticks: boolean): boolean {
    return this.#running === undefined && this.nextRunAt(nowMs, ticks) <= nowMs;
  }

  /** Hands over what waits. One run at a time; never rejects. */
  run(ticks: boolean): Promise<void> {
    this.#running ??= this.#run(ticks).finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  /** Since when and why nothing reaches the dispatcher, or it does nothing; null if all is well. */
  fault(nowMs: number): { readonly since: number; readonly reason: string } | null {
    const { watchdogMs } = this.#options;
    const since = this.#failingSince;
    if (since === null || nowMs - since < watchdogMs) return null;
    return { since, reason: this.#lastError ?? this.#stalled ?? "it does not run" };
  }

  health(): CarrierHealth {
    return {
      failures: this.#failures,
      failingSince: this.#failingSince,
      lastError: this.#lastError ?? this.#stalled,
      handedOverAt: this.#handedOverAt,
    };
  }

  /** What is known here of those who tell people; null where nobody is told anything. */
  delivery(): DeliveryView | null {
    const { isWanted, store } = this.#options;
    if (!isWanted) return null;
    const isKnown = this.#failures > 0 || this.#handedOverAt !== null;
    const isUp = this.#lastError === null && this.#stalled === null;
    return {
      isUp: isKnown ? isUp : null,
      waiting: store.outgoingCount(),
      told: this.#told,
    };
  }

  async #run(ticks: boolean): Promise<void> {
    const { now, store, isWanted } = this.#options;
    if (!isWanted || now() < this.#pauseEnd(now())) return;
    try {
      for (let round = 0; round < MAX_ROUNDS; round++) {
        const notifications = store.outgoing(MAX_HAND_OVER);
        if (notifications.length === 0 && !this.#owesBeat(now(), ticks)) break;
        await this.#handOver(notifications, ticks);
        if (notifications.length < MAX_HAND_OVER) break;
      }
      this.#failures = 0;
      this.#retryAt = 0;
      this.#lastError = null;
    } catch (cause) {
      const nowMs = now();
      this.#failures += 1;
      this.#failingSince ??= nowMs;
      this.#retryAt = nowMs + Math.min(FIRST_RETRY_MS * 2 ** (this.#failures - 1), LAST_RETRY_MS);
      this.#lastError = cause instanceof Error ? cause.message : String(cause);
      console.warn(`notifications wait: the dispatcher did not take them`, cause);
    }
  }

  async #handOver(
    notifications: ReturnType<AlertStore["outgoing"]>,
    ticks: boolean,
  ): Promise<void> {
    const { now, store, dispatcher, watchdogMs } = this.#options;
    const at = now();
    const nextTickAt = ticks ? at + BEAT_EVERY_MS : null;
    const call = dispatcher.handOver({ beat: { at, nextTickAt }, notifications });
    const { health } = await withDeadline(call, DEADLINE_MS, "the dispatcher's answer");
    store.settleOutgoing(notifications.map(({ id }) => id));
    this.#beatAt = at;
    this.#beatUntil = nextTickAt;
    this.#handedOverAt = at;
    this.#told = health;
    const isStalled =
      health.lastError !== null ||
      (health.nextRunAt !== null && health.at - health.nextRunAt > watchdogMs);
    this.#stalled = isStalled ? (health.lastError ?? "its alarm is overdue") : null;
    this.#failingSince = isStalled ? (this.#failingSince ?? at) : null;
  }

  /** Half of the time that was promised has gone, or the promise is of another kind. */
  #owesBeat(nowMs: number, ticks: boolean): boolean {
    if (this.#beatUntil === undefined) return ticks;
    if (!ticks) return this.#beatUntil !== null;
    const sinceMs = nowMs - this.#beatAt;
    return this.#beatUntil === null || sinceMs >= BEAT_EVERY_MS / 2 || sinceMs < 0;
  }

  /** A pause longer than the longest means that the clock went back. */
  #pauseEnd(nowMs: number): number {
    return this.#retryAt - nowMs > LAST_RETRY_MS ? nowMs : this.#retryAt;
  }
}
