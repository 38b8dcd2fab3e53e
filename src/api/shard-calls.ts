/** How shards are called, by their names; messages are those of `shard-message.ts` and `permit-message.ts`. */
export interface ShardCalls {
  /** @param message what `encodeShardReport` made of a report; the answer is for `decodeShardAnswer`. */
  report(name: string, message: Uint8Array): Promise<string>;
  /** @param request what `JSON.stringify` made of a `PermitRequest`; so is the answer. */
  permit(name: string, request: string): Promise<string>;
}

/** Every call is a request of its own, over a new stub: one that has thrown stays broken. */
export function directCalls(env: Env): ShardCalls {
  const stub = (name: string): ReturnType<typeof env.TIMING_SHARD.getByName> =>
    env.TIMING_SHARD.getByName(name);
  return {
    report: async (name, message) => stub(name).report(message),
    permit: async (name, request) => stub(name).permit(request),
  };
}
