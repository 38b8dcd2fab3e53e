import { alertOf, type WebhookEvent } from "./webhook-event.ts";

const SEVERITY_WIDTH = "CRITICAL".length;
const EVENT_WIDTH = "resolved".length;

/** A message in one line: `alert  HIGH     firing    consecutive-errors on meta: …`. */
export function messageLine(event: WebhookEvent): string {
  switch (event.type) {
    case "alert.firing":
    case "alert.repeat":
    case "alert.resolved": {
      const { severity, event: what, rule, target, condition, duration } = event.data.alert;
      const how = `${severity.padEnd(SEVERITY_WIDTH)} ${what.padEnd(EVENT_WIDTH)}`;
      const howLong = what === "firing" ? "" : `, for ${duration}`;
      return oneLine(`alert  ${how}  ${rule} on ${target}: ${condition}${howLong}`);
    }
    case "report.daily":
    case "report.weekly":
      return oneLine(`${event.type.replace(".", " ")}  ${event.data.subject}`);
    case "test":
      return oneLine(`test message  ${event.data.text}`);
  }
}

/** A message as somebody reads it on a phone or in a chat: what happened, and what to do. */
export function messageText(event: WebhookEvent): readonly string[] {
  const alert = alertOf(event);
  if (alert === undefined) return [messageLine(event)];
  const { title, summary, action, link } = alert;
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
