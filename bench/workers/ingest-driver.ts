import type { ReportRequest, TachographBinding } from "../../src/wire/report.ts";
import { firstSequenceAt, reporterName } from "../ingest/reporter.ts";
import { batchColumns, seedOf, type TargetColumns, VARIETY } from "../ingest/batch.ts";

/** The timings of a batch ended over one. */
const SECOND_MS = 1_000;

interface DriverEnv {
  readonly TACHOGRAPH: TachographBinding;
}

/** What a run of the driver came to. */
export interface IngestDriverResult {
  readonly calls: number;
  readonly timings: number;
  readonly elapsedMs: number;
}

/**
 * Reports timings as a tracking Worker does, by RPC, from so many callers at once, each one report
 * after the other: `GET /rate?size&callers&ms` the same few batches of a size again and again,
 * `GET /store?size&callers&calls&spreadMs` as many distinct ones, spread over the time before now.
 * `GET /nothing?callers&ms` calls with nothing to report, so that no shard is called.
 */
export default {
  async fetch(request, env): Promise<Response> {
    const { pathname, searchParams } = new URL(request.url);
    const number = (name: string): number => Number(searchParams.get(name));
    const [size, callers] = [number("size"), number("callers")];
    const next = nextOf(pathname, number);
    const startedAt = Date.now();
    const calls = await Promise.all(
      Array.from({ length: callers }, (_, caller) => callAll(env, caller, size, next)),
    );
    const sum = calls.reduce((all, one) => all + one, 0);
    const result: IngestDriverResult = {
      calls: sum,
      timings: sum * size,
      elapsedMs: Date.now() - startedAt,
    };
    return Response.json(result);
  },
} satisfies ExportedHandler<DriverEnv>;

function nextOf(pathname: string, number: (name: string) => number): Next {
  if (pathname === "/store") return storing(number("size"), number("calls"), number("spreadMs"));
  if (pathname === "/rate") return repeating(number("size"), number("callers"), number("ms"));
  const until = Date.now() + number("ms");
  return () => (Date.now() < until ? null : undefined);
}

/** The next batch of a caller; null for none, undefined when it is done. */
type Next = (caller: number, call: number) => TargetColumns | null | undefined;

/** By caller; the same for every run of a size, so that no run pays for making them. */
const repeated = new Map<number, readonly (readonly TargetColumns[])[]>();

function repeating(size: number, callers: number, ms: number): Next {
  const variety = VARIETY.get(size) ?? 1;
  const batches =
    repeated.get(size) ??
    Array.from({ length: callers }, (_, caller) =>
      Array.from({ length: variety }, (_unused, i) => batchColumns(size, seedOf(caller, i, false))),
    );
  repeated.set(size, batches);
  const until = Date.now() + ms;
  return (caller, call) => {
    const now = Date.now();
    if (now >= until) return undefined;
    const batch = batches[caller]?.[call % variety];
    return batch && at(batch, now - SECOND_MS);
  };
}

function storing(size: number, calls: number, spreadMs: number): Next {
  const from = Date.now() - spreadMs;
  let begun = 0;
  return () => {
    if (begun >= calls) return undefined;
    const now = from + Math.floor((begun / calls) * spreadMs);
    begun += 1;
    return at(batchColumns(size, begun), now);
  };
}

function at({ target, columns }: TargetColumns, baseAt: number): TargetColumns {
  return { target, columns: { ...columns, baseAt } };
}

/** @returns how many reports it were. */
async function callAll(env: DriverEnv, caller: number, size: number, next: Next): Promise<number> {
  const reporter = reporterName(caller);
  const firstSequence = firstSequenceAt(Date.now());
  for (let call = 0; ; call++) {
    const batch = next(caller, call);
    if (batch === undefined) return call;
    const sequence = firstSequence + call;
    const reports = batch === null ? [] : [{ ...batch, sequence, givenUp: 0 }];
    await report(env, { reporter, reports }, size);
  }
}

/** @throws if any of the timings was not counted. */
async function report(env: DriverEnv, request: ReportRequest, size: number): Promise<void> {
  const answer = await env.TACHOGRAPH.report(request);
  const results = answer.ok ? answer.results : [];
  const accepted = results.reduce((sum, result) => sum + (result.ok ? result.accepted : 0), 0);
  if (accepted !== size) throw new Error(`a report was not counted: ${JSON.stringify(answer)}`);
}
