import type { Alert } from "../../src/alerts/alert.ts";
import { noticeOf } from "../../src/alerts/notify-plan.ts";
import type { NoticeEvent, Notification } from "../../src/notify/notice.ts";

/** When the alerts of {@link storedAlert} began to hold. */
export const SINCE = Date.UTC(2026, 10, 20, 9);

/** An alert that fires, with every field filled in, and what is given changed. */
export function storedAlert(id: string, more: Partial<Alert> = {}): Alert {
  return {
    id,
    rule: "api-latency-critical",
    fingerprint: '{"name":"api-latency-critical"}',
    target: "meta",
    operation: "*",
    severity: "CRITICAL",
    metric: "latency",
    percentile: 95,
    comparison: ">=",
    unit: "Ms",
    threshold: 1_000,
    state: "firing",
    value: 1_234.5,
    since: SINCE,
    evaluatedAt: SINCE + 300_500,
    firedAt: SINCE + 300_000,
    resolvedAt: null,
    resolvedReason: null,
    clearedAt: SINCE + 300_100,
    noDataAt: SINCE + 300_200,
    acknowledged: { by: "ana", at: SINCE + 300_300 },
    inhibitedBy: "worker-latency-critical",
    quietUntil: null,
    silencedBy: "s-1",
    toldChannels: ["on-call", "mail"],
    toldAt: SINCE + 300_000,
    repeats: 2,
    action: { en: "Look at the logs.", "pt-BR": "Veja os logs — já." },
    ...more,
  };
}

/** The same alert after it ended. */
export function endedAlert(id: string, more: Partial<Alert> = {}): Alert {
  const resolvedAt = SINCE + 900_000;
  const end = { resolvedAt, resolvedReason: "recovered" as const, evaluatedAt: resolvedAt };
  return storedAlert(id, { state: "resolved", ...end, ...more });
}

/** What is to be told of an alert to one channel. */
export function queuedNotification(
  alertId: string,
  event: NoticeEvent = "firing",
  channel = "on-call",
  repeat = 1,
): Notification {
  const suffix = event === "repeat" ? `repeat:${repeat}` : event;
  const notice = noticeOf(storedAlert(alertId, { repeats: repeat }), event);
  return { id: `${alertId}:${suffix}/${channel}`, channel, queuedAt: SINCE + 300_000, notice };
}
