import * as v from "valibot";
import { ALERT_STATES, type ResolvedReason } from "../../alerts/alert.ts";
import { COMPARISONS, type MetricName, SEVERITIES, UNITS } from "../../alerts/rule.ts";
import { anyWord } from "./any-word.ts";

const figure = v.nullable(v.number());
const word = v.nullable(v.string());

/** The fields of an alert. */
export const ALERT_FIELDS = {
  id: v.string(),
  rule: v.string(),
  target: v.string(),
  operation: v.string(),
  severity: v.picklist(SEVERITIES),
  state: v.picklist(ALERT_STATES),
  metric: anyWord<MetricName>(),
  value: figure,
  comparison: v.picklist(COMPARISONS),
  threshold: v.number(),
  unit: v.picklist(UNITS),
  since: v.number(),
  firedAt: figure,
  resolvedAt: figure,
  resolvedReason: v.nullable(anyWord<ResolvedReason>()),
  acknowledgedBy: word,
  acknowledgedAt: figure,
  inhibitedBy: word,
  silencedBy: word,
  summary: v.string(),
  action: v.string(),
};
