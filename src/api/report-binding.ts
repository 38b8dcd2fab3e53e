import { config } from "../configured.ts";
import { columnsProblem } from "../merge/validate-columns.ts";
import { isName } from "../names.ts";
import {
  MAX_GIVEN_UP,
  type ReportAnswer,
  type ReportRequest,
  type TargetAnswer,
  type TargetReport,
} from "../wire/report.ts";
import type { PermitRequest, PermitTally } from "../wire/permits.ts";
import { readExemplars } from "../wire/read-exemplars.ts";
import { takePermits } from "./permit-binding.ts";
import { takeIn, type TargetOutcome } from "./intake.ts";
import { directCalls } from "./shard-calls.ts";

/**
 * Takes in one flush of a tracking Worker: what a service binding's `report` does.
 * @param calls how the shards are called.
 */
export async function takeReports(
  env: Env,
  tenant: string,
  request: ReportRequest,
  calls = directCalls(env),
): Promise<ReportAnswer> {
  const problem = requestProblem(request);
  if (problem !== undefined) return { ok: false, reason: "invalid", detail: problem };
  const { reporter, reports, permits } = request;
  // Side by side: a permit that is renewed must not wait for the linger of the timings, nor they
  // for a bucket that does not answer.
  const asked = permits === undefined ? undefined : takePermits(env, tenant, permits, calls);
  const valid = reports.filter((report) => reportProblem(report) === undefined);
  const intakes = valid.map(({ target, sequence, columns, givenUp, tally, exemplars }) => ({
    target,
    reporter,
    sequence,
    content: { kind: "timings" as const, columns },
    givenUp,
    tally,
    exemplars: readExemplars(exemplars),
  }));
  const outcomes = await takeIn(env, tenant, intakes, {}, undefined, calls);
  const byTarget = new Map(outcomes.map((outcome) => [outcome.target, outcome]));
  const results = reports.map((report) => toAnswer(report, byTarget.get(report.target)));
  const cacheHead = cacheHeadOf(outcomes);
  const news = cacheHead > 0 ? { cacheHead } : {};
  const answer = { ok: true as const, flushMs: flushMsOf(outcomes), results, ...news };
  return asked === undefined ? answer : { ...answer, permits: await asked };
}

/** What is wrong with a request as a whole. Over RPC it may be anything, whatever its type says. */
function requestProblem(request: ReportRequest): string | undefined {
  if (!isObject(request)) return "the request must be an object, { reporter, reports }";
  const { reporter, reports } = request;
  if (!isName(reporter)) return "reporter must be a name";
  if (!Array.isArray(reports) || reports.length > config.maxTargets) {
    return `reports must be a list of at most ${config.maxTargets}`;
  }
  if (!reports.every((report) => isObject(report))) return "every report must be an object";
  const permitsFault = permitsProblem(request.permits);
  if (permitsFault !== undefined) return permitsFault;
  const targets = new Set(reports.map(({ target }) => target));
  return targets.size === reports.length ? undefined : "a target may be reported once in a request";
}

/** Single requests are checked where they are answered: a faulty one must not cost the others. */
function permitsProblem(permits: ReportRequest["permits"]): string | undefined {
  if (permits === undefined) return undefined;
  if (!Array.isArray(permits) || permits.length > config.maxTargets) {
    return `permits must be a list of at most ${config.maxTargets}`;
  }
  const named = permits.map((one: PermitRequest | null | undefined) => one?.target).filter(isName);
  const isOnce = new Set(named).size === named.length;
  return isOnce ? undefined : "permits of a target may be asked for once in a request";
}

function isTally(tally: PermitTally): boolean {
  if (!isObject(tally)) return false;
  const counts = [tally.denied, tally.allowedUnreached, tally.deniedUnreached];
  return counts.every((count) => Number.isInteger(count) && count >= 0 && count <= MAX_GIVEN_UP);
}

function reportProblem({
  target,
  sequence,
  givenUp,
  columns,
  tally,
}: TargetReport): string | undefined {
  if (!isName(target)) return "target must be a name";
  if (!Number.isSafeInteger(sequence) || sequence < 1)
    return "sequence must be an integer of 1 or more";
  if (!Number.isInteger(givenUp) || givenUp < 0 || givenUp > MAX_GIVEN_UP)
    return `givenUp must be an integer from 0 to ${MAX_GIVEN_UP}`;
  if (tally !== undefined && !isTally(tally))
    return `tally must have integers from 0 to ${MAX_GIVEN_UP}: denied, allowedUnreached, deniedUnreached`;
  if (!isObject(columns)) return "columns must be TimingColumns";
  return columnsProblem(columns);
}

function isObject(value: unknown): boolean {
  return typeof value === "object" && value !== null;
}

function toAnswer(report: TargetReport, outcome: TargetOutcome | undefined): TargetAnswer {
  const { target } = report;
  if (outcome === undefined) {
    return { ok: false, target, reason: "invalid", detail: reportProblem(report) ?? "not taken" };
  }
  const { answer } = outcome;
  if (!answer.ok) return { target, ...answer };
  const { accepted, duplicate, rejected } = answer;
  return { ok: true, target, accepted, duplicate, rejected };
}

/** The shortest that any shard asks for; without an answer, as if nobody watched. */
function flushMsOf(outcomes: readonly TargetOutcome[]): number {
  const asked = outcomes.flatMap(({ answer }) => (answer.ok ? answer.flushMs : []));
  return Math.min(config.flush.unwatchedMs, ...asked);
}

/** The newest invalidation that any shard has heard of; 0 if of none. */
function cacheHeadOf(outcomes: readonly TargetOutcome[]): number {
  return Math.max(0, ...outcomes.map(({ answer }) => (answer.ok ? (answer.cacheHead ?? 0) : 0)));
}
