import type { AlertNotice, NoticeEvent, Notification } from "../notify/notice.ts";
import type { Alert } from "./alert.ts";
import { channelsFor, listenersTo, type Route } from "./route.ts";

/** When and to whom alerts are told. */
export interface NotifyPolicy {
  readonly routes: readonly Route[];
  /** Between repeats of a CRITICAL alert that nobody has acknowledged, milliseconds. */
  readonly repeatCriticalMs: number;
  /** Between repeats of any other, milliseconds. */
  readonly repeatMs: number;
  /** From the end of an incident until the next one of its rule and series is told. Default 0. */
  readonly cooldownMs?: number | undefined;
}

/** An alert after it was looked at, and what is to be told of it. */
export interface Planned {
  readonly alert: Alert;
  readonly notifications: readonly Notification[];
}

/**
 * What to tell of an alert as it is now. That it fires is told once to each of its channels, as soon
 * as nothing keeps it quiet; again after a while as long as nobody has acknowledged it; and that it
 * ended to exactly those who were told that it fired.
 * @param isTooEarly whether people have just heard of the same trouble, so that it is not told yet
 * to who has not heard of it.
 */
export function planNotices(
  alert: Alert,
  policy: NotifyPolicy,
  nowMs: number,
  isTooEarly = false,
): Planned {
  if (alert.state === "resolved") return tellEnd(alert, policy, nowMs);
  if (alert.state !== "firing") return { alert, notifications: [] };
  if (alert.inhibitedBy !== null || alert.silencedBy !== null) return { alert, notifications: [] };
  const channels = channelsFor(alert, policy.routes);
  const untold = channels.filter((channel) => !alert.toldChannels.includes(channel));
  if (untold.length > 0) {
    // Nobody is told that something fires whose condition holds no more.
    const isQuiet = isTooEarly || nowMs < (alert.quietUntil ?? -Infinity);
    if (isQuiet || alert.clearedAt !== null) return { alert, notifications: [] };
    const told = { ...alert, toldChannels: [...alert.toldChannels, ...untold], toldAt: nowMs };
    return { alert: told, notifications: notifications(told, "firing", untold, nowMs) };
  }
  if (!isRepeatDue(alert, policy, nowMs)) return { alert, notifications: [] };
  const again = { ...alert, toldAt: nowMs, repeats: alert.repeats + 1 };
  const listeners = listenersTo("repeat", policy.routes);
  const listening = channels.filter(
    (channel) => alert.toldChannels.includes(channel) && listeners.has(channel),
  );
  return { alert: again, notifications: notifications(again, "repeat", listening, nowMs) };
}

/** When an alert is next to be told again, or Infinity. */
function nextRepeatAt(alert: Alert, policy: NotifyPolicy): number {
  if (alert.state !== "firing" || alert.toldAt === null || alert.acknowledged !== null) {
    return Infinity;
  }
  return alert.toldAt + repeatAfterMs(alert, policy);
}

function isRepeatDue(alert: Alert, policy: NotifyPolicy, nowMs: number): boolean {
  return nowMs >= nextRepeatAt(alert, policy);
}

function repeatAfterMs({ severity }: Alert, policy: NotifyPolicy): number {
  return severity === "CRITICAL" ? policy.repeatCriticalMs : policy.repeatMs;
}

function tellEnd(alert: Alert, { routes }: NotifyPolicy, nowMs: number): Planned {
  // A channel that was taken out of the configuration meanwhile cannot be told any more.
  const listeners = listenersTo("resolved", routes);
  const told = alert.toldChannels.filter((channel) => listeners.has(channel));
  return { alert, notifications: notifications(alert, "resolved", told, nowMs) };
}

function notifications(
  alert: Alert,
  event: NoticeEvent,
  channels: readonly string[],
  nowMs: number,
): Notification[] {
  const notice = { ...noticeOf(alert, event), at: nowMs };
  const idPart = event === "repeat" ? `repeat:${alert.repeats}` : event;
  return channels.map((channel) => ({
    id: `${alert.id}:${idPart}/${channel}`,
    channel,
    queuedAt: nowMs,
    notice,
  }));
}

/** What there is to say of an alert. */
export function noticeOf(alert: Alert, event: NoticeEvent): AlertNotice {
  return {
    alertId: alert.id,
    event,
    rule: alert.rule,
    target: alert.target,
    operation: alert.operation,
    severity: alert.severity,
    metric: alert.metric,
    percentile: alert.percentile,
    measure: alert.measure,
    comparison: alert.comparison,
    unit: alert.unit,
    threshold: alert.threshold,
    value: alert.value,
    found: alert.found,
    since: alert.since,
    firedAt: alert.firedAt ?? alert.since,
    resolvedAt: alert.resolvedAt,
    resolvedReason: alert.resolvedReason,
    acknowledgedBy: alert.acknowledged?.by ?? null,
    repeats: alert.repeats,
    action: alert.action,
  };
}
