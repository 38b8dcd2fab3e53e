import { WINDOW_NAMES } from "../../../src/merge/series-state.ts";
import type {
  AlertFrame,
  ContentFrame,
  StreamCursor,
  WindowName,
} from "../../../src/stream/stream-frame.ts";
import { parseFrame } from "./parse-frame.ts";
import { refusalOf } from "./refusal-of.ts";
import { SteadyClock } from "./steady-clock.ts";

const SUBPROTOCOL = "tachograph.v1";

/** Without a frame for so long, or for three ticks, the stream is not live. */
const QUIET_MS = 2_500;

/** Without a frame for so long it is given up and opened again. */
const STALLED_MS = 10_000;

/** How often the server is told that somebody reads. */
const PING_MS = 15_000;

/** Longest that a connection which is no longer wanted is left to open. */
const CLOSE_PATIENCE_MS = 5_000;

const RETRY_MIN_MS = 250;
const RETRY_MAX_MS = 5_000;
const WATCH_MS = 250;

interface LiveStreamOptions {
  readonly token: string;
  /** What of the stream is wanted, as its query has it; all of it if empty. */
  readonly query?: Readonly<Record<string, string>>;
  /** Where to resume. */
  readonly cursor: () => StreamCursor | undefined;
  /** Takes a frame in; false: start again with a snapshot. */
  readonly onContent: (frame: ContentFrame | AlertFrame) => boolean;
  /** The token is not good for this, and why; the stream has ended. */
  readonly onRefused: (detail: string) => void;
}

/**
 * `GET /v1/stream` as a WebSocket that is opened again whenever it ends, until it is closed here
 * or the token is refused.
 */
export class LiveStream {
  /** By which it is told how long ago something was. */
  readonly clock = new SteadyClock();
  readonly #options: LiveStreamOptions;
  readonly #windows: readonly WindowName[];
  #socket: WebSocket | undefined;
  #attempt = 0;
  #tickMs = 0;
  #isClosed = false;
  #resumes = true;
  /**
   * When the last snapshot or tick came, by {@link clock}; before the first, when it was opened.
   A pong does not count: the server's runtime answers pings even where nothing ticks.
   */
  #heardAt = this.clock.now();
  /** How often the device had slept when it was opened. */
  #jumps = this.clock.jumps;
  #pingedAt = -Infinity;
  #hasContent = false;
  #retry: ReturnType<typeof setTimeout> | undefined;
  readonly #watch: ReturnType<typeof setInterval>;

  constructor(options: LiveStreamOptions) {
    this.#options = options;
    const windows = options.query?.["windows"]?.split(",");
    this.#windows = WINDOW_NAMES.filter((name) => windows?.includes(name) ?? true);
    this.#watch = setInterval(() => this.#giveUpIfStalled(), WATCH_MS);
    this.#open();
  }

  /** How much later than this a frame has to be to be no longer what the server says now. */
  get patienceMs(): number {
    return Math.max(QUIET_MS, this.#tickMs * 3);
  }

  /** Milliseconds since the last snapshot or tick. */
  get quietMs(): number {
    return this.clock.now() - this.#heardAt;
  }

  /** Whether what was last shown is what the server says now. */
  get isLive(): boolean {
    return this.#hasContent && this.quietMs <= this.patienceMs;
  }

  /** Opens it at once if it waits to be opened: the network is back, or the user is. */
  hurry(): void {
    if (this.#socket === undefined && !this.#isClosed) this.#open();
  }

  /** Ends it for good. */
  close(): void {
    this.#isClosed = true;
    clearInterval(this.#watch);
    clearTimeout(this.#retry);
    const socket = this.#socket;
    if (socket?.readyState === WebSocket.CONNECTING) {
      this.#socket = undefined;
      closeOnceOpen(socket);
    }
    this.#drop();
  }

  #open(): void {
    clearTimeout(this.#retry);
    this.#retry = undefined;
    this.#drop();
    const socket = new WebSocket(this.#address(), [SUBPROTOCOL, `bearer.${this.#options.token}`]);
    this.#socket = socket;
    this.#heardAt = this.clock.now();
    this.#jumps = this.clock.jumps;
    let wasOpen = false;
    socket.addEventListener("open", () => (wasOpen = true));
    socket.addEventListener("message", ({ data }) => {
      if (socket === this.#socket && !this.#hasSlept()) this.#hear(data);
    });
    socket.addEventListener("close", () => {
      if (socket === this.#socket) void this.#lose(wasOpen);
    });
  }

  #address(): URL {
    const address = new URL("/v1/stream", location.href);
    address.protocol = address.protocol.replace("http", "ws");
    for (const [name, value] of Object.entries(this.#options.query ?? {})) {
      address.searchParams.set(name, value);
    }
    const cursor = this.#resumes ? this.#options.cursor() : undefined;
    if (cursor !== undefined) address.searchParams.set("resume", `${cursor.epoch}:${cursor.seq}`);
    return address;
  }

  #hear(data: unknown): void {
    if (data === "pong" || typeof data !== "string") return;
    const parsed = parseFrame(data, this.#windows);
    // What a newer server sends is left out: then the next frame is one too far.
    if (parsed.kind === "unknown") return;
    if (parsed.kind === "garbage") {
      console.info("A frame cannot be read; the stream begins again with a snapshot");
      this.#resumes = false;
      this.#reopenLater();
      return;
    }
    const { frame } = parsed;
    if (frame.type === "hello") this.#tickMs = frame.tickMs;
    else if (frame.type === "error") console.info(`The stream ends: ${frame.reason}`);
    else this.#take(frame);
  }

  #take(frame: ContentFrame | AlertFrame): void {
    this.#heardAt = this.clock.now();
    this.#pingIfDue();
    // Who takes it in may ask whether it is live.
    this.#hasContent = true;
    this.#resumes = this.#options.onContent(frame);
    if (this.#resumes) this.#attempt = 0;
    else this.#reopenLater();
  }

  /**
   * A ping says that what was sent has been read, so a frame occasions it: no timer of a hidden tab
   * is as punctual as the frames are.
   */
  #pingIfDue(): void {
    if (this.#heardAt - this.#pingedAt < PING_MS) return;
    this.#pingedAt = this.#heardAt;
    this.#socket?.send("ping");
  }

  async #lose(wasOpen: boolean): Promise<void> {
    this.#drop();
    // A browser does not tell why a WebSocket was not opened; a request does.
    const refusal = wasOpen ? undefined : await refusalOf(this.#options.token);
    // Meanwhile it may have been opened again: what becomes of that is newer than the answer.
    if (this.#isClosed || this.#socket !== undefined) return;
    if (refusal === undefined) {
      this.#reopenLater();
      return;
    }
    this.close();
    this.#options.onRefused(refusal);
  }

  /**
   * Opens it anew if the device has slept since it was opened: what lies in the old connection was
   * said long ago, and nobody may be left at its other end.
   */
  #hasSlept(): boolean {
    if (this.#socket === undefined || this.clock.jumps === this.#jumps) return false;
    this.#open();
    return true;
  }

  #giveUpIfStalled(): void {
    if (this.#hasSlept()) return;
    const patienceMs = Math.max(STALLED_MS, this.#tickMs * 4);
    if (this.#socket !== undefined && this.quietMs > patienceMs) this.#reopenLater();
  }

  #reopenLater(): void {
    this.#drop();
    if (this.#isClosed) return;
    const longestMs = Math.min(RETRY_MIN_MS * 2 ** this.#attempt, RETRY_MAX_MS);
    this.#attempt += 1;
    clearTimeout(this.#retry);
    // Spread, so that all pages of a restarted server do not come back at the same moment.
    this.#retry = setTimeout(() => this.#open(), longestMs * (0.5 + Math.random() / 2));
  }

  #drop(): void {
    this.#hasContent = false;
    this.#socket?.close();
    this.#socket = undefined;
  }
}

/** A browser warns of a connection that is closed before it is there: it is given a moment. */
function closeOnceOpen(socket: WebSocket): void {
  const timer = setTimeout(() => socket.close(), CLOSE_PATIENCE_MS);
  socket.addEventListener("open", () => {
    clearTimeout(timer);
    socket.close();
  });
}
