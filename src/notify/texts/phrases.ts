import type { ResolvedReason } from "../../alerts/alert.ts";
import type { MetricName, Severity } from "../../alerts/rule.ts";
import type { MeasureName } from "../../measures.ts";
import type { FieldLabels } from "../alert-text.ts";

/** What a condition is written with, already in the language's own figures. */
export interface ConditionParts {
  /** `≥`, `>`, `≤` or `<`. */
  readonly sign: string;
  /** With its unit: `1,000 ms`, `10 %`, `2 ×`, `5`; a duration for `noData`. */
  readonly threshold: string;
  /** The threshold itself, for plurals. */
  readonly count: number;
  /** `95`, or empty if the metric has none. */
  readonly percentile: string;
  /** What is measured, in the language's words; empty if the metric has no measure. */
  readonly measure: string;
}

/** What an alert's summary is written with. */
export interface SummaryParts {
  readonly severity: string;
  readonly rule: string;
  readonly where: string;
  readonly condition: string;
  readonly value: string;
  readonly since: string;
  readonly duration: string;
  readonly repeats: number;
}

/** Everything that messages say, in one language. */
export interface Phrases {
  readonly labels: FieldLabels;
  readonly severities: Readonly<Record<Severity, string>>;
  /** So many alerts of a severity: `2 CRITICAL`. */
  severityCount(severity: Severity, count: number): string;
  /** First word of the title of an alert that has ended. */
  readonly resolved: string;
  /** End of the title of an alert that is told again. */
  reminder(repeats: number): string;
  wholeTarget(target: string): string;
  operation(target: string, operation: string): string;
  readonly conditions: Readonly<Record<MetricName, (parts: ConditionParts) => string>>;
  readonly measures: Readonly<Record<MeasureName, string>>;
  /** The condition of an alert about a probe that fails. */
  readonly probeFails: string;
  errors(formatted: string, count: number): string;
  /** How long an alert lasted, and how it ended. */
  readonly lasted: Readonly<Record<ResolvedReason, (duration: string) => string>>;
  firingSummary(parts: SummaryParts): string;
  resolvedSummary(parts: SummaryParts): string;
  /** `5 alerts: 3 firing (2 CRITICAL, 1 HIGH), 2 resolved`; `severities` is empty if none fires. */
  group(count: number, firing: number, severities: string, resolved: number): string;
  /** How many more there are than are named. */
  more(count: number): string;
  readonly testTitle: string;
  testText(tenant: string): string;
  /** In the foot of a mail: who sends it. */
  footer(tenant: string): string;
}
