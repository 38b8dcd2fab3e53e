import { createContext } from "preact";
import { useContext } from "preact/hooks";
import type { WhoamiAnswer } from "../../src/api/whoami-answer.ts";
import { Api } from "./api.ts";
import { Store, useStore } from "./store.ts";
import { cursorOf, type LiveState, NOTHING_HEARD, takeFrame } from "../../src/stream/live-state.ts";
import { FrameDelay } from "./stream/frame-delay.ts";
import { LiveStream } from "./stream/live-stream.ts";
import type { AlertFrame, ContentFrame } from "../../src/stream/stream-frame.ts";

const FRESHNESS_MS = 200;

/** How often a page that nobody sees is painted at most: its title is seen. */
const HIDDEN_PAINT_MS = 1_000;

/** How fresh the page is. */
interface Freshness {
  readonly isLive: boolean;
  /** How old the numbers are. */
  readonly ageMs: number;
  /** How much of that the last frame took longer on its way than the fastest one. */
  readonly lateMs: number;
  /** When a frame last came, epoch milliseconds of the server's clock; undefined before the first. */
  readonly lastAt: number | undefined;
  /** How far this browser's clock is ahead of the server's. */
  readonly clockAheadMs: number;
}

const NOT_FRESH: Freshness = {
  isLive: false,
  ageMs: 0,
  lateMs: 0,
  lastAt: undefined,
  clockAheadMs: 0,
};

interface SessionOptions {
  readonly token: string;
  /** The first frame has come: the token is good. */
  readonly onAccepted: () => void;
  /** The server refuses the token, and why. */
  readonly onRefused: (detail: string) => void;
  /** The user is to sign in with another token, and why. */
  readonly onLeave: (reason: string) => void;
}

/** When the last content came. */
interface Heard {
  readonly epoch: string;
  /** The server's time. */
  readonly at: number;
  /** By the stream's clock. */
  readonly steadyMs: number;
  /** By the device's. */
  readonly wall: number;
  readonly lateMs: number;
}

/** Who is signed in, and what the server told since. */
export class Session {
  readonly api: Api;
  readonly token: string;
  /** Signs out and says why, as where another token is needed. */
  readonly leave: (reason: string) => void;
  /** Changes at most once per frame that the browser paints. */
  readonly live = new Store<LiveState>(NOTHING_HEARD);
  readonly freshness = new Store<Freshness>(NOT_FRESH);
  readonly #stream: LiveStream;
  #whoAmI: Promise<WhoamiAnswer> | undefined;
  readonly #timer: ReturnType<typeof setInterval>;
  readonly #listeners = new Set<(frame: ContentFrame) => void>();
  #state = NOTHING_HEARD;
  #isPaintDue = false;
  #paintedAt = -Infinity;
  readonly #delay = new FrameDelay();
  /** How often the device had slept when {@link #delay} began. */
  #jumps = 0;
  #heard: Heard | undefined;

  constructor({ token, onAccepted, onRefused, onLeave }: SessionOptions) {
    this.token = token;
    this.leave = onLeave;
    this.api = new Api(token);
    this.#stream = new LiveStream({
      token,
      cursor: () => cursorOf(this.#state),
      onContent: (frame) => this.#take(frame, onAccepted),
      onRefused,
    });
    this.#timer = setInterval(() => this.#updateFreshness(), FRESHNESS_MS);
  }

  /**
   * The server's time now, epoch milliseconds: what is asked of history is told by its clock, not
   * by this browser's.
   */
  nowMs(): number {
    if (this.#heard === undefined) return Date.now();
    return Math.floor(this.#heard.at + this.#stream.clock.now() - this.#heard.steadyMs);
  }

  /** Calls `listener` with every snapshot and tick, painted or not. @returns what ends that. */
  onContent(listener: (frame: ContentFrame) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * What the token is good for. It is asked for once, until that fails.
   *
   * @throws ApiError as {@link Api.ask} does.
   */
  whoAmI(): Promise<WhoamiAnswer> {
    this.#whoAmI ??= this.api.ask<WhoamiAnswer>("/v1/whoami").catch((error: unknown) => {
      this.#whoAmI = undefined;
      throw error;
    });
    return this.#whoAmI;
  }

  /** The network is back, or the user is. */
  hurry(): void {
    this.#stream.hurry();
  }

  /** Ends it for good. */
  close(): void {
    clearInterval(this.#timer);
    this.#stream.close();
  }

  #take(frame: ContentFrame | AlertFrame, onAccepted: () => void): boolean {
    const next = takeFrame(this.#state, frame);
    if (next === undefined) return false;
    const isFirst = this.#state.latest === undefined;
    this.#state = next;
    if (frame.type !== "alert") {
      this.#heard = this.#hear(frame);
      for (const listener of this.#listeners) tell(listener, frame);
    }
    if (isFirst) onAccepted();
    this.#paintSoon(isFirst);
    return true;
  }

  #hear({ epoch, at }: ContentFrame): Heard {
    const { clock } = this.#stream;
    if (this.#heard?.epoch !== epoch || clock.jumps !== this.#jumps) this.#delay.forget();
    this.#jumps = clock.jumps;
    const steadyMs = clock.now();
    return { epoch, at, steadyMs, wall: Date.now(), lateMs: this.#delay.take(at, steadyMs) };
  }

  #paintSoon(isFirst: boolean): void {
    // A browser calls no animation frame of a page that nobody sees, and its timers seldom.
    const isUnseen = document.hidden && performance.now() - this.#paintedAt >= HIDDEN_PAINT_MS;
    if (isFirst || isUnseen) this.#paint();
    if (this.#isPaintDue) return;
    this.#isPaintDue = true;
    requestAnimationFrame(() => {
      this.#isPaintDue = false;
      this.#paint();
    });
  }

  #paint(): void {
    this.#paintedAt = performance.now();
    this.live.set(this.#state);
    this.#updateFreshness();
  }

  #updateFreshness(): void {
    const { latest } = this.#state;
    const { isLive, quietMs, patienceMs } = this.#stream;
    const { at, wall = 0, lateMs = 0 } = this.#heard ?? {};
    this.freshness.set({
      isLive: isLive && lateMs <= patienceMs,
      ageMs: (latest?.staleMs ?? 0) + quietMs + lateMs,
      lateMs,
      lastAt: at,
      clockAheadMs: at === undefined ? 0 : wall - at - lateMs,
    });
  }
}

/** What one part of the page makes of a frame must not keep the others from being painted. */
function tell(listener: (frame: ContentFrame) => void, frame: ContentFrame): void {
  try {
    listener(frame);
  } catch (error) {
    console.error("a part of the page failed of a frame", error);
  }
}

/** The session of whoever is signed in. */
export const SessionContext = createContext<Session | undefined>(undefined);

/** @throws Error outside of what is shown to who is signed in. */
export function useSession(): Session {
  const session = useContext(SessionContext);
  if (session === undefined) throw new Error("nobody is signed in");
  return session;
}

/** A part of the live state; see {@link useStore}. */
export function useLive<Part>(select: (state: LiveState) => Part): Part {
  return useStore(useSession().live, select);
}
