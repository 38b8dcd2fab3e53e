import type { Frame } from "../../src/stream/frames.ts";
import type { Gone } from "../../src/stream/stream-frame.ts";
import type { FrameSink } from "../../src/stream/subscriber.ts";

/** A frame as the client reads it. */
export interface ReadFrame {
  readonly type: string;
  readonly epoch?: string;
  readonly seq?: number;
  readonly resumed?: boolean;
  readonly tickMs?: number;
  readonly reason?: string;
  readonly id?: string;
  readonly alerts?: readonly { readonly id: string }[];
  readonly pillars?: Readonly<Record<string, unknown>>;
  readonly limits?: readonly { readonly target: string }[];
  readonly gone?: Gone;
  readonly series?: readonly {
    readonly target: string;
    readonly operation: string;
    readonly windows: Readonly<Record<string, { readonly count: number }>>;
  }[];
}

/** A subscriber's connection that keeps what it is sent, and reads only if it is told to. */
export class FakeFrameSink implements FrameSink {
  readonly sent: Frame[] = [];
  closed: { readonly code: number; readonly reason: string } | undefined;
  reads = true;
  #unread = 0;

  unreadBytes(): number {
    return this.#unread;
  }

  /** Everything that waits is read at once. */
  readAll(): void {
    this.#unread = 0;
  }

  send(frame: Frame): void {
    if (this.closed !== undefined) throw new Error("sent to a connection that is closed");
    this.sent.push(frame);
    if (!this.reads) this.#unread += frame.text.length;
  }

  close(code: number, reason: string): void {
    this.closed = { code, reason };
  }

  /** What was sent, parsed. */
  get frames(): ReadFrame[] {
    return this.sent.map(({ text }) => JSON.parse(text) as ReadFrame);
  }

  /** `type seq` of each frame. */
  get outline(): string[] {
    return this.frames.map(({ type, seq }) => (seq === undefined ? type : `${type} ${seq}`));
  }
}
