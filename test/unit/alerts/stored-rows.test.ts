import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as v from "valibot";
import { describe, expect, it } from "vitest";
import { ALERT_STATES, RESOLVED_REASONS } from "../../../src/alerts/alert.ts";
import {
  alertSchema,
  archiveRecordSchema,
  auditEntrySchema,
  silenceSchema,
} from "../../../src/alerts/alert-schema.ts";
import { AUDIT_ACTIONS } from "../../../src/alerts/archive.ts";
import { METRIC_NAMES } from "../../../src/alerts/rule-fields.ts";
import { COMPARISONS, SEVERITIES } from "../../../src/alerts/rule.ts";
import { unitSchema } from "../../../src/alerts/schema-parts.ts";
import type { DispatcherMemory } from "../../../src/dispatcher/dispatch-store.ts";
import { MEMORY_SCHEMAS, queueContentSchema } from "../../../src/dispatcher/stored-schemas.ts";
import { NOTICE_EVENTS, REPORT_PERIODS } from "../../../src/notify/notice.ts";
import { notificationSchema } from "../../../src/notify/notice-schema.ts";

/** Rows as an earlier version wrote them. */
function rowsOf(name: string): readonly unknown[] {
  const all: unknown = read(name);
  if (!Array.isArray(all)) throw new Error(`${name}.json is no list`);
  return all;
}

function read(name: string): unknown {
  const path = join(import.meta.dirname, "../../fixtures/stored", `${name}.json`);
  return JSON.parse(readFileSync(path, "utf8"));
}

describe("what earlier versions stored can be read, and nothing of it is lost", () => {
  it.each([
    ["alerts", alertSchema],
    ["notifications", notificationSchema],
    ["silences", silenceSchema],
    ["audit", auditEntrySchema],
    ["records", archiveRecordSchema],
    ["queue-contents", queueContentSchema],
  ] as const)("%s", (name, schema) => {
    const rows = rowsOf(name);
    expect(rows.length).toBeGreaterThan(0);
    // A newer version may have filled in what it added.
    expect(rows.map((row) => v.parse(schema, row))).toMatchObject(rows);
  });

  it("a dispatcher's memory", () => {
    const stored = v.parse(v.record(v.string(), v.array(v.unknown())), read("dispatcher-memory"));
    const names = Object.keys(MEMORY_SCHEMAS) as (keyof DispatcherMemory)[];
    for (const name of names) {
      const values = stored[name] ?? [];
      expect(values.length, name).toBeGreaterThan(0);
      expect(values.map((value) => v.parse(MEMORY_SCHEMAS[name], value))).toMatchObject(values);
    }
  });
});

/** Every text of a member of that name, however deep. */
function valuesOf(name: string, where: unknown): string[] {
  if (typeof where !== "object" || where === null) return [];
  return Object.entries(where).flatMap(([key, value]) =>
    key === name && typeof value === "string" ? [value] : valuesOf(name, value),
  );
}

describe("the stored rows have every name that there is", () => {
  // Add rows for a new name; rows that are there stay as they are.
  it.each([
    ["state", ALERT_STATES, "alerts"],
    ["resolvedReason", RESOLVED_REASONS, "alerts"],
    ["severity", SEVERITIES, "alerts"],
    ["metric", METRIC_NAMES, "alerts"],
    ["comparison", COMPARISONS, "alerts"],
    ["unit", Object.values(unitSchema.enum), "alerts"],
    ["event", NOTICE_EVENTS, "notifications"],
    ["action", AUDIT_ACTIONS, "audit"],
    ["event", NOTICE_EVENTS, "queue-contents"],
    ["period", REPORT_PERIODS, "queue-contents"],
  ] as const)("%s: %j", (name, all, file) => {
    expect([...new Set(valuesOf(name, read(file)))].toSorted()).toEqual([...all].toSorted());
  });
});

describe("a body that is something else is not read", () => {
  it.each([
    ["alerts", alertSchema, { state: "sleeping" }],
    ["alerts", alertSchema, { toldChannels: "mail" }],
    ["notifications", notificationSchema, { notice: { event: "firing" } }],
    ["queue-contents", queueContentSchema, { kind: "dream" }],
    ["queue-contents", queueContentSchema, { notice: { event: "firing" } }],
  ] as const)("%s with %j", (name, schema, fault) => {
    expect(v.safeParse(schema, { ...Object(rowsOf(name)[0]), ...fault }).success).toBe(false);
  });

  it("nor memory", () => {
    expect(v.safeParse(MEMORY_SCHEMAS.beat, { beat: {}, receivedAt: 1 }).success).toBe(false);
    expect(v.safeParse(MEMORY_SCHEMAS.unconfigured, { mail: 1 }).success).toBe(false);
  });
});
