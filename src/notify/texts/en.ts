import { MEASURE_NAMES } from "../../measure-names.ts";
import type { ConditionParts, Phrases } from "./phrases.ts";

const compared =
  (what: string) =>
  ({ sign, threshold }: ConditionParts): string =>
    `${what} ${sign} ${threshold}`;

const SEVERITIES = { CRITICAL: "CRITICAL", HIGH: "HIGH", MEDIUM: "MEDIUM", LOW: "LOW" } as const;

/** English. */
export const EN: Phrases = {
  labels: {
    where: "Where",
    condition: "Condition",
    value: "Measured",
    since: "Since",
    duration: "Duration",
    action: "What to do",
    acknowledged: "Acknowledged by",
    link: "Details",
  },
  severities: SEVERITIES,
  severityCount: (severity, count) => `${count} ${SEVERITIES[severity]}`,
  resolved: "Resolved",
  reminder: (repeats) => `reminder ${repeats}`,
  wholeTarget: (target) => `${target}, all operations`,
  operation: (target, operation) => `${target}, operation ${operation}`,
  conditions: {
    latency: ({ sign, threshold, percentile }) => `latency p${percentile} ${sign} ${threshold}`,
    meanLatency: compared("mean latency"),
    errorRate: compared("error rate"),
    rateLimitedRate: compared("calls refused by a rate limit"),
    consecutiveErrors: ({ sign, threshold, count }) =>
      sign === "≥"
        ? `${errors(threshold, count)} in a row`
        : `errors in a row ${sign} ${threshold}`,
    throughput: ({ sign, threshold }) => `throughput ${sign} ${threshold} the mean of 24 h`,
    hitRate: compared("hit rate"),
    denialRate: compared("denied permits"),
    noData: ({ sign, threshold }) =>
      sign === "≥" || sign === ">"
        ? `no timing for ${threshold}`
        : `time since the last timing ${sign} ${threshold}`,
    budgetBurn: ({ sign, threshold }) =>
      `error budget burning ${sign} ${threshold} the allowed rate`,
    meanMeasure: ({ measure, sign, threshold }) => `mean ${measure} ${sign} ${threshold}`,
    lastMeasure: ({ measure, sign, threshold }) => `${measure} ${sign} ${threshold}`,
  },
  measures: MEASURE_NAMES.en,
  probeFails: "the probe fails",
  errors,
  lasted: {
    recovered: (duration) => `${duration}, until it recovered`,
    no_data: (duration) => `${duration}, until there was no data any more`,
    rule_removed: (duration) => `${duration}, until its rule was removed`,
    rule_changed: (duration) => `${duration}, until its rule was changed`,
  },
  firingSummary: ({ severity, rule, where, condition, value, since, duration, repeats }) =>
    `${repeats > 0 ? `Reminder ${repeats}, ` : ""}${severity}: ${rule} on ${where}: ${condition}` +
    `${value === "" ? "" : `, measured ${value}`}, since ${since}, for ${duration}.`,
  resolvedSummary: ({ rule, where, condition, since, duration }) =>
    `Resolved: ${rule} on ${where}: ${condition}, since ${since}. It lasted ${duration}.`,
  group: (count, firing, severities, resolved) =>
    `${count} ${count === 1 ? "alert" : "alerts"}: ${[
      ...(firing > 0 ? [`${firing} firing (${severities})`] : []),
      ...(resolved > 0 ? [`${resolved} resolved`] : []),
    ].join(", ")}`,
  more: (count) => `and ${count} more`,
  testTitle: "Test message",
  testText: (tenant) =>
    `This is a test of this channel, asked for by tenant ${tenant} of Tachograph. Nothing is wrong.`,
  footer: (tenant) => `Sent by Tachograph for tenant ${tenant}.`,
};

function errors(formatted: string, count: number): string {
  return `${formatted} ${count === 1 ? "error" : "errors"}`;
}
