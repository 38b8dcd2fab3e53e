import type { QueueItem } from "../../src/dispatcher/dispatch-store.ts";
import type { AlertNotice, NoticeEvent, Notification } from "../../src/notify/notice.ts";

const T0 = Date.UTC(2026, 10, 20);

/** What is told of an alert of which only the id and the event matter. */
export function notice(alertId: string, event: NoticeEvent = "firing", repeats = 0): AlertNotice {
  return {
    alertId,
    event,
    rule: "error-rate-critical",
    target: "meta",
    operation: "*",
    severity: "CRITICAL",
    metric: "errorRate",
    percentile: null,
    comparison: ">=",
    unit: "Rate",
    threshold: 0.1,
    value: 0.2,
    since: T0,
    firedAt: T0,
    resolvedAt: event === "resolved" ? T0 + 1_000 : null,
    resolvedReason: event === "resolved" ? "recovered" : null,
    acknowledgedBy: null,
    repeats,
    action: { en: "Look.", "pt-BR": "Olhe." },
  };
}

/** @param id `ALERT:EVENT[:N]/CHANNEL`. */
export function notification(id: string, queuedAt = T0): Notification {
  const [key = "", channel = ""] = id.split("/");
  const [alertId = "", event = "firing", repeats = "0"] = key.split(":");
  return { id, channel, queuedAt, notice: notice(alertId, eventOf(event), Number(repeats)) };
}

/** @param id `ALERT:EVENT[:N]/CHANNEL`, or `report:daily:2026-11-20/CHANNEL` of a report. */
export function queueItem(
  id: string,
  more: { readonly queuedAt?: number; readonly report?: boolean } = {},
): QueueItem {
  const [key = "", channel = ""] = id.split("/");
  const { queuedAt = T0, report = false } = more;
  if (report) {
    const mail = { subject: "A day", text: "t", markdown: "m", html: "<p>h</p>", json: { a: 1 } };
    const content = { kind: "report", period: "daily", mail } as const;
    return { id, channel, subject: key, event: "report", queuedAt, content };
  }
  const told = notification(id, queuedAt).notice;
  const content = { kind: "alert", notice: told } as const;
  return { id, channel, subject: told.alertId, event: told.event, queuedAt, content };
}

function eventOf(text: string): NoticeEvent {
  if (text === "firing" || text === "repeat" || text === "resolved") return text;
  throw new Error(`"${text}" is no event`);
}
