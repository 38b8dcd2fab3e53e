import type { Alert, AlertState } from "./alert.ts";
import type { MeasureName } from "../measures.ts";
import type { Comparison, Language, MetricName, Severity, Unit } from "./rule.ts";

/** An alert as the API shows it. Times are epoch milliseconds. */
export interface AlertView {
  readonly id: string;
  readonly rule: string;
  readonly target: string;
  readonly operation: string;
  readonly severity: Severity;
  readonly state: AlertState;
  readonly metric: MetricName;
  /** What the rule last found; null without data. */
  readonly value: number | null;
  readonly comparison: Comparison;
  readonly threshold: number;
  /** The measure that the rule looks at; absent for a metric without one. */
  readonly measure?: MeasureName | undefined;
  /** What a probe that fails found; null for nothing, absent for any other alert. */
  readonly found?: number | null | undefined;
  /** Of value and threshold: `Ms`, `Rate` (a fraction), `Ratio` (times), `Count`, `Value` (the measure's own). */
  readonly unit: Unit;
  /** When its condition first held. */
  readonly since: number;
  /** Null while it is pending. */
  readonly firedAt: number | null;
  /** Null while it has not ended. */
  readonly resolvedAt: number | null;
  readonly resolvedReason: Alert["resolvedReason"];
  readonly acknowledgedBy: string | null;
  readonly acknowledgedAt: number | null;
  /** The rule that implies it and fires: nobody is told of this one meanwhile. */
  readonly inhibitedBy: string | null;
  /** The id of the silence that keeps it quiet. */
  readonly silencedBy: string | null;
  /** What happened, in a sentence. */
  readonly summary: string;
  /** What to do. */
  readonly action: string;
}

/** Puts an alert into one sentence. */
export type Summarise = (alert: Alert) => string;

/** @param summarise gives `summary`. */
export function alertView(alert: Alert, language: Language, summarise: Summarise): AlertView {
  const { id, rule, target, operation, severity, state, metric, value } = alert;
  const { comparison, threshold, unit, since, firedAt, resolvedAt, resolvedReason } = alert;
  return {
    id,
    rule,
    target,
    operation,
    severity,
    state,
    metric,
    ...(alert.measure === undefined ? {} : { measure: alert.measure }),
    ...(alert.found === undefined ? {} : { found: alert.found }),
    value,
    comparison,
    threshold,
    unit,
    since,
    firedAt,
    resolvedAt,
    resolvedReason,
    acknowledgedBy: alert.acknowledged?.by ?? null,
    acknowledgedAt: alert.acknowledged?.at ?? null,
    inhibitedBy: alert.inhibitedBy,
    silencedBy: alert.silencedBy,
    summary: summarise(alert),
    action: alert.action[language],
  };
}
