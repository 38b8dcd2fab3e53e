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

/**
 * Calls shards over sessions that stay open, one for each shard: whatever number of calls one takes,
 * the platform counts it as one request. A session is bound to the life of the object at its other
 * end. One that breaks is replaced; what was sent over it is sent once more if it carries a number,
 * under which it cannot count twice.
 */
export class SessionCalls implements ShardCalls, Disposable {
  readonly #open: (name: string) => OpenShard;
  readonly #sessions = new Map<string, Session>();

  /** @param open begins a session with the shard of that name. */
  constructor(open: (name: string) => OpenShard) {
    this.#open = open;
  }

  async report(name: string, message: Uint8Array): Promise<string> {
    const known = this.#sessions.get(name);
    if (known !== undefined && known.reporting === 0) {
      try {
        return await this.#reportOver(known, message);
      } catch (cause) {
        this.#forget(name, known);
        if (isOverloaded(cause)) throw cause;
      }
    } else if (known !== undefined) this.#forget(name, known);
    const fresh = this.#session(name);
    try {
      return await this.#reportOver(fresh, message);
    } catch (cause) {
      this.#forget(name, fresh);
      throw cause;
    }
  }

  async permit(name: string, request: string): Promise<string> {
    const session = this.#session(name);
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

  async #reportOver(session: Session, message: Uint8Array): Promise<string> {
    session.reporting += 1;
    try {
      return await session.shard.report(message);
    } finally {
      session.reporting -= 1;
    }
  }

  #session(name: string): Session {
    const known = this.#sessions.get(name);
    if (known !== undefined) return known;
    const session = { shard: this.#open(name), reporting: 0 };
    this.#sessions.set(name, session);
    return session;
  }

  #forget(name: string, session: Session): void {
    if (this.#sessions.get(name) === session) this.#sessions.delete(name);
    session.shard[Symbol.dispose]();
  }
}

/** The platform says so of an object that has more to do than it can: asking again adds to it. */
function isOverloaded(cause: unknown): boolean {
  return cause instanceof Error && "overloaded" in cause && cause.overloaded === true;
}
