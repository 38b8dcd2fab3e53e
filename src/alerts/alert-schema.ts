import * as v from "valibot";
import { type Alert, ALERT_STATES, RESOLVED_REASONS } from "./alert.ts";
import { type ArchiveRecord, AUDIT_ACTIONS, type AuditEntry } from "./archive.ts";
import { MEASURES } from "../measures.ts";
import { METRIC_NAMES } from "./rule-fields.ts";
import { COMPARISONS, SEVERITIES } from "./rule.ts";
import { textsSchema, unitSchema } from "./schema-parts.ts";
import type { Silence } from "./silence.ts";

// What is stored is checked when it is read. Fields that a newer version added are kept, so that
// an older one that stores the same again does not lose them.
//
// A new field has a fallback here, `v.optional(…, value)`, and a name or value that was stored once
// is read for ever: there are rows without the one and with the other, and a row that cannot be read
// is an alert that fires a second time, or history that is lost. The rows under test/fixtures/stored
// are what earlier versions wrote; they are added to, never changed.

/** A stored alert. */
export const alertSchema: v.GenericSchema<unknown, Alert> = v.looseObject({
  id: v.string(),
  rule: v.string(),
  fingerprint: v.string(),
  target: v.string(),
  operation: v.string(),
  severity: v.picklist(SEVERITIES),
  metric: v.picklist(METRIC_NAMES),
  percentile: v.nullable(v.number()),
  measure: v.optional(v.picklist(MEASURES.map(({ name }) => name))),
  comparison: v.picklist(COMPARISONS),
  unit: unitSchema,
  threshold: v.number(),
  state: v.picklist(ALERT_STATES),
  value: v.nullable(v.number()),
  found: v.optional(v.nullable(v.number())),
  since: v.number(),
  evaluatedAt: v.number(),
  firedAt: v.nullable(v.number()),
  resolvedAt: v.nullable(v.number()),
  resolvedReason: v.nullable(v.picklist(RESOLVED_REASONS)),
  clearedAt: v.nullable(v.number()),
  noDataAt: v.nullable(v.number()),
  acknowledged: v.nullable(v.looseObject({ by: v.string(), at: v.number() })),
  inhibitedBy: v.nullable(v.string()),
  quietUntil: v.optional(v.nullable(v.number()), null),
  silencedBy: v.nullable(v.string()),
  toldChannels: v.array(v.string()),
  toldAt: v.nullable(v.number()),
  repeats: v.number(),
  action: textsSchema,
});

/** A stored silence. What it matches is exact: one with a member that is not known would keep too much quiet. */
export const silenceSchema: v.GenericSchema<unknown, Silence> = v.looseObject({
  id: v.string(),
  match: v.pipe(
    v.strictObject({
      target: v.exactOptional(v.string()),
      rule: v.exactOptional(v.string()),
      severity: v.exactOptional(v.picklist(SEVERITIES)),
    }),
    v.check((match) => Object.keys(match).length > 0, "matches everything"),
  ),
  from: v.number(),
  to: v.number(),
  by: v.string(),
  why: v.string(),
});

/** A stored entry of the audit trail. */
export const auditEntrySchema: v.GenericSchema<unknown, AuditEntry> = v.looseObject({
  id: v.string(),
  at: v.number(),
  by: v.string(),
  action: v.picklist(AUDIT_ACTIONS),
  subject: v.string(),
  detail: v.record(v.string(), v.unknown()),
});

/** A stored record on its way to D1. */
export const archiveRecordSchema: v.GenericSchema<unknown, ArchiveRecord> = v.variant("kind", [
  v.looseObject({ kind: v.literal("alert"), alert: alertSchema }),
  v.looseObject({ kind: v.literal("audit"), entry: auditEntrySchema }),
]);
