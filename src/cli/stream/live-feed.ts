import { cursorOf, type LiveState, NOTHING_HEARD, takeFrame } from "../../stream/live-state.ts";
import type { AlertFrame, ContentFrame } from "../../stream/stream-frame.ts";
import type { ApiClient } from "../api/api-client.ts";
import { reasonOf } from "../api/api-failure.ts";
import { MAX_ASKED_MS } from "../api/asked-wait.ts";
import { ALERT_FRAME, CONTENT_FRAME } from "../api/live-shapes.ts";
import { CliError } from "../cli-error.ts";
import { EXIT } from "../exit-code.ts";
import { formatDuration } from "../output/format.ts";
import { within } from "../within.ts";
import { readEvents, type ServerEvent } from "./read-events.ts";

/** What happens on the stream. */
export type FeedEvent =
  /** A frame, what was known before it, and what is known with it. */
  | {
      readonly kind: "frame";
      readonly frame: ContentFrame | AlertFrame;
      readonly before: LiveState;
      readonly state: LiveState;
    }
  /** Nothing came for some ticks: what is known is not of now. */
  | { readonly kind: "quiet" }
  /** The connection is gone; it is opened again after a while. */
  | { readonly kind: "lost"; readonly why: string; readonly retryMs: number };

interface LiveFeedOptions {
  readonly api: ApiClient;
  /** Only these; all if undefined. Changes of alerts of others are left out, too. */
  readonly targets?: readonly string[] | undefined;
  /** Ends it. */
  readonly signal: AbortSignal;
  /** Lets time pass until it is opened again. */
  readonly pause: (durationMs: number, signal: AbortSignal) => Promise<void>;
  /** 0 to 1, so that not everybody comes back at the same moment. Default: `Math.random`. */
  readonly random?: () => number;
  /** Times of silence. Default: as the page has them. */
  readonly patience?: Patience;
}

interface Patience {
  /** Without an event for so long it is said to be quiet, in milliseconds. */
  readonly quietMs: number;
  /** Without an event for so long it is given up and opened again, in milliseconds. */
  readonly stalledMs: number;
}

const PATIENCE: Patience = { quietMs: 2_500, stalledMs: 10_000 };

const RETRY_MIN_MS = 250;
const RETRY_MAX_MS = 5_000;

/** Why a connection ended. */
interface Ending {
  readonly why: string;
  /** How long the server asked to stay away, milliseconds; 0 if it did not. */
  readonly askedMs: number;
}

/**
 * `GET /v1/stream` as Server-Sent Events, opened again whenever it ends, where it left off if the
 * server still knows. Not a WebSocket: of one that is refused the runtime does not say why, and a
 * token would have to travel in a subprotocol.
 *
 * Its events never end by themselves. They throw what ends them: a `CliError` if it cannot be opened
 * the first time, or is refused for good later; the reason of `signal`.
 */
export class LiveFeed {
  readonly #options: LiveFeedOptions;
  #state: LiveState = NOTHING_HEARD;
  /** False where frames are missing: only a snapshot helps then. */
  #resumes = true;
  #attempt = 0;

  constructor(options: LiveFeedOptions) {
    this.#options = options;
  }

  async *events(): AsyncGenerator<FeedEvent, never> {
    const { signal, pause, random = Math.random } = this.#options;
    for (;;) {
      const { why, askedMs } = yield* this.#connection();
      signal.throwIfAborted();
      const longestMs = Math.min(RETRY_MIN_MS * 2 ** this.#attempt, RETRY_MAX_MS);
      const retryMs = Math.max(longestMs * (0.5 + random() / 2), askedMs);
      this.#attempt += 1;
      yield { kind: "lost", why, retryMs };
      await pause(retryMs, signal);
    }
  }

  /** One connection from its opening to its end. */
  async *#connection(): AsyncGenerator<FeedEvent, Ending> {
    const { api, targets, signal } = this.#options;
    const cursor = this.#resumes ? cursorOf(this.#state) : undefined;
    const connection = new AbortController();
    try {
      const response = await api.open("/v1/stream", {
        query: { targets: targets?.join(",") },
        headers: {
          Accept: "text/event-stream",
          ...(cursor !== undefined && { "Last-Event-ID": `${cursor.epoch}:${cursor.seq}` }),
        },
        signal: AbortSignal.any([connection.signal, signal]),
      });
      return { why: yield* this.#listen(response), askedMs: 0 };
    } catch (cause) {
      if (!(cause instanceof CliError)) throw cause;
      // Who comes for the first time is told at once; who was there before waits until it is back.
      if (!cause.isPassing || this.#state.latest === undefined) throw cause;
      return { why: cause.message, askedMs: Math.min(cause.retryAfterMs ?? 0, MAX_ASKED_MS) };
    } finally {
      connection.abort();
    }
  }

  /** What comes of an answer until it ends; returns why it did. */
  async *#listen({ body, headers }: Response): AsyncGenerator<FeedEvent, string> {
    if (body === null || headers.get("content-type")?.includes("text/event-stream") !== true) {
      throw mismatch("it does not answer with a stream");
    }
    const { quietMs, stalledMs } = this.#options.patience ?? PATIENCE;
    const events = readEvents(body);
    let reason = "the server ended it";
    for (;;) {
      const next = settled(events.next());
      let arrived = await within(next, quietMs);
      if (arrived === undefined) {
        yield { kind: "quiet" };
        arrived = await within(next, stalledMs - quietMs);
      }
      if (arrived === undefined) return `nothing came for ${formatDuration(stalledMs)}`;
      if (arrived.status === "rejected") {
        this.#options.signal.throwIfAborted();
        if (arrived.reason instanceof RangeError) throw mismatch(arrived.reason.message);
        return `the connection broke: ${reasonOf(arrived.reason)}`;
      }
      const { done, value } = arrived.value;
      if (done === true) return reason;
      if (value.event === "error") reason = saidReason(value);
      const event = this.#take(value);
      if (event === "gap") return "frames are missing: beginning again";
      if (event !== undefined) yield event;
    }
  }

  /**
   * Nothing for an event that says nothing of what was asked for, or of a kind that a newer server
   * sends.
   */
  #take({ event, data }: ServerEvent): FeedEvent | "gap" | undefined {
    if (event !== "snapshot" && event !== "tick" && event !== "alert") return undefined;
    const frame = readFrame(event, data);
    const before = this.#state;
    const { targets } = this.#options;
    const state = takeFrame(before, frame, targets);
    this.#resumes = state !== undefined;
    if (state === undefined) return "gap";
    this.#state = state;
    this.#attempt = 0;
    const isWanted = frame.type !== "alert" || (targets?.includes(frame.target) ?? true);
    return isWanted ? { kind: "frame", frame, before, state } : undefined;
  }
}

function readFrame(event: "snapshot" | "tick" | "alert", data: string): ContentFrame | AlertFrame {
  const frame = parse(data);
  const shape = event === "alert" ? ALERT_FRAME : CONTENT_FRAME;
  if (shape.fits(frame)) return frame;
  throw mismatch(`a frame of type ${event} has ${shape.faultOf(frame)}`);
}

function parse(data: string): unknown {
  try {
    return JSON.parse(data);
  } catch (cause) {
    if (cause instanceof SyntaxError) throw mismatch("a frame is not JSON");
    throw cause;
  }
}

/** The reason of an error frame. */
function saidReason({ data }: ServerEvent): string {
  const frame = parse(data);
  const isSaid = typeof frame === "object" && frame !== null && "reason" in frame;
  return isSaid ? `the server ended it: ${String(frame.reason)}` : "the server ended it";
}

function mismatch(what: string): CliError {
  return new CliError(`The stream is not one of a Tachograph, or of another version: ${what}.`, {
    exitCode: EXIT.unreachable,
    hint: "Check --url and TACHOGRAPH_URL.",
  });
}

/** How a promise ends; it never rejects, so that nobody has to wait for it. */
async function settled<Value>(promise: Promise<Value>): Promise<PromiseSettledResult<Value>> {
  const [result] = await Promise.allSettled([promise]);
  return result;
}
