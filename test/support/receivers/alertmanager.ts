import type { ReceivedRequest } from "./http-receiver.ts";
import { answer, Problems, type Received } from "./problems.ts";

const REASONS = new Set([
  "first notification",
  "new alerts added",
  "some alerts resolved",
  "all alerts resolved",
  "repeat interval elapsed",
]);

const RFC3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z$/;

/** Go's zero time. */
const ZERO_TIME = "0001-01-01T00:00:00Z";

/** A receiver of Alertmanager's webhooks: version 4 of the payload as Alertmanager 0.34 sends it. */
export function receiveAlertmanager(request: ReceivedRequest): Received {
  const problems = new Problems();
  const payload = problems.record(problems.json(request, 1_000_000), "the payload", [
    "version",
    "groupKey",
    "truncatedAlerts",
    "status",
    "receiver",
    "groupLabels",
    "commonLabels",
    "commonAnnotations",
    "externalURL",
    "notification_reason",
    "alerts",
  ]);
  problems.expect(payload["version"] === "4", `the version is ${String(payload["version"])}`);
  problems.text(payload["groupKey"], "groupKey", 1, 1_000);
  problems.text(payload["receiver"], "receiver", 1, 100);
  problems.text(payload["externalURL"], "externalURL", 0, 1_000);
  problems.expect(Number.isInteger(payload["truncatedAlerts"]), "truncatedAlerts is no count");
  problems.expect(REASONS.has(String(payload["notification_reason"])), "the reason is unknown");
  const alerts = problems
    .entries(payload["alerts"], "alerts", 1, 1_000)
    .map((alert, index) => checkAlert(alert, `alert ${index + 1}`, problems));
  const isFiring = alerts.some(({ status }) => status === "firing");
  problems.expect(payload["status"] === (isFiring ? "firing" : "resolved"), "the status is wrong");
  const groupLabels = labelsOf(payload["groupLabels"], "groupLabels", problems);
  for (const { labels } of alerts) {
    for (const [name, value] of Object.entries(groupLabels)) {
      problems.expect(labels[name] === value, `an alert is not of the group's ${name}`);
    }
  }
  const all = alerts.map(({ labels }) => labels);
  checkCommon(payload["commonLabels"], all, "commonLabels", problems);
  const notes = alerts.map(({ annotations }) => annotations);
  checkCommon(payload["commonAnnotations"], notes, "commonAnnotations", problems);
  return answer(problems, problems.list.length === 0 ? 200 : 400, { problems: problems.list });
}

type Labels = Readonly<Record<string, string>>;

interface CheckedAlert {
  readonly status: unknown;
  readonly labels: Labels;
  readonly annotations: Labels;
}

function checkAlert(value: unknown, what: string, problems: Problems): CheckedAlert {
  const alert = problems.record(value, what, [
    "status",
    "labels",
    "annotations",
    "startsAt",
    "endsAt",
    "generatorURL",
    "fingerprint",
  ]);
  const { status } = alert;
  const startsAt = String(alert["startsAt"]);
  const endsAt = String(alert["endsAt"]);
  problems.expect(status === "firing" || status === "resolved", `${what} has no status`);
  problems.expect(RFC3339.test(startsAt), `${what} starts at ${startsAt}`);
  problems.expect(RFC3339.test(endsAt), `${what} ends at ${endsAt}`);
  problems.expect((endsAt === ZERO_TIME) === (status === "firing"), `${what} ends at ${endsAt}`);
  if (status === "resolved") problems.expect(endsAt >= startsAt, `${what} ends before it starts`);
  problems.expect(/^[0-9a-f]{16}$/.test(String(alert["fingerprint"])), `${what}: fingerprint`);
  problems.text(alert["generatorURL"], `the generatorURL of ${what}`, 0, 100_000);
  const labels = labelsOf(alert["labels"], `the labels of ${what}`, problems);
  problems.expect("alertname" in labels, `${what} has no name`);
  const annotations = labelsOf(alert["annotations"], `the annotations of ${what}`, problems);
  return { status, labels, annotations };
}

function labelsOf(value: unknown, what: string, problems: Problems): Labels {
  const entries = Object.entries(value ?? {}).map(([name, text]) => {
    problems.expect(/^[a-zA-Z_]\w*$/.test(name), `${what}: ${name} is no name of a label`);
    return [name, problems.text(text, `${what}: ${name}`, 0, 10_000)] as const;
  });
  return Object.fromEntries(entries);
}

function checkCommon(
  value: unknown,
  all: readonly Labels[],
  what: string,
  problems: Problems,
): void {
  const common = labelsOf(value, what, problems);
  for (const [name, text] of Object.entries(all[0] ?? {})) {
    const isCommon = all.every((labels) => labels[name] === text);
    problems.expect((common[name] === text) === isCommon, `${what}: ${name}`);
  }
}
