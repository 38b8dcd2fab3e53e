import type { ReportWords } from "./report-words.ts";

/** English. */
export const EN: ReportWords = {
  grades: {
    EXCELLENT: "EXCELLENT",
    GOOD: "GOOD",
    ACCEPTABLE: "ACCEPTABLE",
    DEGRADED: "DEGRADED",
    POOR: "POOR",
    CRITICAL: "CRITICAL",
    SURGE: "SURGE",
    INCREASING: "INCREASING",
    STABLE: "STABLE",
    DECREASING: "DECREASING",
    UNKNOWN: "UNKNOWN",
    HEALTHY: "HEALTHY",
    WARNING: "WARNING",
  },
  kinds: {
    platform: "platform",
    worker: "Worker",
    d1: "D1",
    cache: "cache",
    queue: "queue",
    probe: "probe",
  },
  title: (period, days) => `${period === "daily" ? "Daily" : "Weekly"} report, ${days}`,
  days: (first, last, week) => `${week} (${first} to ${last})`,
  subject: (title, tenant, status, score) => `${title} · ${tenant} · ${status}${score}`,
  noData: "no data",
  soFar: "The period is not over: these are its numbers so far.",
  status: (status) => `Status: ${status}`,
  score: (score) => `, score ${score} of 10`,
  coverage: (withData, hours) =>
    withData === null
      ? "By the hour, this period is no longer stored."
      : `Data in ${withData} of ${hours} ${hours === 1 ? "hour" : "hours"}.`,
  covers: (from, to) => `What is stored covers ${from} to ${to}.`,
  times: (timeZone) => `Times are of ${timeZone}.`,
  leftOut: (targets, operations) =>
    `Not in this report, because they are too many: ${[
      ...(targets > 0 ? [`${targets} ${targets === 1 ? "target" : "targets"}`] : []),
      ...(operations > 0 ? [`${operations} ${operations === 1 ? "operation" : "operations"}`] : []),
    ].join(" and ")}.`,
  wholeTarget: "whole",
  was: (value) => `was ${value}`,
  more: (count) => `and ${count} more`,
  targets: {
    heading: "Targets",
    target: "Target",
    kind: "Kind",
    calls: "Calls",
    perMinute: "Per minute",
    trend: "Trend",
    latency: "Latency p95",
    errors: "Error rate",
  },
  against: (period) =>
    period === "daily"
      ? "Trends and earlier values are those of the day before."
      : "Trends and earlier values are those of the week before.",
  d1: {
    heading: "D1",
    operation: "Operation",
    calls: "Executions",
    mean: "Mean",
    max: "Max",
    none: "No data about D1.",
    noWaits: "Waits were not measured and are not in this grade.",
    noSize: "The size of the database was not measured and is not in this grade.",
  },
  slowest: (shown, all) => `The slowest by mean, ${shown} of ${all}.`,
  meanWait: (duration) => `Mean wait: ${duration}.`,
  size: (bytes) => `Size of all databases: ${bytes}.`,
  cache: {
    heading: "Cache",
    cache: "Cache",
    hits: "Hits",
    misses: "Misses",
    hitRate: "Hit rate",
    none: "No data about caches.",
    notCounted: "whole, not in the grade",
  },
  lookups: (count, hitRate) => `Lookups in the grade: ${count}, hit rate ${hitRate}.`,
  alerts: {
    heading: "Alerts",
    rule: "Rule",
    severity: "Severity",
    fired: "Fired",
    open: "Still open",
    longest: "Longest",
    none: "No alert fired.",
  },
  alertCounts: (fired, open, isOver) =>
    `${fired} ${fired === 1 ? "alert" : "alerts"} fired, ${open} ${
      isOver ? "still open at the end" : "open now"
    }.`,
  longest: (rule, where, duration, isOpen) => [
    "The longest: ",
    rule,
    " on ",
    where,
    `, ${duration}${isOpen ? ", still open" : ""}.`,
  ],
  alertsLeftOut: (count) =>
    `${count} stored ${count === 1 ? "alert" : "alerts"} could not be read or counted.`,
  limits: {
    heading: "Limits",
    target: "Target",
    answers: "429 answers",
    share: "Of all calls",
    none: "No call was answered with 429.",
  },
  footer: (tenant, at) => `Made by Tachograph for tenant ${tenant}, ${at}.`,
  link: "Open the dashboard",
};
