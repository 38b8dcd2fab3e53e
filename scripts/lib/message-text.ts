import type { WebhookAlert, WebhookEvent } from "./webhook-event.ts";

const SEVERITY_WIDTH = "CRITICAL".length;
const EVENT_WIDTH = "resolved".length;

/** A message in a line, or in one for each of its alerts. */
export function messageLines(event: WebhookEvent): readonly string[] {
  switch (event.type) {
    case "alert.firing":
    case "alert.repeat":
    case "alert.resolved":
      return [alertLine(event.data.alert)];
    case "alerts":
      return event.data.alerts.map(alertLine);
    case "report.daily":
    case "report.weekly":
      return [oneLine(`${event.type.replace(".", " ")}  ${event.data.subject}`)];
    case "test":
      return [oneLine(`test message  ${event.data.text}`)];
  }
}

/** An alert in one line: `alert  HIGH     firing    consecutive-errors on meta: …`. */
export function alertLine(alert: WebhookAlert): string {
  const { severity, event, rule, target, condition, duration } = alert;
  const how = `${severity.padEnd(SEVERITY_WIDTH)} ${event.padEnd(EVENT_WIDTH)}`;
  const howLong = event === "firing" ? "" : `, for ${duration}`;
  return oneLine(`alert  ${how}  ${rule} on ${target}: ${condition}${howLong}`);
}

/** An alert as somebody reads it on a phone or in a chat: what happened, and what to do. */
export function alertText({ title, summary, action, link }: WebhookAlert): readonly string[] {
  return [
    title,
    summary,
    ...(action === "" ? [] : [`What to do: ${action}`]),
    ...(link === "" ? [] : [link]),
  ].flatMap((text) => text.split("\n").map(oneLine));
}

/** Nothing that a terminal would take for more than text. */
function oneLine(text: string): string {
  return text.replaceAll(/\p{Cc}+/gu, " ");
}
