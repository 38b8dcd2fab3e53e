import type { AlertView } from "../../../../src/stream/stream-frame.ts";

/** An alert that fires, with whatever is different about it. */
export function anAlert(part: Partial<AlertView> = {}): AlertView {
  return {
    id: "mwqsnx90-1-2063d190",
    rule: "error-rate-high",
    target: "meta",
    operation: "*",
    severity: "HIGH",
    state: "firing",
    metric: "errorRate",
    value: 0.2,
    comparison: ">=",
    threshold: 0.1,
    unit: "Rate",
    since: 1_000_000,
    firedAt: 1_300_000,
    resolvedAt: null,
    resolvedReason: null,
    acknowledgedBy: null,
    acknowledgedAt: null,
    inhibitedBy: null,
    silencedBy: null,
    summary: "HIGH: error-rate-high on meta.",
    action: "",
    ...part,
  };
}

/** Alerts by their ids, as the live state holds them. */
export function byId(...alerts: readonly AlertView[]): ReadonlyMap<string, AlertView> {
  return new Map(alerts.map((alert) => [alert.id, alert]));
}
