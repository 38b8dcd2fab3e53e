import { MINUTE_MS } from "../merge/slot-time.ts";
import type { Alert, ResolvedReason } from "./alert.ts";
import type { Judgement } from "./judge.ts";
import { measureOf, METRICS, percentileOf } from "./metrics.ts";
import type { Rule } from "./rule.ts";

/**
 * The longest time between two evaluations over which a condition is taken to have held. After a
 * longer one (nobody looked, or the clock went ahead) the time that it has to hold begins anew.
 */
export const MAX_UNSEEN_MS = 5 * MINUTE_MS;

/** One evaluation of an alert. */
export interface Evaluation {
  readonly rule: Rule;
  readonly judgement: Judgement;
  readonly nowMs: number;
  /** How long an alert waits for data before it ends. */
  readonly noDataHoldMs: number;
}

/** What an alert is begun with. */
export interface Beginning {
  readonly id: string;
  readonly rule: Rule;
  /** Of the rule as it is. */
  readonly fingerprint: string;
  readonly target: string;
  readonly operation: string;
  readonly nowMs: number;
}

/** An alert at the moment at which its condition first holds; advance it at once. */
export function beginAlert(beginning: Beginning): Alert {
  const { id, rule, fingerprint, target, operation, nowMs } = beginning;
  return {
    id,
    rule: rule.name,
    fingerprint,
    target,
    operation,
    severity: rule.severity,
    metric: rule.measure.metric,
    percentile: percentileOf(rule.measure),
    measure: measureOf(rule.measure),
    comparison: rule.comparison,
    unit: METRICS[rule.measure.metric].unit,
    threshold: rule.threshold,
    state: "pending",
    value: null,
    since: nowMs,
    evaluatedAt: nowMs,
    firedAt: null,
    resolvedAt: null,
    resolvedReason: null,
    clearedAt: null,
    noDataAt: null,
    acknowledged: null,
    inhibitedBy: null,
    quietUntil: null,
    silencedBy: null,
    toldChannels: [],
    toldAt: null,
    repeats: 0,
    action: rule.action,
  };
}

/**
 * The state machine: where an alert is after one evaluation. Times that lie ahead of a clock that
 * went back are moved to now, so that nothing waits for the future.
 * @returns undefined if a pending alert's condition ended before it fired: it never was one.
 */
export function advanceAlert(before: Alert, evaluation: Evaluation): Alert | undefined {
  const alert = notAhead(before, evaluation.nowMs);
  if (alert.state === "resolved") return alert;
  return alert.state === "pending"
    ? advancePending(alert, evaluation)
    : advanceOpen(alert, evaluation);
}

/** Ends an alert that fires. */
export function resolveAlert(alert: Alert, reason: ResolvedReason, nowMs: number): Alert {
  return {
    ...alert,
    state: "resolved",
    resolvedAt: nowMs,
    resolvedReason: reason,
    inhibitedBy: null,
    silencedBy: null,
  };
}

function advancePending(alert: Alert, { rule, judgement, nowMs }: Evaluation): Alert | undefined {
  if (judgement.kind !== "holds") return undefined;
  const isUnseen = nowMs - alert.evaluatedAt > MAX_UNSEEN_MS;
  const since = isUnseen ? nowMs : alert.since;
  const seen = { ...alert, value: judgement.value, evaluatedAt: nowMs, since };
  return nowMs - since < rule.forMs ? seen : { ...seen, state: "firing", firedAt: nowMs };
}

function advanceOpen(alert: Alert, evaluation: Evaluation): Alert {
  const { rule, judgement, nowMs, noDataHoldMs } = evaluation;
  const seen = { ...alert, evaluatedAt: nowMs };
  switch (judgement.kind) {
    case "holds":
    case "between":
      return { ...seen, state: "firing", value: judgement.value, clearedAt: null, noDataAt: null };
    case "clears":
      return clear({ ...seen, value: judgement.value, noDataAt: null }, rule, nowMs);
    case "noData":
      if (rule.noData === "ok") return clear({ ...seen, value: null }, rule, nowMs);
      return waitForData(seen, nowMs, noDataHoldMs);
    default:
      return judgement satisfies never;
  }
}

function clear(alert: Alert, { keepFiringForMs }: Rule, nowMs: number): Alert {
  const clearedAt = alert.clearedAt ?? nowMs;
  if (nowMs - clearedAt < keepFiringForMs) return { ...alert, state: "firing", clearedAt };
  return resolveAlert(alert, "recovered", nowMs);
}

function waitForData(alert: Alert, nowMs: number, noDataHoldMs: number): Alert {
  const noDataAt = alert.noDataAt ?? nowMs;
  if (nowMs - noDataAt >= noDataHoldMs)
    return resolveAlert({ ...alert, noDataAt }, "no_data", nowMs);
  return { ...alert, state: "nodata", noDataAt, clearedAt: null };
}

function notAhead(alert: Alert, nowMs: number): Alert {
  const { since, evaluatedAt, firedAt, clearedAt, noDataAt, quietUntil, toldAt } = alert;
  if (evaluatedAt <= nowMs) return alert;
  return {
    ...alert,
    since: Math.min(since, nowMs),
    evaluatedAt: nowMs,
    firedAt: firedAt === null ? null : Math.min(firedAt, nowMs),
    clearedAt: clearedAt === null ? null : Math.min(clearedAt, nowMs),
    noDataAt: noDataAt === null ? null : Math.min(noDataAt, nowMs),
    quietUntil: quietUntil === null ? null : Math.min(quietUntil, nowMs),
    toldAt: toldAt === null ? null : Math.min(toldAt, nowMs),
  };
}
