import type { Frame } from "../src/stream/frames.ts";
import type { FrameSink } from "../src/stream/subscriber.ts";

/**
 * A WebSocket as a subscriber. The runtime does not tell how much of what was sent still waits, so
 * everything since the peer's last sign of life counts as unread.
 */
export class WebSocketSink implements FrameSink {
  readonly #socket: WebSocket;
  readonly #lastPingAt: () => Date | null;
  #unread = 0;
  #countedPing = 0;

  /** @param lastPingAt when the runtime last answered a ping for us, without waking the object. */
  constructor(socket: WebSocket, lastPingAt: () => Date | null) {
    this.#socket = socket;
    this.#lastPingAt = lastPingAt;
  }

  /** The peer has sent something: it has read what it was sent. */
  noteAlive(): void {
    this.#unread = 0;
  }

  unreadBytes(): number {
    if (this.#unread === 0) return 0;
    const pingAt = this.#lastPingAt()?.getTime() ?? 0;
    if (pingAt > this.#countedPing) {
      this.#countedPing = pingAt;
      this.#unread = 0;
    }
    return this.#unread;
  }

  send(frame: Frame): void {
    if (this.#socket.readyState !== WebSocket.OPEN) return;
    this.#unread += frame.text.length;
    this.#socket.send(frame.text);
  }

  close(code: number, reason: string): void {
    if (this.#socket.readyState !== WebSocket.OPEN) return;
    // A close reason holds 123 bytes; the error frame before it says all of it.
    this.#socket.close(code, reason.slice(0, 120));
  }
}
