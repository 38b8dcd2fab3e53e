import { decodeShardAnswer } from "../wire/shard-message.ts";
import type { ShardCalls } from "./shard-calls.ts";

/** A shard's session, on this side: a stub of what its `open` returns, or the promise of one. */
export interface OpenShard extends Disposable {
  report(message: Uint8Array): Promise<string>;
  permit(request: string): Promise<string>;
}

interface Session {
  readonly shard: OpenShard;
  /** Reports without an answer. A sender has one under way: a second one follows one that hangs. */
  reporting: number;
}

/** Calls that are requests of their own count against what one invocation may make: 50, or 10,000. */
const MAX_DIRECT_CALLS = 40;
/** Calls of any kind: a bound on the CPU time of the invocation that a session is. */
const MAX_CALLS = 5_000;

/** Calls of shards, some of which are held open. */
export interface SessionCallsOptions {
  /** Begins a session with the shard of that name. */
  readonly open: (name: string) => OpenShard;
  /** How the others are called. */
  readonly direct: ShardCalls;
}

/**
 * Calls shards that have much to do over sessions that stay open, one for each: whatever number of
 * calls one takes, the platform counts it as one request, and bills for the time. Whether that is
 * worth it each shard says itself, with its answers; until it does, every call is a request.
 *
 * A session is bound to the life of the object at its other end. What is sent over one that broke is
 * sent once more, as its number keeps it from counting twice.
 */
export class SessionCalls implements ShardCalls, Disposable {
  readonly #options: SessionCallsOptions;
  readonly #sessions = new Map<string, Session>();
  /** Shards that are to be held open, and are not yet. */
  readonly #wanted = new Set<string>();
  #calls = 0;
  #directCalls = 0;

  constructor(options: SessionCallsOptions) {
    this.#options = options;
  }

  /** Whether it has made as many calls as it may: then another takes over. */
  get isSpent(): boolean {
    return this.#directCalls >= MAX_DIRECT_CALLS || this.#calls >= MAX_CALLS;
  }

  async report(name: string, message: Uint8Array): Promise<string> {
    this.#calls += 1;
    const session = this.#sessionWith(name);
    if (session === undefined) return this.#heed(name, await this.#alone().report(name, message));
    try {
      return this.#heed(name, await reportOver(session, message));
    } catch (cause) {
      this.#forget(name, session);
      if (isOverloaded(cause)) throw cause;
      return this.#heed(name, await this.#alone().report(name, message));
    }
  }

  async permit(name: string, request: string): Promise<string> {
    this.#calls += 1;
    const session = this.#sessions.get(name);
    if (session === undefined) return this.#alone().permit(name, request);
    try {
      return await session.shard.permit(request);
    } catch (cause) {
      // Not once more: permits that were granted and not heard of stay leased until they expire.
      this.#forget(name, session);
      throw cause;
    }
  }

  /** Ends all sessions. */
  [Symbol.dispose](): void {
    for (const [name, session] of this.#sessions) this.#forget(name, session);
  }

  #alone(): ShardCalls {
    this.#directCalls += 1;
    return this.#options.direct;
  }

  #sessionWith(name: string): Session | undefined {
    const known = this.#sessions.get(name);
    if (known?.reporting === 0) return known;
    if (known !== undefined) this.#forget(name, known);
    if (!this.#wanted.delete(name)) return undefined;
    this.#directCalls += 1;
    const session = { shard: this.#options.open(name), reporting: 0 };
    this.#sessions.set(name, session);
    return session;
  }

  /** Holds the shard open from its next report on, or lets go of it, as it says. */
  #heed(name: string, text: string): string {
    const answer = decodeShardAnswer(text);
    const isWanted = answer.ok && answer.holdOpen === true;
    const session = this.#sessions.get(name);
    if (isWanted && session === undefined) this.#wanted.add(name);
    if (!isWanted) this.#wanted.delete(name);
    if (!isWanted && session !== undefined) this.#forget(name, session);
    return text;
  }

  #forget(name: string, session: Session): void {
    if (this.#sessions.get(name) === session) this.#sessions.delete(name);
    session.shard[Symbol.dispose]();
  }
}

async function reportOver(session: Session, message: Uint8Array): Promise<string> {
  session.reporting += 1;
  try {
    return await session.shard.report(message);
  } finally {
    session.reporting -= 1;
  }
}

/** The platform says so of an object that has more to do than it can: asking again adds to it. */
function isOverloaded(cause: unknown): boolean {
  return cause instanceof Error && "overloaded" in cause && cause.overloaded === true;
}
