import type { AlertView } from "../../alerts/alert-view.ts";
import type { MetricFamily, NumberSample } from "../metric-family.ts";

/** The alerts that have not ended. */
export function* alertFamilies(alerts: readonly AlertView[]): Generator<MetricFamily> {
  yield {
    name: "tachograph_alert_active",
    help: "1 for each alert that has not ended.",
    type: "gauge",
    samples: alertSamples(alerts),
  };
}

/** Two samples with the same labels would make the whole page unreadable. */
function alertSamples(alerts: readonly AlertView[]): Iterable<NumberSample> {
  const samples = new Map<string, NumberSample>();
  for (const { rule, target, operation, severity, state } of alerts) {
    samples.set(JSON.stringify([rule, target, operation, severity, state]), {
      labels: [
        ["rule", rule],
        ["target", target],
        ["operation", operation],
        ["severity", severity],
        ["state", state],
      ],
      value: 1,
    });
  }
  return samples.values();
}
