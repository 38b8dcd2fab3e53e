import type { AlertView } from "../alerts/alert-view.ts";
import {
  alertFrame,
  contentFrame,
  errorFrame,
  type Frame,
  type FrameContent,
  helloFrame,
  type HistogramSource,
} from "./frames.ts";
import type { StreamCursor } from "./stream-filter.ts";
import type { Subscriber } from "./subscriber.ts";
import { type LoggedFrame, TickLog } from "./tick-log.ts";

/** Close codes of the contract. */
export const CLOSE_NOT_ALLOWED = 1008;
export const CLOSE_TOO_BIG = 1009;
export const CLOSE_LATER = 1013;

/** All subscribers together may have this much on the way before the slow ones are skipped. */
const UNREAD_BUDGET_BYTES = 256 * 1024 * 1024;
const MIN_UNREAD_BYTES = 2 * 1024 * 1024;
const MAX_UNREAD_BYTES = 32 * 1024 * 1024;

/** How long a subscriber may be skipped before it is sent away. */
const SLOW_MS = 30_000;

/**
 * Sends each tick to everybody: serialised once per distinct filter, a snapshot instead to who has
 * missed something, nothing to who does not read.
 */
export class StreamHub {
  readonly #epoch: string;
  readonly #histograms: HistogramSource;
  readonly #log: TickLog;
  readonly #subscribers = new Set<Subscriber>();
  #latest: FrameContent | undefined;

  constructor(epoch: string, histograms: HistogramSource, replayTicks: number) {
    this.#epoch = epoch;
    this.#histograms = histograms;
    this.#log = new TickLog(replayTicks);
  }

  get size(): number {
    return this.#subscribers.size;
  }

  /** Greets a subscriber and brings it up to date: by replay if it resumes, else by a snapshot. */
  join(subscriber: Subscriber, resume: StreamCursor | undefined, tickMs: number): void {
    this.#subscribers.add(subscriber);
    this.greet(subscriber, resume, tickMs);
  }

  /** Takes in a subscriber that outlived the object's memory: its next frame is a snapshot. */
  rejoin(subscriber: Subscriber): void {
    this.#subscribers.add(subscriber);
  }

  leave(subscriber: Subscriber): void {
    this.#subscribers.delete(subscriber);
  }

  /** Says hello, again after a new subscription, and sends what the subscriber lacks. */
  greet(subscriber: Subscriber, resume: StreamCursor | undefined, tickMs: number): void {
    const latest = this.#latest;
    if (latest === undefined) {
      subscriber.send(helloFrame(this.#epoch, 0, false, tickMs));
      subscriber.expectSnapshot();
      return;
    }
    const missed = this.#missed(subscriber, resume, latest.seq);
    const from = resume !== undefined && missed !== undefined ? resume.seq : latest.seq - 1;
    subscriber.send(helloFrame(this.#epoch, from, missed !== undefined, tickMs));
    if (missed === undefined) {
      subscriber.send(this.#frame("snapshot", latest, subscriber));
      return;
    }
    for (const entry of missed) {
      const { kind } = entry;
      subscriber.send(kind === "tick" ? this.#frame(kind, entry.content, subscriber) : entry.frame);
    }
  }

  /**
   * Sends a tick out. `content` has what changed of series, buckets and pillars and what is gone,
   * `all` every one, and the alerts. Whose token has expired is sent away instead.
   */
  publish(
    content: FrameContent,
    all: Pick<FrameContent, "series" | "limits" | "pillars" | "alerts">,
    nowMs: number,
  ): void {
    this.#latest = { ...content, ...all, gone: undefined };
    this.#log.appendTick(content);
    const frames = new Map<string, Frame>();
    const limit = this.#unreadLimit();
    for (const subscriber of this.#subscribers) {
      if (nowMs >= subscriber.expiresAt) {
        this.dismiss(subscriber, CLOSE_NOT_ALLOWED, "the token has expired; ask for a new one");
        continue;
      }
      if (subscriber.sink.unreadBytes() > limit) {
        this.#holdBack(subscriber, nowMs);
        continue;
      }
      const type = subscriber.seq === content.seq - 1 ? "tick" : "snapshot";
      const key = `${type}|${subscriber.key}`;
      let frame = frames.get(key);
      if (frame === undefined) {
        frame = this.#frame(type, type === "tick" ? content : this.#latest, subscriber);
        frames.set(key, frame);
      }
      subscriber.send(frame);
    }
  }

  /**
   * Sends changes of alerts out, each a frame of its own after the latest tick, whose snapshot has
   * them already. Who was left out there is left out here, too: it begins again with a snapshot.
   */
  publishAlerts(alerts: readonly AlertView[]): void {
    for (const alert of alerts) {
      const latest = this.#latest;
      if (latest === undefined) return;
      const seq = latest.seq + 1;
      const frame = alertFrame(this.#epoch, seq, alert);
      this.#log.appendAlert(frame);
      this.#latest = { ...latest, seq };
      for (const subscriber of this.#subscribers) {
        if (subscriber.seq === seq - 1) subscriber.send(frame);
      }
    }
  }

  /** Ends a subscription with a reason that the client can read. */
  dismiss(subscriber: Subscriber, code: number, reason: string): void {
    subscriber.send(errorFrame(reason, subscriber.seq ?? 0));
    subscriber.sink.close(code, reason);
    this.#subscribers.delete(subscriber);
  }

  #holdBack(subscriber: Subscriber, nowMs: number): void {
    subscriber.holdBack(nowMs);
    if (nowMs - (subscriber.slowSince ?? nowMs) < SLOW_MS) return;
    this.dismiss(
      subscriber,
      CLOSE_LATER,
      "no sign of reading: send ping while you read, and resume",
    );
  }

  #unreadLimit(): number {
    const share = UNREAD_BUDGET_BYTES / Math.max(this.#subscribers.size, 1);
    return Math.min(Math.max(share, MIN_UNREAD_BYTES), MAX_UNREAD_BYTES);
  }

  #missed(
    subscriber: Subscriber,
    resume: StreamCursor | undefined,
    latestSeq: number,
  ): readonly LoggedFrame[] | undefined {
    // Past histograms are not kept, so who wants them begins again with a snapshot.
    if (resume?.epoch !== this.#epoch || subscriber.filter.histograms) return undefined;
    return this.#log.after(resume.seq, latestSeq);
  }

  #frame(type: "snapshot" | "tick", content: FrameContent, { filter }: Subscriber): Frame {
    return contentFrame(type, content, filter, this.#histograms);
  }
}
