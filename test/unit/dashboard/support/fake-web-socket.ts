import { vi } from "vitest";

/** A WebSocket whose other end is the test. */
export class FakeWebSocket extends EventTarget {
  static readonly CONNECTING = 0;
  static readonly OPEN = 1;
  static readonly CLOSING = 2;
  static readonly CLOSED = 3;
  /** Every one since {@link fakeWebSockets}, the newest last. */
  static all: FakeWebSocket[] = [];

  readonly url: string;
  readonly protocols: readonly string[];
  readonly sent: string[] = [];
  readyState: number = FakeWebSocket.CONNECTING;

  constructor(url: URL, protocols: readonly string[]) {
    super();
    this.url = url.href;
    this.protocols = protocols;
    FakeWebSocket.all.push(this);
  }

  send(text: string): void {
    this.sent.push(text);
  }

  /** By this end: the other one has yet to agree, so nothing is told of it. */
  close(): void {
    if (this.readyState !== FakeWebSocket.CLOSED) this.readyState = FakeWebSocket.CLOSING;
  }

  /** The server takes it. */
  open(): void {
    this.readyState = FakeWebSocket.OPEN;
    this.dispatchEvent(new Event("open"));
  }

  /** The server says something: a frame, or what is none. */
  say(message: unknown): void {
    const data = typeof message === "string" ? message : JSON.stringify(message);
    this.dispatchEvent(new MessageEvent("message", { data }));
  }

  /** The server ends it, or never took it. */
  end(): void {
    this.readyState = FakeWebSocket.CLOSED;
    this.dispatchEvent(new Event("close"));
  }
}

/** Puts {@link FakeWebSocket} in the place of a browser's, on a page at `https://page.test/`. */
export function fakeWebSockets(): void {
  FakeWebSocket.all = [];
  vi.stubGlobal("WebSocket", FakeWebSocket);
  vi.stubGlobal("location", new URL("https://page.test/"));
}
