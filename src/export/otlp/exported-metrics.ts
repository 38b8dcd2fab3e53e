import { MEASURES, type MeasureName } from "../../measures.ts";

/** What a metric is: its data is a histogram, a total that only grows, or a newest value. */
export type ExportedKind = "histogram" | "total" | "newest";

/** One metric as OTLP describes it. */
export interface ExportedMetric {
  /** With dots, by OpenTelemetry's conventions; Prometheus derives the name of `/metrics` from it. */
  readonly name: string;
  /** UCUM; empty where there is no unit that one could say. */
  readonly unit: string;
  readonly description: string;
  readonly kind: ExportedKind;
}

/** Every measure has a metric: one that is added does not compile without it. */
const MEASURE_METRICS: Readonly<Record<MeasureName, Omit<ExportedMetric, "kind">>> = {
  rowsRead: {
    name: "tachograph.rows_read",
    unit: "{row}",
    description: "Rows that queries read.",
  },
  rowsWritten: {
    name: "tachograph.rows_written",
    unit: "{row}",
    description: "Rows that queries wrote.",
  },
  sqlMs: {
    name: "tachograph.sql",
    unit: "s",
    description: "How long the database itself worked.",
  },
  waitMs: {
    name: "tachograph.wait",
    unit: "s",
    description: "How long calls waited for their turn.",
  },
  slow: {
    name: "tachograph.slow_calls",
    unit: "{call}",
    description: "Calls that took longer than their caller's threshold.",
  },
  retries: {
    name: "tachograph.retries",
    unit: "{retry}",
    description: "How often messages were delivered before.",
  },
  sizeBytes: {
    name: "tachograph.size",
    unit: "By",
    description: "Size of a database, as it was told last.",
  },
  keys: {
    name: "tachograph.cache_keys",
    unit: "{key}",
    description: "Entries that a cache holds, as it was told last.",
  },
  // Without a unit: "1" would make Prometheus call it a ratio.
  value: {
    name: "tachograph.probe_value",
    unit: "",
    description: "What a probe found last, in whatever unit it counts.",
  },
  failing: {
    name: "tachograph.probe_failing",
    unit: "",
    description: "1 if a probe found last what must not be, else 0.",
  },
};

/** The position of the durations in {@link EXPORTED_METRICS}. */
export const DURATION_METRIC = 0;

/** The position of how calls ended in {@link EXPORTED_METRICS}. */
export const CALLS_METRIC = 1;

/** The position of a measure with code 0 in {@link EXPORTED_METRICS}; the others follow by code. */
export const FIRST_MEASURE_METRIC = 2;

/** Every metric that is pushed. */
export const EXPORTED_METRICS: readonly ExportedMetric[] = [
  {
    name: "tachograph.call.duration",
    unit: "s",
    description: "How long calls took.",
    kind: "histogram",
  },
  {
    name: "tachograph.calls",
    unit: "{call}",
    description: "Calls, by how they ended.",
    kind: "total",
  },
  ...MEASURES.map(({ name, kind }): ExportedMetric => ({
    ...MEASURE_METRICS[name],
    kind: kind === "sum" ? "total" : "newest",
  })),
];
