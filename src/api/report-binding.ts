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
import { takeIn, type TargetOutcome } from "./intake.ts";

/** Takes in one flush of a tracking Worker: what a service binding's `report` does. */
export async function takeReports(
  env: Env,
  tenant: string,
  request: ReportRequest,
): Promise<ReportAnswer> {
  const problem = requestProblem(request);
  if (problem !== undefined) return { ok: false, reason: "invalid", detail: problem };
  const { reporter, reports } = request;
  const valid = reports.filter((report) => reportProblem(report) === undefined);
  const intakes = valid.map(({ target, sequence, columns, givenUp }) => ({
    target,
    reporter,
    sequence,
    content: { kind: "timings" as const, columns },
    givenUp,
  }));
  const outcomes = await takeIn(env, tenant, intakes, {});
  const byTarget = new Map(outcomes.map((outcome) => [outcome.target, outcome]));
  const results = reports.map((report) => toAnswer(report, byTarget.get(report.target)));
  return { ok: true, flushMs: flushMsOf(outcomes), results };
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
  const targets = new Set(reports.map(({ target }) => target));
  return targets.size === reports.length ? undefined : "a target may be reported once in a request";
}

function reportProblem({ target, sequence, givenUp, columns }: TargetReport): string | undefined {
  if (!isName(target)) return "target must be a name";
  if (!Number.isSafeInteger(sequence) || sequence < 1)
    return "sequence must be an integer of 1 or more";
  if (!Number.isInteger(givenUp) || givenUp < 0 || givenUp > MAX_GIVEN_UP)
    return `givenUp must be an integer from 0 to ${MAX_GIVEN_UP}`;
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
