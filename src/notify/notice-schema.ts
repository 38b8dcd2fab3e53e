import * as v from "valibot";
import { METRIC_NAMES } from "../alerts/rule-fields.ts";
import { COMPARISONS, SEVERITIES } from "../alerts/rule.ts";
import { RESOLVED_REASONS, textsSchema, UNIT_NAMES } from "../alerts/schema-parts.ts";
import type { Notification } from "./notice.ts";

const noticeSchema = v.looseObject({
  alertId: v.string(),
  event: v.picklist(["firing", "repeat", "resolved"]),
  rule: v.string(),
  target: v.string(),
  operation: v.string(),
  severity: v.picklist(SEVERITIES),
  metric: v.picklist([...METRIC_NAMES, "system"]),
  percentile: v.nullable(v.number()),
  comparison: v.picklist(COMPARISONS),
  unit: v.picklist(UNIT_NAMES),
  threshold: v.number(),
  value: v.nullable(v.number()),
  since: v.number(),
  firedAt: v.number(),
  resolvedAt: v.nullable(v.number()),
  at: v.optional(v.number()),
  resolvedReason: v.nullable(v.picklist(RESOLVED_REASONS)),
  acknowledgedBy: v.nullable(v.string()),
  repeats: v.number(),
  action: textsSchema,
  detail: v.optional(textsSchema),
});

/** A stored notification. Fields that a newer version added are kept. */
export const notificationSchema: v.GenericSchema<unknown, Notification> = v.looseObject({
  id: v.string(),
  channel: v.string(),
  queuedAt: v.number(),
  notice: noticeSchema,
});
