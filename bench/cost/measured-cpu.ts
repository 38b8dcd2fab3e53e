import { takeReports } from "../../src/api/report-binding.ts";
import type { ShardCalls } from "../../src/api/shard-calls.ts";
import { tachograph, type TimedFetcher } from "../../src/client/index.ts";
import type { ReportRequest } from "../../src/wire/report.ts";
import { encodeShardAnswer } from "../../src/wire/shard-message.ts";
import { acceptingBinding } from "../lib/accepting-binding.ts";
import type { ComparisonSystem } from "../lib/comparison-system.ts";
import { interleaved } from "../lib/interleaved.ts";
import { median } from "../lib/statistics.ts";
import { processCpuMs } from "../lib/workerd.ts";
import type { IngestDriverResult } from "../workers/ingest-driver.ts";
import { sampleColumns } from "../workers/sample-columns.ts";
import type { Coefficients } from "./usage-model.ts";

const TARGETS = ["meta", "google", "tiktok"] as const;
/** About as many as an isolate of the assumed fleet has for a target at each flush. */
const TIMINGS_A_REPORT = 4;
const CALLERS = 16;
/** A call has two sides. To a Worker both are billed by CPU, to an object the caller's alone. */
const CALLER_SHARE = 0.5;

/**
 * What Workers compute for Tachograph, on this machine: for timing the calls of a request, and for a
 * flush, of which the objects' own part is billed by time instead.
 */
export async function measureCpu(
  system: ComparisonSystem,
  quick: boolean,
): Promise<Pick<Coefficients, "requestCpuMs" | "flushCpuMs" | "flushCpuMsPerTarget">> {
  const callMs = await bindingCallMs(system, quick);
  return {
    requestCpuMs: await requestMs(quick),
    flushCpuMs: callMs,
    flushCpuMsPerTarget: (await entryMs(quick)) + callMs * CALLER_SHARE,
  };
}

/** A request whose calls are answered at once, with the client and without, in Node and in turns. */
async function requestMs(quick: boolean): Promise<number> {
  const answer = new Response(null);
  const platform: TimedFetcher = { fetch: () => Promise.resolve(answer) };
  const context = { waitUntil: () => undefined };
  const plain = async (): Promise<void> => {
    await Promise.all(TARGETS.map((target) => platform.fetch(`https://${target}.example/events`)));
  };
  const timed = async (): Promise<void> => {
    const client = tachograph(acceptingBinding, context);
    await Promise.all(
      TARGETS.map((target) =>
        client.fetch(target, "events", `https://${target}.example/events`, { fetcher: platform }),
      ),
    );
  };
  const requests = quick ? 2_000 : 10_000;
  const each = (work: () => Promise<void>) => (): Promise<number> => eachMs(work, requests);
  const ms = await interleaved({ plain: each(plain), timed: each(timed) }, quick ? 3 : 6);
  return Math.max(median(ms.timed) - median(ms.plain), 0);
}

/** CPU of this process for one time of so many, one after the other. */
async function eachMs(work: (i: number) => Promise<unknown>, times: number): Promise<number> {
  const before = process.cpuUsage();
  for (let i = 0; i < times; i++) await work(i);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000 / times;
}

/** A call of the service binding that has nothing to report, both sides of it. */
async function bindingCallMs(system: ComparisonSystem, quick: boolean): Promise<number> {
  const each: number[] = [];
  for (let round = 0; round <= (quick ? 2 : 4); round++) {
    const before = processCpuMs(system.pid);
    const query = `size=0&callers=${CALLERS}&ms=${quick ? 200 : 500}`;
    const response = await fetch(`${system.driver}/nothing?${query}`);
    const { calls } = await response.json<IngestDriverResult>();
    if (round > 0) each.push((processCpuMs(system.pid) - before) / calls);
  }
  return median(each);
}

/** What the entry Worker does with the report of one target, in Node, with shards that answer at once. */
async function entryMs(quick: boolean): Promise<number> {
  const answer = encodeShardAnswer({
    ok: true,
    accepted: TIMINGS_A_REPORT,
    duplicate: false,
    rejected: {},
    rejectedAt: [],
    flushMs: 250,
  });
  const calls: ShardCalls = {
    report: () => Promise.resolve(answer),
    permit: () => Promise.reject(new Error("nobody asks for permits")),
  };
  const each: number[] = [];
  const requests = Array.from({ length: quick ? 300 : 2_000 }, (_, i) => requestOf(i));
  for (let round = 0; round <= 3; round++) {
    const report = async (i: number): Promise<void> => {
      const request = requests[i];
      if (request !== undefined) await takeReports(NO_ENV, "default", request, calls);
    };
    const flushMs = await eachMs(report, requests.length);
    if (round > 0) each.push(flushMs / TARGETS.length);
  }
  return median(each);
}

/** The shards are called in another way, and nothing is refused: so no binding is looked at. */
const NO_ENV = new Proxy({} as Env, {
  get(_, key): never {
    throw new Error(`the binding ${String(key)} was asked for`);
  },
});

function requestOf(flush: number): ReportRequest {
  const reports = TARGETS.map((target, i) => {
    const columns = sampleColumns(TIMINGS_A_REPORT, flush * TARGETS.length + i, Date.now());
    return { target, sequence: flush + 1, columns, givenUp: 0 };
  });
  return { reporter: "iso-0", reports };
}
