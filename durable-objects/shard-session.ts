import { RpcTarget } from "cloudflare:workers";

/** What a session offers of a shard. */
interface SessionShard {
  report(message: Uint8Array): Promise<string>;
  permit(request: string): Promise<string>;
}

/**
 * A shard for whoever calls it again and again: the platform counts all calls of one session as one
 * request. It keeps the object awake, so whoever holds it lets go of it when there is nothing to say.
 */
export class ShardSession extends RpcTarget {
  readonly #shard: SessionShard;

  constructor(shard: SessionShard) {
    super();
    this.#shard = shard;
  }

  /** See `TimingShard.report`. */
  report(message: Uint8Array): Promise<string> {
    return this.#shard.report(message);
  }

  /** See `TimingShard.permit`. */
  permit(request: string): Promise<string> {
    return this.#shard.permit(request);
  }
}
