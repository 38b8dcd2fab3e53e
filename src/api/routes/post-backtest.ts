import { backtest, backtestLookbackMs, backtestProblem } from "../../alerts/backtest.ts";
import type { Rule } from "../../alerts/rule.ts";
import { parseRule, ruleBody } from "../../alerts/rule-schema.ts";
import { config } from "../../configured.ts";
import { keptFrom } from "../../coordinator/retention.ts";
import { HOUR_MS, MINUTE_MS, startOf } from "../../merge/slot-time.ts";
import { timeText } from "../../time-text.ts";
import { readBacktestSeries, seriesInScope } from "../backtest-reader.ts";
import type { Handler } from "../context.ts";
import { invalidBody, orThrow, type Problem } from "../problem.ts";
import { type JsonObject, readJsonObject } from "../read-body.ts";

const MAX_BODY_BYTES = 16_384;

/** Most stored minutes that one request reads: about 5 s of processor time, and a week of fifteen series. */
const MAX_MINUTES = 150_000;

/** Most series of one request; each is some queries of D1. */
const MAX_SERIES = 100;

/** Latest point in time that a JavaScript date can hold, epoch milliseconds. */
const MAX_EPOCH_MS = 8.64e15;

/**
 * `POST /v1/rules/backtest` `{"rule":{…}|"NAME","from","to"}`: what a rule would have done over the
 * stored minutes. `to` defaults to now, `from` to an hour before it.
 */
export const postBacktest: Handler = async (request, { env, who }) => {
  const nowMs = Date.now();
  const body = orThrow(await readJsonObject(request, MAX_BODY_BYTES));
  const rule = readRule(body["rule"]);
  const problem = backtestProblem(rule);
  if (problem !== undefined) throw fault("/rule/metric", `cannot be tried on history: ${problem}`);
  const { from, to } = readRange(body, nowMs);
  const range = { from: from - backtestLookbackMs(rule), to };
  const names = await seriesInScope(env, who.tenant, rule, range.from);
  checkSize(names.length, (range.to - range.from) / MINUTE_MS);
  const series = [];
  for (const name of names) {
    series.push(await readBacktestSeries(env, who.tenant, name, range, nowMs));
  }
  const { noDataHoldMs } = config.alerts;
  const result = backtest({ rule, series, from, to, noDataHoldMs });
  return Response.json(
    { rule: ruleBody(rule), from, to, stepMs: MINUTE_MS, series: names, ...result },
    { headers: { "Cache-Control": "no-store" } },
  );
};

function readRule(value: unknown): Rule {
  if (typeof value === "string") {
    const known = config.alerts.rules.find(({ name }) => name === value);
    if (known !== undefined) return known;
    throw fault("/rule", "names no configured rule; GET /v1/rules lists them");
  }
  const parsed = parseRule(value);
  if (parsed.ok) return parsed.rule;
  const errors = parsed.faults.map(({ path, reason }) => ({
    pointer: path === "" ? "/rule" : `/rule/${path.replaceAll(".", "/")}`,
    reason,
  }));
  throw invalidBody("The rule cannot be used; errors says why.", errors);
}

function readRange(body: JsonObject, nowMs: number): { from: number; to: number } {
  const to = epochMs(body, "to") ?? nowMs;
  const from = epochMs(body, "from") ?? to - HOUR_MS;
  if (from >= to) throw fault("/from", "must be before to");
  if (from >= startOf(nowMs, MINUTE_MS)) {
    throw fault("/from", "must lie in a minute that is over: there is no history of this one yet");
  }
  const oldest = keptFrom(config.retention, nowMs)[MINUTE_MS];
  if (from < oldest) {
    const { minutesDays } = config.retention;
    throw fault(
      "/from",
      `must be at or after ${timeText(Math.ceil(oldest))}: a rule needs minutes, which are kept ${minutesDays} days`,
    );
  }
  // The minute that is not over yet is left out: a rule would find less in it than there will be.
  return { from: startOf(from, MINUTE_MS), to: Math.min(to, startOf(nowMs, MINUTE_MS)) };
}

function epochMs(body: JsonObject, name: "from" | "to"): number | undefined {
  const value = body[name];
  if (value === undefined) return undefined;
  if (typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= MAX_EPOCH_MS) {
    return value;
  }
  throw fault(`/${name}`, "must be a point in time in whole epoch milliseconds, as 1795190000000");
}

function checkSize(series: number, minutes: number): void {
  if (series <= MAX_SERIES && series * minutes <= MAX_MINUTES) return;
  throw fault(
    "/from",
    `gives ${series} series of ${Math.ceil(minutes)} minutes each (with what the rule looks back on); at most ` +
      `${MAX_SERIES} series and ${MAX_MINUTES} minutes in all are read: use a shorter range, or name targets in the rule`,
  );
}

function fault(pointer: string, reason: string): Problem {
  return invalidBody(`${pointer.slice(1)} ${reason}.`, [{ pointer, reason }]);
}
