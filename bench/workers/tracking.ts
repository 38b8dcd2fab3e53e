import { tachograph, type TachographBinding } from "../../src/client/index.ts";
import type { TimingColumns } from "../../src/wire/timing-columns.ts";

interface TrackingEnv {
  readonly PLATFORMS: Fetcher;
  readonly TACHOGRAPH: TachographBinding;
  /** Of a tenant that is named. */
  readonly [named: `TACHOGRAPH_${string}`]: TachographBinding;
}

type Forward = (target: string, request: Request) => Promise<Response>;

const TARGETS = ["meta", "google", "tiktok"] as const;

/** Reporters that are not under way: one report at a time per reporter. */
const idle: { readonly name: string; sequence: number }[] = [];
let named = 0;

/**
 * A tracking Worker that forwards one event to three platforms: `/plain` does that and no more,
 * `/client` times it with the client, `/inline` reports each timing by an RPC of its own and waits
 * for it. `/call` forwards to one platform and tells when that ended, on behalf of `tenant=…` if that
 * is given. `/record` and `/record-empty` measure `record` itself.
 */
export default {
  async fetch(request, env, ctx): Promise<Response> {
    const { pathname, searchParams } = new URL(request.url);
    const delayMs = searchParams.get("delayMs") ?? "0";
    if (pathname.startsWith("/record")) return recordLoop(pathname, env, ctx, searchParams);
    const event = await request.text();
    const tenant = searchParams.get("tenant");
    const binding = tenant === null ? env.TACHOGRAPH : env[`TACHOGRAPH_${tenant}`];
    const isTimed = pathname !== "/plain" && pathname !== "/inline";
    const tacho = isTimed && binding !== undefined ? tachograph(binding, ctx) : undefined;
    const forward: Forward = (target, outgoing) =>
      tacho === undefined
        ? env.PLATFORMS.fetch(outgoing)
        : tacho.fetch(target, "events", outgoing, { fetcher: env.PLATFORMS });
    const targets = pathname === "/call" ? [searchParams.get("target") ?? "meta"] : TARGETS;
    await Promise.all(
      targets.map(async (target) => {
        const startedAt = performance.now();
        const response = await forward(target, outgoingRequest(target, event, delayMs));
        await response.arrayBuffer();
        if (pathname === "/inline") await reportInline(env, target, performance.now() - startedAt);
      }),
    );
    return Response.json({ endedAt: Date.now() });
  },
} satisfies ExportedHandler<TrackingEnv>;

function outgoingRequest(target: string, event: string, delayMs: string): Request {
  const headers = { "content-type": "application/json", "x-delay-ms": delayMs };
  return new Request(`https://${target}.example/events`, { method: "POST", headers, body: event });
}

async function reportInline(env: TrackingEnv, target: string, durationMs: number): Promise<void> {
  const reporter = idle.pop() ?? { name: `inline-${named++}`, sequence: 0 };
  reporter.sequence += 1;
  const columns: TimingColumns = {
    operations: ["events"],
    baseAt: Date.now(),
    durationUs: Int32Array.of(Math.round(durationMs * 1_000)),
    atOffsetMs: Int32Array.of(0),
    operationIndex: Uint8Array.of(0),
    outcome: Uint8Array.of(0),
  };
  const report = { target, sequence: reporter.sequence, columns, givenUp: 0 };
  const answer = await env.TACHOGRAPH.report({ reporter: reporter.name, reports: [report] });
  const result = answer.ok ? answer.results[0] : undefined;
  if (result?.ok !== true) throw new Error(JSON.stringify(answer));
  idle.push(reporter);
}

/** Calls `record`, or nothing, so often; answers with the nanoseconds that a round took. */
async function recordLoop(
  pathname: string,
  env: TrackingEnv,
  ctx: ExecutionContext,
  searchParams: URLSearchParams,
): Promise<Response> {
  const rounds = Number(searchParams.get("rounds") ?? "1000");
  const isEmpty = pathname === "/record-empty";
  const tacho = tachograph(env.TACHOGRAPH, ctx);
  const before = tacho.stats();
  let spentMs = 0;
  for (let done = 0; done < rounds;) {
    // As many as a report takes: what has no room is cheaper than what is kept.
    const burst = Math.min(rounds - done, 9_000);
    const startedAt = performance.now();
    for (let i = 0; i < burst; i++) {
      const durationMs = 40 + (i % 977) * 0.37;
      if (!isEmpty) tacho.record("bench", "events", durationMs, "ok");
      else if (durationMs < 0) throw new Error("unreachable");
    }
    spentMs += performance.now() - startedAt;
    done += burst;
    await tacho.flush();
  }
  const after = tacho.stats();
  const kept = after.acknowledged - before.acknowledged;
  return Response.json({ nsPerCall: (spentMs * 1e6) / rounds, kept, rounds });
}
