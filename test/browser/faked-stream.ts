import assert from "node:assert/strict";
import type { Page, WebSocketRoute } from "playwright-core";
import type { StreamFrame } from "../../src/stream/stream-frame.ts";
import { eventually } from "./checks.ts";

export interface FakedStreamOptions {
  /** From this connection on, counted from 0, the server itself answers. Default: never. */
  readonly passesAfter?: number;
}

/**
 * `/v1/stream` of a page, told from here: what no sound server would say, too. The page follows one
 * histogram by a second stream; those hear what is sent to them by {@link sendHistograms} alone.
 */
export class FakedStream {
  readonly #options: FakedStreamOptions;
  /** The connections that the page opened, in their order. */
  readonly #sockets: WebSocketRoute[] = [];
  #histogramSocket: WebSocketRoute | undefined;

  constructor(options: FakedStreamOptions = {}) {
    this.#options = options;
  }

  /** Takes over the stream of a page that is not loaded yet. */
  async take(page: Page): Promise<void> {
    const { passesAfter = Infinity } = this.#options;
    await page.routeWebSocket(/\/v1\/stream/, (socket) => {
      if (new URL(socket.url()).searchParams.has("histograms")) {
        this.#histogramSocket = socket;
        return;
      }
      this.#sockets.push(socket);
      if (this.#sockets.length > passesAfter) socket.connectToServer();
    });
  }

  /** How many connections there were so far. */
  get count(): number {
    return this.#sockets.length;
  }

  /** Sends frames to the newest of the streams that follow a histogram, if there is one. */
  sendHistograms(...frames: readonly StreamFrame[]): void {
    for (const frame of frames) this.#histogramSocket?.send(JSON.stringify(frame));
  }

  /** The page's connection of this number, once it is there. */
  async socket(index: number, timeoutMs = 8_000): Promise<FakedSocket> {
    return eventually(async () => {
      const socket = this.#sockets[index];
      assert.ok(socket, `the page has not opened connection ${index}`);
      return new FakedSocket(socket);
    }, timeoutMs);
  }
}

/** The server's end of a connection. */
export class FakedSocket {
  readonly #socket: WebSocketRoute;

  constructor(socket: WebSocketRoute) {
    this.#socket = socket;
  }

  /** `EPOCH:SEQ` where it wants to go on; null for from the beginning. */
  get resume(): string | null {
    return new URL(this.#socket.url()).searchParams.get("resume");
  }

  send(...frames: readonly StreamFrame[]): void {
    for (const frame of frames) this.sendText(JSON.stringify(frame));
  }

  sendText(text: string): void {
    this.#socket.send(text);
  }

  async close(code: number): Promise<void> {
    await this.#socket.close({ code });
  }
}
