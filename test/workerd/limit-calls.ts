import { askShard } from "../../src/wire/permit-message.ts";
import type { LimitView, PermitAnswer, PermitRequest } from "../../src/wire/permits.ts";
import type { TimingShard } from "../../src/worker.ts";

let made = 0;

/** A lease id that nobody has used. */
export function newLeaseId(holder = "edge"): string {
  made += 1;
  return `${holder}.${made}`;
}

/** A request for permits of meta: for nothing, if nothing else is said. */
export function permitRequest(more: Partial<PermitRequest> = {}): PermitRequest {
  const { holder = "edge" } = more;
  return {
    target: "meta",
    holder,
    leaseId: newLeaseId(holder),
    need: 0,
    want: 0,
    settlements: [],
    signals: [],
    ...more,
  };
}

/** Asks a shard as the entry Worker does. */
export function ask(
  shard: DurableObjectStub<TimingShard>,
  more: Partial<PermitRequest> = {},
): Promise<PermitAnswer> {
  return askShard(shard, permitRequest(more));
}

/** The bucket of a shard that keeps one. */
export async function viewOf(shard: DurableObjectStub<TimingShard>): Promise<LimitView> {
  using view = await shard.limit();
  if (view === null) throw new Error("the target has no limit");
  return { ...view };
}
