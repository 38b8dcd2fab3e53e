import type { PermitAnswer, PermitRequest } from "../../src/wire/permits.ts";
import type { TimingShard } from "./limits-tachograph.ts";

interface DriverEnv {
  readonly TIMING_SHARD: DurableObjectNamespace<TimingShard>;
}

/** What a run of the driver came to. */
export interface LimitsDriverResult {
  readonly calls: number;
  readonly elapsedMs: number;
  /** How often the bucket was saved meanwhile. */
  readonly saves: number;
}

let runs = 0;

/**
 * Calls the bucket's shard from so many loops at once for so long:
 * `GET /noop|parseOnly|permit|take?shard=…&callers=…&ms=…`.
 */
export default {
  async fetch(request, env): Promise<Response> {
    const { pathname, searchParams } = new URL(request.url);
    const stub = env.TIMING_SHARD.getByName(searchParams.get("shard") ?? "");
    const target = searchParams.get("target") ?? "";
    const run = runs++;
    const savesBefore = await stub.limitSaves();
    const startedAt = Date.now();
    const until = startedAt + Number(searchParams.get("ms"));
    let calls = 0;
    const loop = async (caller: number): Promise<void> => {
      const call = callOf(pathname.slice(1), stub, target, `driver-${run}-${caller}`);
      while (Date.now() < until) {
        await call();
        calls += 1;
      }
    };
    const callers = Number(searchParams.get("callers"));
    await Promise.all(Array.from({ length: callers }, (_, caller) => loop(caller)));
    const elapsedMs = Date.now() - startedAt;
    const saves = (await stub.limitSaves()) - savesBefore;
    return Response.json({ calls, elapsedMs, saves } satisfies LimitsDriverResult);
  },
} satisfies ExportedHandler<DriverEnv>;

function callOf(
  what: string,
  stub: DurableObjectStub<TimingShard>,
  target: string,
  holder: string,
): () => Promise<void> {
  if (what === "noop") return async () => stub.noop();
  if (what === "take") {
    return async () => {
      const answer = await stub.takePermits({ permits: 1 });
      if (answer?.outcome.kind !== "granted") throw new Error("nothing was granted");
    };
  }
  let number = 0;
  return async () => {
    const request = nextRequest(target, holder, number++);
    const text = JSON.stringify(request);
    const reply = what === "permit" ? await stub.permit(text) : await stub.parseOnly(text);
    const answer = JSON.parse(reply) as PermitAnswer;
    if (answer.kind !== "granted") throw new Error(`nothing was granted: ${reply}`);
  };
}

/** One permit that somebody waits for, and what became of the one before it. */
function nextRequest(target: string, holder: string, number: number): PermitRequest {
  const before = { leaseId: `${holder}.${number - 1}`, spent: 1, returned: 0 };
  return {
    target,
    holder,
    leaseId: `${holder}.${number}`,
    need: 1,
    want: 0,
    settlements: number === 0 ? [] : [before],
    signals: [],
  };
}
