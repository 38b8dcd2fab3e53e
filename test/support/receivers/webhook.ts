import { createHmac, timingSafeEqual } from "node:crypto";
import type { ReceivedRequest } from "./http-receiver.ts";
import { answer, Problems, type Received, textsIn } from "./problems.ts";

/** How far apart the clocks may be, as in the reference libraries. */
const TOLERANCE_SECONDS = 300;

/** The largest body with alerts, and the most alerts in one. */
const MAX_ALERTS_BYTES = 20_000;
const MAX_ALERTS = 20;

/** Required in the data of each alert, and nothing else but `language` and texts. */
const ALERT_FIELDS = [
  "id",
  "event",
  "rule",
  "target",
  "operation",
  "severity",
  "metric",
  "percentile",
  "measure",
  "comparison",
  "unit",
  "threshold",
  "value",
  "found",
  "since",
  "firedAt",
  "resolvedAt",
  "resolvedReason",
  "acknowledgedBy",
  "repeats",
  "language",
  "title",
  "summary",
  "condition",
  "duration",
  "action",
  "link",
];

/**
 * A receiver of Standard Webhooks that knows one key, `whsec_…`: verifies the signature by itself, as
 * the specification describes it, then looks at what the event is.
 */
export function receiveWebhook(request: ReceivedRequest, secret: string, nowMs: number): Received {
  const problems = new Problems();
  const id = request.headers["webhook-id"] ?? "";
  const timestamp = request.headers["webhook-timestamp"] ?? "";
  const signatures = request.headers["webhook-signature"] ?? "";
  problems.expect(/^[^.\s]{1,255}$/.test(id), `webhook-id is ${JSON.stringify(id)}`);
  problems.expect(/^\d{1,12}$/.test(timestamp), `webhook-timestamp is ${timestamp}`);
  const ageSeconds = Math.abs(nowMs / 1_000 - Number(timestamp));
  problems.expect(ageSeconds <= TOLERANCE_SECONDS, `the timestamp is ${ageSeconds} s off`);
  const isSigned = verify(`${id}.${timestamp}.${request.body}`, signatures, secret);
  problems.expect(isSigned, "no signature matches");
  const isAboutAlerts = request.body.startsWith('{"type":"alert');
  const maxBytes = isAboutAlerts ? MAX_ALERTS_BYTES : 1_000_000;
  const fields = ["type", "timestamp", "data"];
  const event = problems.record(problems.json(request, maxBytes), "the event", fields);
  const type = String(event["type"]);
  problems.expect(/^[a-zA-Z0-9_]+(?:\.[a-zA-Z0-9_]+)*$/.test(type), `the type is ${type}`);
  const at = String(event["timestamp"]);
  problems.expect(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(at), `the timestamp is ${at}`);
  for (const text of textsIn(event)) {
    problems.expect(text.isWellFormed(), "a text has half a surrogate pair");
  }
  checkData(type, event["data"], problems);
  if (problems.list.length === 0) return answer(problems, 204, {});
  return answer(problems, isSigned ? 400 : 401, { problems: problems.list });
}

function checkData(type: string, value: unknown, problems: Problems): void {
  switch (type) {
    case "alert.firing":
    case "alert.repeat":
    case "alert.resolved": {
      const { alert } = problems.record(value, "data", ["tenant", "alert"]);
      problems.expect(`alert.${checkAlert(alert, problems)}` === type, "type and event differ");
      break;
    }
    case "alerts": {
      const { alerts } = problems.record(value, "data", ["tenant", "alerts"]);
      for (const alert of problems.entries(alerts, "alerts", 2, MAX_ALERTS)) {
        checkAlert(alert, problems);
      }
      break;
    }
    case "report.daily":
    case "report.weekly":
      problems.record(value, "data", ["tenant", "subject", "report"]);
      break;
    case "test":
      problems.record(value, "data", ["tenant", "text"]);
      break;
    default:
      problems.expect(false, `there is no type ${type}`);
  }
}

/** @returns what is told of it. */
function checkAlert(value: unknown, problems: Problems): string {
  const alert = problems.record(value, "the alert", ALERT_FIELDS);
  const event = String(alert["event"]);
  problems.expect(/^(?:firing|repeat|resolved)$/.test(event), `the event is ${event}`);
  return event;
}

function verify(signed: string, signatures: string, secret: string): boolean {
  const key = Buffer.from(secret.replace(/^whsec_/, ""), "base64");
  const expected = createHmac("sha256", key).update(signed, "utf8").digest();
  return signatures.split(" ").some((entry) => {
    const [version, encoded = ""] = entry.split(",");
    const given = Buffer.from(encoded, "base64");
    const isOfThisLength = given.length === expected.length;
    return version === "v1" && isOfThisLength && timingSafeEqual(given, expected);
  });
}
