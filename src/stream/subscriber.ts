import type { Frame } from "./frames.ts";
import { filterKey, type StreamFilter } from "./stream-filter.ts";

/** How a subscriber is reached: a WebSocket or an SSE response. */
export interface FrameSink {
  /**
   * Bytes that were handed over and may still wait in this process because the reader is slow.
   * An SSE stream knows; a WebSocket only knows that nobody has shown signs of reading.
   */
  unreadBytes(): number;
  send(frame: Frame): void;
  close(code: number, reason: string): void;
}

/** One subscription: what it wants, and the last frame it was sent. */
export class Subscriber {
  readonly sink: FrameSink;
  /** From when it may see no more, as its token has expired; epoch milliseconds. */
  readonly expiresAt: number;
  #filter: StreamFilter;
  #key: string;
  /** The last tick that it has, or undefined when it needs a snapshot next. */
  #seq: number | undefined;
  #slowSince: number | undefined;

  constructor(sink: FrameSink, filter: StreamFilter, expiresAt = Infinity) {
    this.sink = sink;
    this.expiresAt = expiresAt;
    this.#filter = filter;
    this.#key = filterKey(filter);
  }

  get filter(): StreamFilter {
    return this.#filter;
  }

  /** Equal for subscribers who see the same frames. */
  get key(): string {
    return this.#key;
  }

  get seq(): number | undefined {
    return this.#seq;
  }

  /** Since when it has been skipped because it does not read, or undefined. */
  get slowSince(): number | undefined {
    return this.#slowSince;
  }

  /** Changes what it wants; it begins again with a snapshot. */
  subscribe(filter: StreamFilter): void {
    this.#filter = filter;
    this.#key = filterKey(filter);
    this.expectSnapshot();
  }

  send(frame: Frame): void {
    this.sink.send(frame);
    if (frame.type !== "error") this.#seq = frame.seq;
    this.#slowSince = undefined;
  }

  /** Whatever it has seen, what it gets next is a snapshot. */
  expectSnapshot(): void {
    this.#seq = undefined;
  }

  /** Leaves a tick out, because it does not read. */
  holdBack(nowMs: number): void {
    this.#slowSince ??= nowMs;
    this.expectSnapshot();
  }
}
