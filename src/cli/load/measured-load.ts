import { detachedApi } from "../api/detached-api.ts";
import { formatDuration } from "../output/format.ts";
import { Progress } from "../output/progress.ts";
import { pause } from "../pause.ts";
import { ReportTally } from "../send/report-tally.ts";
import type { CliSession } from "../session.ts";
import { Grace, GRACE_MS } from "./grace.ts";
import { LedgerCheck, type LedgerFinding } from "./ledger-check.ts";
import { LoadLanes } from "./load-lanes.ts";
import type { LoadPlan } from "./load-plan.ts";
import { type LoadResult, runLoad } from "./load-run.ts";
import type { LoadSummary } from "./load-summary.ts";
import { MadeUpTimings, type MadeUpOptions } from "./made-up-timings.ts";
import { RequestLatency } from "./request-latency.ts";

/** What came of a run. */
interface MeasuredLoad {
  readonly summary: LoadSummary;
  /** What ended it before its time; undefined if nothing did but the signal. */
  readonly failure: unknown;
}

/** Runs a load and compares what was acknowledged with the books. @throws CliError */
export async function measuredLoad(
  session: CliSession,
  plan: LoadPlan,
  made: MadeUpOptions,
): Promise<MeasuredLoad> {
  const check = await LedgerCheck.begin(session, made.targets, session.clock.nowMs());
  const meters: Meters = {
    tally: new ReportTally(),
    latency: new RequestLatency(),
    latencySinceDue: new RequestLatency(),
  };
  const { elapsedMs, failure, ...rest } = await run(session, plan, made, meters);
  const totals = meters.tally.totals();
  const counted = totals.accepted + totals.duplicates;
  const summary: LoadSummary = {
    ...totals,
    ...rest,
    seed: made.seed,
    elapsedMs,
    askedPerSecond: plan.perSecond,
    achievedPerSecond: elapsedMs === 0 ? 0 : counted / (elapsedMs / 1_000),
    latency: meters.latency.summary(),
    latencySinceDue: meters.latencySinceDue.summary(),
    ledger: await ledgerOf(session, check, counted),
  };
  return { summary, failure };
}

async function ledgerOf(
  { io }: CliSession,
  check: LedgerCheck,
  counted: number,
): Promise<LedgerFinding> {
  if (io.signal.aborted) return { kind: "unchecked", why: "it was stopped" };
  if (counted === 0) return { kind: "unchecked", why: "nothing was counted" };
  return check.finish(counted, () => performance.now(), io);
}

interface Meters {
  readonly tally: ReportTally;
  readonly latency: RequestLatency;
  readonly latencySinceDue: RequestLatency;
}

async function run(
  session: CliSession,
  plan: LoadPlan,
  made: MadeUpOptions,
  { tally, latency, latencySinceDue }: Meters,
): Promise<LoadResult> {
  const { io, printer } = session;
  const grace = new Grace(io.signal, () => {
    printer.note(`stopping: what is under way has ${formatDuration(GRACE_MS)} to be answered`);
  });
  const timings = new MadeUpTimings(made);
  const { signal } = grace;
  const lanes = new LoadLanes(detachedApi(session, signal), plan.concurrency, {
    signal,
    // They are counted, and thousands of lines would hide the bar.
    onWait: ({ message }) => printer.detail(message),
    wait: io.pause,
  });
  const progress = new Progress(io, printer, { total: plan.total, title: "load", unit: "timings" });
  try {
    return await runLoad(plan, {
      nowMs: () => performance.now(),
      pause: (durationMs) => pause(durationMs, io.signal),
      send: (lane, size) => lanes.send(lane, timings.take(size)),
      onOutcome: (size, outcome, { sinceSentMs, sinceDueMs }) => {
        tally.add(size, outcome);
        if (outcome.kind === "failed") return;
        latency.record(sinceSentMs);
        latencySinceDue.record(sinceDueMs);
      },
      onProgress: (handedOut) => progress.update(handedOut),
      signal: io.signal,
    });
  } finally {
    progress.stop();
    grace.stop();
  }
}
