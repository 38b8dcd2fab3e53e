import type { Language, Severity } from "../alerts/rule.ts";
import type { SystemRule } from "../alerts/system-rules.ts";
import type { AlertNotice } from "../notify/notice.ts";
import type { ChannelBook } from "./channel-book.ts";
import type { QueueItem } from "./dispatch-store.ts";

/** An incident of Tachograph itself. */
export interface SystemIncident {
  readonly tenant: string;
  readonly rule: SystemRule;
  readonly target: string;
  readonly severity: Severity;
  /** Since when, epoch milliseconds; with tenant, rule and target it makes the incident's id. */
  readonly since: number;
  readonly detail: Readonly<Record<Language, string>>;
  readonly action: Readonly<Record<Language, string>>;
}

/**
 * The channels that are told of incidents of a severity, but for the one it is about. Those that take
 * some rules or operations only are no people's, or have another task.
 */
export function channelsFor(
  book: ChannelBook,
  { rule, target, severity }: SystemIncident,
): readonly string[] {
  const about = rule === "coordinator-stalled" ? undefined : target;
  return book
    .ready()
    .filter(({ name }) => name !== about)
    .filter(({ config }) => config.severities.includes(severity))
    .filter(({ config: { rules, operations } }) => takesIncidents(rule, rules, operations))
    .filter(({ channel }) => channel.takes("alerts"))
    .map(({ name }) => name);
}

/**
 * What is told of an incident, an entry for each channel. The same incident gives the same ids, so
 * telling it again is telling it once.
 * @param resolvedAt - null as long as it goes on.
 */
export function systemItems(
  incident: SystemIncident,
  channels: readonly string[],
  nowMs: number,
  resolvedAt: number | null,
): readonly QueueItem[] {
  const notice = noticeOf(incident, resolvedAt);
  const { alertId, event } = notice;
  return channels.map((channel) => ({
    id: `${alertId}:${event}/${channel}`,
    channel,
    subject: alertId,
    event,
    queuedAt: nowMs,
    content: { kind: "alert", notice },
  }));
}

function takesIncidents(
  rule: SystemRule,
  rules: readonly string[] | undefined,
  operations: readonly string[] | undefined,
): boolean {
  return rules === undefined ? operations === undefined : rules.includes(rule);
}

function noticeOf(incident: SystemIncident, resolvedAt: number | null): AlertNotice {
  const { tenant, rule, target, severity, since, detail, action } = incident;
  return {
    // Tenants have receivers in common, which take two incidents of one id for one.
    alertId: `system:${tenant}:${rule}:${target}:${since}`,
    event: resolvedAt === null ? "firing" : "resolved",
    rule,
    target,
    operation: "*",
    severity,
    metric: "system",
    percentile: null,
    comparison: ">=",
    unit: "Count",
    threshold: 0,
    value: null,
    since,
    firedAt: since,
    resolvedAt,
    resolvedReason: resolvedAt === null ? null : "recovered",
    acknowledgedBy: null,
    repeats: 0,
    action,
    detail,
  };
}
