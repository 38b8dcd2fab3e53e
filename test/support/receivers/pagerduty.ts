import {
  asJson,
  asList,
  asText,
  isWebUrl,
  onlyKnown,
  readJson,
  type ReceivedRequest,
  type Reception,
} from "./http-receiver.ts";

const EVENT = [
  "routing_key",
  "event_action",
  "dedup_key",
  "payload",
  "client",
  "client_url",
  "links",
  "images",
];

const PAYLOAD = [
  "summary",
  "source",
  "severity",
  "timestamp",
  "component",
  "group",
  "class",
  "custom_details",
];

/** PagerDuty's Events API v2 (developer.pagerduty.com, "Send an Alert Event"). */
export function receivePagerduty(request: ReceivedRequest): Reception {
  const problems: string[] = [];
  const shown: string[] = [];
  if (!request.url.endsWith("/v2/enqueue")) problems.push("not the address of events");
  if (Buffer.byteLength(request.body) > 512_000) problems.push("over 512 KB");
  const event = readJson(request, problems);
  onlyKnown(event, EVENT, "the event", problems);
  const routingKey = asText(event["routing_key"], "routing_key", 32, problems);
  if (routingKey.length !== 32) problems.push("'routing_key' is of the wrong length");
  // Not required for a trigger, but without it each attempt would open an incident.
  const dedupKey = asText(event["dedup_key"], "dedup_key", 255, problems);
  const action = String(event["event_action"]);
  if (!["trigger", "acknowledge", "resolve"].includes(action)) problems.push("event_action");
  if (action === "trigger") readPayload(event["payload"], problems, shown);
  if (event["client_url"] !== undefined && !isWebUrl(event["client_url"])) {
    problems.push("client_url");
  }
  const links = event["links"] === undefined ? [] : asList(event["links"], "links", problems);
  for (const each of links) {
    const link = asJson(each, "link", problems);
    onlyKnown(link, ["href", "text"], "link", problems);
    if (!isWebUrl(link["href"])) problems.push("link.href");
  }
  const body =
    problems.length === 0
      ? { status: "success", message: "Event processed", dedup_key: dedupKey }
      : { status: "invalid event", message: "Event object is invalid", errors: problems };
  const status = problems.length === 0 ? 202 : 400;
  return { status, headers: {}, body: JSON.stringify(body), problems, shown };
}

function readPayload(value: unknown, problems: string[], shown: string[]): void {
  const payload = asJson(value, "payload", problems);
  onlyKnown(payload, PAYLOAD, "payload", problems);
  shown.push(asText(payload["summary"], "summary", 1_024, problems));
  shown.push(asText(payload["source"], "source", Infinity, problems));
  if (!["critical", "error", "warning", "info"].includes(String(payload["severity"]))) {
    problems.push("severity");
  }
  for (const field of ["component", "group", "class"]) {
    if (payload[field] !== undefined) {
      shown.push(asText(payload[field], field, Infinity, problems));
    }
  }
  const { timestamp } = payload;
  if (timestamp !== undefined) {
    const text = asText(timestamp, "timestamp", 40, problems);
    if (!/^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(text)) problems.push("timestamp");
  }
  const details = asJson(payload["custom_details"] ?? {}, "custom_details", problems);
  for (const [label, text] of Object.entries(details)) {
    shown.push(asText(text, label, Infinity, problems));
  }
}
