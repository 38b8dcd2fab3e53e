import type { Live } from "./api.ts";
import { withDeadline } from "./system.ts";

/** A frame of the stream, as its text and read. */
export interface StreamFrame {
  readonly text: string;
  readonly body: Partial<Live> & {
    readonly type: string;
    readonly protocol?: string;
    readonly resumed?: boolean;
    readonly reason?: string;
    readonly tickMs?: number;
  };
}

export interface SseFrame extends StreamFrame {
  readonly id: string;
  readonly event: string;
}

type Waiter = () => void;

/** Frames as they arrive, and a way to wait for them. */
class FrameLog<Frame extends StreamFrame> {
  readonly frames: Frame[] = [];
  readonly #waiters = new Set<Waiter>();

  push(frame: Frame): void {
    this.frames.push(frame);
    this.wake();
  }

  wake(): void {
    for (const waiter of this.#waiters) waiter();
  }

  /** Resolves when `isDone`; rejects after `timeoutMs`. */
  until(isDone: () => boolean, timeoutMs: number): Promise<void> {
    let waiter: Waiter = () => undefined;
    const done = new Promise<void>((resolve) => {
      waiter = () => isDone() && resolve();
      this.#waiters.add(waiter);
      waiter();
    });
    const why = (): string => `got ${this.frames.map(({ body }) => body.type).join(", ")}`;
    return withDeadline(done, timeoutMs, why).finally(() => this.#waiters.delete(waiter));
  }
}

/** A subscriber over WebSocket, with the token in a subprotocol as browsers send it. */
export class StreamClient {
  readonly socket: WebSocket;
  readonly #log = new FrameLog<StreamFrame>();
  closed: { readonly code: number; readonly reason: string } | undefined;
  isOpen = false;

  constructor(url: string, token: string, query = "") {
    const address = `${url.replace("http:", "ws:")}/v1/stream${query}`;
    this.socket = new WebSocket(address, ["tachograph.v1", `bearer.${token}`]);
    this.socket.addEventListener("open", () => {
      this.isOpen = true;
      this.#log.wake();
    });
    this.socket.addEventListener("message", ({ data }) => {
      const text = String(data);
      this.#log.push({ text, body: text === "pong" ? { type: "pong" } : JSON.parse(text) });
    });
    this.socket.addEventListener("close", ({ code, reason }) => {
      this.closed = { code, reason };
      this.#log.wake();
    });
  }

  get frames(): readonly StreamFrame[] {
    return this.#log.frames;
  }

  /** The ticks so far. */
  get ticks(): readonly StreamFrame[] {
    return this.frames.filter(({ body }) => body.type === "tick");
  }

  /** Waits until `count` frames of any kind are there. */
  untilFrames(count: number, timeoutMs = 15_000): Promise<void> {
    return this.#log.until(() => this.frames.length >= count, timeoutMs);
  }

  /** Waits for `isDone`, which is asked again whenever something arrives. */
  until(isDone: () => boolean, timeoutMs = 15_000): Promise<void> {
    return this.#log.until(isDone, timeoutMs);
  }

  /** Waits for the end; the close code and reason. */
  async untilClosed(timeoutMs = 15_000): Promise<{ code: number; reason: string }> {
    await this.#log.until(() => this.closed !== undefined, timeoutMs);
    return this.closed ?? { code: 0, reason: "" };
  }

  close(): void {
    this.socket.close();
  }
}

/** A subscriber over Server-Sent Events. */
export class EventStream {
  readonly #log = new FrameLog<SseFrame>();
  readonly #abort = new AbortController();
  response: Response | undefined;
  /** Why it ended, if not by {@link close}. */
  brokenBy: unknown;

  static async open(
    url: string,
    token: string,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<EventStream> {
    const stream = new EventStream();
    stream.response = await fetch(`${url}/v1/stream`, {
      headers: { accept: "text/event-stream", authorization: `Bearer ${token}`, ...headers },
      signal: stream.#abort.signal,
    });
    void stream.#read(stream.response);
    return stream;
  }

  get frames(): readonly SseFrame[] {
    return this.#log.frames;
  }

  until(isDone: () => boolean, timeoutMs = 15_000): Promise<void> {
    return this.#log.until(isDone, timeoutMs);
  }

  close(): void {
    this.#abort.abort();
  }

  async #read(response: Response): Promise<void> {
    let rest = "";
    try {
      for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
        const blocks = (rest + chunk).split("\n\n");
        rest = blocks.pop() ?? "";
        for (const block of blocks) this.#take(block);
      }
    } catch (error) {
      if (!this.#abort.signal.aborted) this.brokenBy = error;
    }
  }

  #take(block: string): void {
    const fields = new Map(
      block.split("\n").map((line) => {
        const colon = line.indexOf(": ");
        return [line.slice(0, colon), line.slice(colon + 2)] as const;
      }),
    );
    const text = fields.get("data");
    if (text === undefined) return;
    const [id = "", event = ""] = [fields.get("id"), fields.get("event")];
    this.#log.push({ id, event, text, body: JSON.parse(text) });
  }
}
