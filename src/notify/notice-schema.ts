import * as v from "valibot";
import { RESOLVED_REASONS } from "../alerts/alert.ts";
import { METRIC_NAMES } from "../alerts/rule-fields.ts";
import { COMPARISONS, SEVERITIES } from "../alerts/rule.ts";
import { textsSchema, unitSchema } from "../alerts/schema-parts.ts";
import { MEASURES } from "../measures.ts";
import { type AlertNotice, NOTICE_EVENTS, type Notification } from "./notice.ts";

// A new field has a fallback, as src/alerts/alert-schema.ts says: what was queued by an earlier
// version has to reach somebody, too.

/** A stored notice. */
export const noticeSchema: v.GenericSchema<unknown, AlertNotice> = v.looseObject({
  alertId: v.string(),
  event: v.picklist(NOTICE_EVENTS),
  rule: v.string(),
  target: v.string(),
  operation: v.string(),
  severity: v.picklist(SEVERITIES),
  metric: v.picklist([...METRIC_NAMES, "system"]),
  percentile: v.nullable(v.number()),
  measure: v.optional(v.picklist(MEASURES.map(({ name }) => name))),
  comparison: v.picklist(COMPARISONS),
  unit: unitSchema,
  threshold: v.number(),
  value: v.nullable(v.number()),
  found: v.optional(v.nullable(v.number())),
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
