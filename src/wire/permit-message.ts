import type { PermitAnswer, PermitRequest } from "./permits.ts";

/** A shard, as far as permits go: both ways as text, since an object out of an RPC carries a disposer. */
export interface PermitPort {
  /** @param request - what `JSON.stringify` makes of a {@link PermitRequest}; so is the answer. */
  permit(request: string): Promise<string>;
}

/** Asks a shard, on the other side of the same deployment. */
export async function askShard(shard: PermitPort, request: PermitRequest): Promise<PermitAnswer> {
  const answer: PermitAnswer = JSON.parse(await shard.permit(JSON.stringify(request)));
  return answer;
}
