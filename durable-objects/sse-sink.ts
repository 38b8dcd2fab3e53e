import type { Frame } from "../src/stream/frames.ts";
import type { FrameSink } from "../src/stream/subscriber.ts";

const ENCODER = new TextEncoder();

/** Tells the browser to come back after so long when the connection breaks. */
const RETRY_MS = 1_000;

/** Server-Sent Events as a subscriber: the stream's own queue tells how much is unread. */
export class SseSink implements FrameSink {
  readonly response: Response;
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined;

  /** @param onCancel called when the reader has gone. */
  constructor(onCancel: () => void) {
    const body = new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          this.#controller = controller;
          controller.enqueue(ENCODER.encode(`retry: ${RETRY_MS}\n\n`));
        },
        cancel: () => {
          this.#controller = undefined;
          onCancel();
        },
      },
      { highWaterMark: 0, size: (chunk: Uint8Array) => chunk.byteLength },
    );
    this.response = new Response(body, {
      headers: { "Content-Type": "text/event-stream", "Cache-Control": "no-store" },
    });
  }

  unreadBytes(): number {
    return -(this.#controller?.desiredSize ?? 0);
  }

  /** The id lets the browser resume; an error has no place in the sequence, so it has none. */
  send(frame: Frame): void {
    const id = frame.epoch === undefined ? "" : `id: ${frame.epoch}:${frame.seq}\n`;
    this.#controller?.enqueue(ENCODER.encode(`${id}event: ${frame.type}\ndata: ${frame.text}\n\n`));
  }

  close(): void {
    this.#controller?.close();
    this.#controller = undefined;
  }
}
