/** @import { AlertFrame, ContentFrame, StreamCursor, StreamFrame } from "../../stream-frame.ts" */

const SUBPROTOCOL = "tachograph.v1";

/** Without a frame for so long, or for three ticks, the stream is not live. */
const QUIET_MS = 2_500;

/** Without a frame for so long it is given up and opened again. */
const STALLED_MS = 10_000;

/** How often the server is told that somebody reads. */
const PING_MS = 15_000;

const RETRY_MIN_MS = 250;
const RETRY_MAX_MS = 5_000;
const WATCH_MS = 250;

/**
 * @typedef {object} LiveStreamOptions
 * @property {string} token
 * @property {() => StreamCursor | undefined} cursor - where to resume.
 * @property {(frame: ContentFrame | AlertFrame) => boolean} onContent - false: start again with a snapshot.
 * @property {(detail: string) => void} onRefused - the token is not good for this; it has ended.
 */

/**
 * `GET /v1/stream` as a WebSocket that is opened again whenever it ends, until it is closed here
 * or the token is refused.
 */
export class LiveStream {
  #options;
  /** @type {WebSocket | undefined} */
  #socket;
  #attempt = 0;
  #tickMs = 0;
  #isClosed = false;
  #resumes = true;
  /**
   * When the last snapshot or tick came, by `performance.now()`; before the first, when it was
   * opened. A pong does not count: the server's runtime answers pings even where nothing ticks.
   */
  #heardAt = performance.now();
  #pingedAt = -Infinity;
  #hasContent = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #retry;
  #watch;

  /** @param {LiveStreamOptions} options */
  constructor(options) {
    this.#options = options;
    this.#watch = setInterval(() => this.#giveUpIfStalled(), WATCH_MS);
    this.#open();
  }

  /** Milliseconds since the last snapshot or tick. */
  get quietMs() {
    return performance.now() - this.#heardAt;
  }

  /** Whether what was last shown is what the server says now. */
  get isLive() {
    return this.#hasContent && this.quietMs <= Math.max(QUIET_MS, this.#tickMs * 3);
  }

  /** Opens it at once if it waits to be opened: the network is back, or the user is. */
  hurry() {
    if (this.#retry !== undefined) this.#open();
  }

  /** Ends it for good. */
  close() {
    this.#isClosed = true;
    clearInterval(this.#watch);
    clearTimeout(this.#retry);
    this.#drop();
  }

  #open() {
    clearTimeout(this.#retry);
    this.#retry = undefined;
    this.#drop();
    const socket = new WebSocket(this.#address(), [SUBPROTOCOL, `bearer.${this.#options.token}`]);
    this.#socket = socket;
    this.#heardAt = performance.now();
    let wasOpen = false;
    socket.addEventListener("open", () => (wasOpen = true));
    socket.addEventListener("message", ({ data }) => {
      if (socket === this.#socket) this.#hear(data);
    });
    socket.addEventListener("close", () => {
      if (socket === this.#socket) void this.#lose(wasOpen);
    });
  }

  #address() {
    const address = new URL("/v1/stream", location.href);
    address.protocol = address.protocol.replace("http", "ws");
    const cursor = this.#resumes ? this.#options.cursor() : undefined;
    if (cursor !== undefined) address.searchParams.set("resume", `${cursor.epoch}:${cursor.seq}`);
    return address;
  }

  /** @param {unknown} data */
  #hear(data) {
    if (data === "pong" || typeof data !== "string") return;
    /** @type {StreamFrame} */
    const frame = JSON.parse(data);
    if (frame.type === "hello") this.#tickMs = frame.tickMs;
    else if (frame.type === "error") console.warn(`The stream ends: ${frame.reason}`);
    // A type that a newer server sends is left out: then the next frame is one too far.
    else if (frame.type === "snapshot" || frame.type === "tick" || frame.type === "alert") {
      this.#take(frame);
    }
  }

  /** @param {ContentFrame | AlertFrame} frame */
  #take(frame) {
    this.#heardAt = performance.now();
    this.#pingIfDue();
    this.#resumes = this.#options.onContent(frame);
    if (this.#resumes) {
      this.#hasContent = true;
      this.#attempt = 0;
    } else {
      this.#reopenLater();
    }
  }

  /**
   * A ping says that what was sent has been read, so a frame occasions it: no timer of a hidden tab
   * is as punctual as the frames are.
   */
  #pingIfDue() {
    if (this.#heardAt - this.#pingedAt < PING_MS) return;
    this.#pingedAt = this.#heardAt;
    this.#socket?.send("ping");
  }

  /** @param {boolean} wasOpen */
  async #lose(wasOpen) {
    this.#hasContent = false;
    if (!wasOpen) {
      // A browser does not tell why a WebSocket was not opened; a request does.
      const refusal = await refusalOf(this.#options.token);
      if (this.#isClosed) return;
      if (refusal !== undefined) {
        this.close();
        this.#options.onRefused(refusal);
        return;
      }
    }
    this.#reopenLater();
  }

  #giveUpIfStalled() {
    const patienceMs = Math.max(STALLED_MS, this.#tickMs * 4);
    if (this.#socket !== undefined && this.quietMs > patienceMs) this.#reopenLater();
  }

  #reopenLater() {
    this.#drop();
    if (this.#isClosed) return;
    const longestMs = Math.min(RETRY_MIN_MS * 2 ** this.#attempt, RETRY_MAX_MS);
    this.#attempt += 1;
    clearTimeout(this.#retry);
    // Spread, so that all pages of a restarted server do not come back at the same moment.
    this.#retry = setTimeout(() => this.#open(), longestMs * (0.5 + Math.random() / 2));
  }

  #drop() {
    this.#hasContent = false;
    this.#socket?.close();
    this.#socket = undefined;
  }
}

/**
 * Why the server refuses a token; undefined if it does not, or does not answer.
 *
 * @param {string} token
 * @returns {Promise<string | undefined>}
 */
async function refusalOf(token) {
  try {
    const response = await fetch("/v1/live?window=1m", {
      headers: { Authorization: `Bearer ${token}` },
      signal: AbortSignal.timeout(STALLED_MS),
    });
    if (response.status !== 401 && response.status !== 403) return undefined;
    /** @type {{ detail?: string }} */
    const problem = await response.json();
    return problem.detail ?? `The server answered ${response.status}.`;
  } catch (error) {
    console.info("The server does not answer; trying again", error);
    return undefined;
  }
}
