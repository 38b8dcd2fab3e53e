import { describe, expect, test } from "vitest";
import type { MetricsQuery, MetricsSource } from "../../../src/export/metrics-source.ts";
import { tenantFamilies } from "../../../src/export/tenant-families.ts";
import { openMetricsText, prometheusText } from "../../../src/export/text-exposition.ts";
import { metricsSource, NASTY, SCRAPED_AT } from "../../support/export/metrics-source.ts";
import { keyOf, type TextSample, textSamples, valueOf } from "../../support/export/text-samples.ts";

const FINEST: MetricsQuery = { schema: 8 };

function pageOf(changes: Partial<MetricsSource> = {}, query = FINEST): TextSample[] {
  return textSamples([...prometheusText(tenantFamilies(metricsSource(changes), query))].join(""));
}

const PAGE = pageOf();

function value(name: string, labels: Readonly<Record<string, string>> = {}): number | undefined {
  return valueOf(PAGE, `tachograph_${name}`, labels);
}

/** Every name, and the labels that its samples have: what dashboards and rules are written against. */
const NAMES: Readonly<Record<string, string>> = {
  call_duration_seconds_bucket: "target kind operation le",
  call_duration_seconds_count: "target kind operation",
  call_duration_seconds_sum: "target kind operation",
  calls_total: "target kind operation outcome",
  rows_read_total: "target kind operation",
  rows_written_total: "target kind operation",
  sql_seconds_total: "target kind operation",
  wait_seconds_total: "target kind operation",
  slow_calls_total: "target kind operation",
  retries_total: "target kind operation",
  size_bytes: "target kind operation",
  cache_keys: "target kind operation",
  probe_value: "target kind operation",
  probe_failing: "target kind operation",
  window_latency_seconds: "target kind operation window percentile",
  window_latency_max_seconds: "target kind operation window",
  window_calls: "target kind operation window",
  window_error_ratio: "target kind operation window",
  window_hit_ratio: "target kind operation window",
  grade_score: "target kind operation aspect",
  pillar_score: "pillar",
  health_score: "",
  status: "status",
  limit_capacity_permits: "target",
  limit_refill_permits_per_second: "target",
  limit_available_permits: "target",
  limit_outstanding_permits: "target",
  limit_blocked: "target",
  limit_blocked_until_timestamp_seconds: "target",
  permits_granted_total: "target",
  permits_denied_total: "target",
  alert_active: "rule target operation severity state",
  dispatcher_up: "",
  dispatcher_told_timestamp_seconds: "",
  notifications_waiting: "",
  channel_up: "channel",
  notifications_queued: "channel",
  notifications_delivered_total: "channel",
  notifications_dead_total: "channel",
  notifications_dropped_total: "channel",
  alerts_overflow_total: "",
  archive_queue_records: "",
  archive_lost_records_total: "",
  timings_offered_total: "",
  timings_accepted_total: "target",
  timings_duplicates_total: "target",
  timings_rejected_total: "reason",
  timings_given_up_total: "target",
  timings_capped_total: "target",
  timings_merged_total: "target",
  timings_pending: "target",
  ledger_balanced: "",
  shards: "",
  shards_answered: "",
  shard_up: "target shard",
  snapshot_timestamp_seconds: "",
  staleness_seconds: "",
  tick_interval_seconds: "",
  checkpoint_timestamp_seconds: "",
  started_timestamp_seconds: "",
  history_backlog_stretches: "",
  history_dropped_stretches_total: "",
  stream_subscribers: "",
  otlp_export_queue_pushes: "",
  otlp_export_sent_pushes_total: "",
  otlp_export_dropped_pushes_total: "reason",
  otlp_export_rejected_points_total: "",
  build_info: "version",
};

describe("a page", () => {
  test("has every name with its labels, and no other", () => {
    const seen = new Map(
      PAGE.map(({ name, labels }) => [
        name.replace(/^tachograph_/, ""),
        Object.keys(labels).join(" "),
      ]),
    );
    expect(Object.fromEntries(seen)).toEqual(NAMES);
  });

  test("has no sample twice", () => {
    const keys = PAGE.map(({ name, labels }) => name + keyOf(labels));
    expect(new Set(keys).size).toBe(keys.length);
  });

  test("counts nothing of a whole target, so that sums are right", () => {
    const counted = PAGE.filter(({ name }) => /_(?:total|bucket|count|sum)$/.test(name));
    expect(counted.filter(({ labels }) => labels["operation"] === "*")).toEqual([]);
    const windows = PAGE.filter(({ name }) => name === "tachograph_window_calls");
    expect(windows.some(({ labels }) => labels["operation"] === "*")).toBe(true);
  });

  test("tells durations in seconds, and percentiles as they were measured", () => {
    const meta = { target: "meta", kind: "platform", operation: "events" };
    expect(value("calls_total", { ...meta, outcome: "ok" })).toBe(300);
    expect(value("call_duration_seconds_sum", meta)).toBeCloseTo(0.09 * 100 + 0.18 * 200 + 2.7);
    const window = { ...meta, window: "1m" };
    expect(value("window_latency_max_seconds", window)).toBe(0.9);
    // The highest of its bucket in the layout, in whole microseconds.
    expect(value("window_latency_seconds", { ...window, percentile: "p50" })).toBe(0.180095);
    expect(value("window_calls", window)).toBe(203);
    expect(value("window_error_ratio", window)).toBeCloseTo(3 / 203);
  });

  test("leaves out what a window without calls would have", () => {
    const gone = pageOf({
      snapshot: {
        ...metricsSource().snapshot,
        series: metricsSource().snapshot.series.map((view) => ({
          ...view,
          windows: { ...view.windows, "1m": EMPTY_WINDOW },
        })),
      },
    });
    const of1m = gone.filter(({ labels }) => labels["window"] === "1m");
    expect(new Set(of1m.map(({ name }) => name))).toEqual(new Set(["tachograph_window_calls"]));
  });

  test("takes a cache's hits by its layers", () => {
    const cache = { target: "cache.pages", kind: "cache", window: "5m" };
    expect(value("window_hit_ratio", { ...cache, operation: "*" })).toBe(0.75);
    expect(value("window_hit_ratio", { ...cache, operation: "l1" })).toBe(1);
    expect(
      value("grade_score", {
        target: "cache.pages",
        kind: "cache",
        operation: "*",
        aspect: "cache",
      }),
    ).toBe(6);
  });

  test("shows one status of four", () => {
    const { status } = metricsSource().snapshot;
    const shown = PAGE.filter(({ name }) => name === "tachograph_status");
    expect(shown).toHaveLength(4);
    expect(
      shown.filter((sample) => sample.value === 1).map(({ labels }) => labels["status"]),
    ).toEqual([status]);
  });

  test("shows limits, slowed by what the platform said", () => {
    const meta = { target: "meta" };
    expect(value("limit_refill_permits_per_second", meta)).toBe(0.25);
    expect(value("limit_blocked", meta)).toBe(1);
    expect(value("limit_blocked_until_timestamp_seconds", meta)).toBe(
      (SCRAPED_AT + 30_000) / 1_000,
    );
    expect(value("limit_blocked", { target: "google" })).toBe(0);
    expect(value("limit_blocked_until_timestamp_seconds", { target: "google" })).toBeUndefined();
  });

  test("shows an alert once, whatever its rule is called", () => {
    const alerts = PAGE.filter(({ name }) => name === "tachograph_alert_active");
    expect(alerts.map(({ labels }) => labels["state"])).toEqual(["firing", "pending"]);
    expect(alerts.every(({ labels }) => labels["rule"] === NASTY)).toBe(true);
  });

  test("has the books of each target, and what came in of all, also what no shard saw", () => {
    const { shards } = metricsSource();
    expect(value("timings_offered_total")).toBe(260 * shards.length + 7);
    expect(value("timings_rejected_total", { reason: "too_many_targets" })).toBe(7);
    expect(value("timings_rejected_total", { reason: "too_old" })).toBe(2);
    expect(value("timings_rejected_total", { reason: "bad_time" })).toBe(0);
    expect(value("timings_accepted_total", { target: "meta" })).toBe(250);
    expect(value("timings_given_up_total", { target: "meta" })).toBe(4);
  });

  test("says since when books count, where that is known of all that is in them", () => {
    const { shards } = metricsSource();
    const [meta] = shards.filter(({ target }) => target === "meta");
    if (meta === undefined) throw new Error("no meta");
    const older = { ...meta, name: "acme/meta#1", addedAt: 5_000 };
    const unknown = { ...meta, name: "acme/meta#2", addedAt: undefined };
    const created = (
      name: string,
      of: Partial<MetricsSource>,
      labels: Readonly<Record<string, string>> = {},
    ): number | undefined => {
      const families = tenantFamilies(metricsSource(of), FINEST);
      const page = textSamples([...openMetricsText(families)].join(""));
      return valueOf(page, `tachograph_${name}_created`, labels);
    };
    const ofMeta = { target: "meta" };
    for (const name of ["accepted", "duplicates", "given_up", "capped", "merged"]) {
      const since = (of: Partial<MetricsSource>): number | undefined =>
        created(`timings_${name}`, of, ofMeta);
      expect(since({}), name).toBe((SCRAPED_AT - 86_400_000) / 1_000);
      expect(since({ shards: [...shards, older] }), name).toBe(5);
      expect(since({ shards: [unknown, ...shards] }), name).toBeUndefined();
      expect(since({ shards: [...shards, unknown] }), name).toBeUndefined();
    }
    expect(created("timings_offered", {})).toBe((SCRAPED_AT - 90_000_000) / 1_000);
    const reason = { reason: "too_old" };
    expect(created("timings_rejected", {}, reason)).toBe((SCRAPED_AT - 90_000_000) / 1_000);
    expect(created("timings_offered", { countsSince: undefined })).toBeUndefined();
    expect(created("permits_denied", {}, ofMeta)).toBeUndefined();
  });

  test("says whether alerts reach anybody", () => {
    expect(value("dispatcher_up")).toBe(1);
    expect(value("dispatcher_told_timestamp_seconds")).toBe((SCRAPED_AT - 20_000) / 1_000);
    expect(value("notifications_waiting")).toBe(6);
    expect(value("channel_up", { channel: "slack" })).toBe(1);
    expect(value("channel_up", { channel: "mail" })).toBe(0);
    expect(value("notifications_queued", { channel: "mail" })).toBe(2);
    expect(value("notifications_delivered_total", { channel: "slack" })).toBe(40);
    expect(value("notifications_dead_total", { channel: "mail" })).toBe(4);
    expect(value("notifications_dropped_total", { channel: "slack" })).toBe(2);
    expect(value("alerts_overflow_total")).toBe(5);
    expect(value("archive_queue_records")).toBe(8);
    expect(value("archive_lost_records_total")).toBe(3);
  });

  test("of those who tell people shows only what is known, and nothing where nobody is told", () => {
    const delivery = { isUp: false, waiting: 3, told: null };
    const namesOf = (of: Partial<MetricsSource>): string[] =>
      pageOf(of)
        .map(({ name }) => name)
        .filter((name) => /_(?:dispatcher|notifications|channel)_/.test(name));
    expect(valueOf(pageOf({ delivery }), "tachograph_dispatcher_up")).toBe(0);
    expect(namesOf({ delivery })).toEqual([
      "tachograph_dispatcher_up",
      "tachograph_notifications_waiting",
    ]);
    expect(namesOf({ delivery: { ...delivery, isUp: null } })).toEqual([
      "tachograph_notifications_waiting",
    ]);
    expect(namesOf({ delivery: null })).toEqual([]);
  });

  test("says how fresh it is and what it speaks for", () => {
    expect(value("staleness_seconds")).toBe(0.4);
    expect(value("shard_up", { target: "google", shard: "0" })).toBe(0);
    expect(value("shard_up", { target: "meta", shard: "0" })).toBe(1);
    expect(value("build_info", { version: "1.2.3" })).toBe(1);
    expect(value("otlp_export_queue_pushes")).toBe(3);
  });

  test("leaves out what is not known", () => {
    const { health } = metricsSource();
    const early = pageOf({ health: { ...health, checkpointAt: null, otlpExport: null } });
    const names = new Set(early.map(({ name }) => name));
    expect(names.has("tachograph_checkpoint_timestamp_seconds")).toBe(false);
    expect(names.has("tachograph_otlp_export_queue_pushes")).toBe(false);
  });
});

const EMPTY_WINDOW: MetricsSource["snapshot"]["series"][number]["windows"]["1m"] = {
  count: 0,
  perSecond: 0,
  ok: 0,
  error: 0,
  timeout: 0,
  rateLimited: 0,
  hit: 0,
  miss: 0,
  errorRate: 0,
  minMs: null,
  meanMs: null,
  maxMs: null,
  p50Ms: null,
  p90Ms: null,
  p95Ms: null,
  p99Ms: null,
  p999Ms: null,
  measures: {},
};

test("no counter is shown of a target that has not told all since the start", () => {
  const totals = metricsSource().totals.filter(({ name }) => name.target !== "meta");
  const page = pageOf({ untoldTargets: new Set(["meta"]), totals });
  const counted = page.filter(
    ({ name, labels }) => labels["target"] === "meta" && /_(?:total|count|sum|bucket)$/.test(name),
  );
  expect(counted).toEqual([]);
  expect(valueOf(page, "tachograph_limit_capacity_permits", { target: "meta" })).toBe(200);
  expect(valueOf(page, "tachograph_timings_accepted_total", { target: "google" })).toBe(250);
  // They are of all targets, and of one nobody knows yet how much there is.
  const whole = /^tachograph_timings_(?:offered|rejected)_/;
  expect(page.filter(({ name }) => whole.test(name))).toEqual([]);
});

test("a filter leaves other targets out, and what belongs to none in", () => {
  const page = pageOf({}, { schema: 8, targets: ["google", "unknown"] });
  const targets = new Set(page.flatMap(({ labels }) => labels["target"] ?? []));
  expect(targets).toEqual(new Set(["google"]));
  expect(valueOf(page, "tachograph_shards")).toBe(value("shards"));
  expect(valueOf(page, "tachograph_timings_offered_total")).toBe(value("timings_offered_total"));
  expect(valueOf(page, "tachograph_health_score")).toBe(value("health_score"));
});

test("a coarser schema is what native histograms have, and changes nothing else", () => {
  const schemas = (schema: number): Set<number> => {
    const found = new Set<number>();
    for (const family of tenantFamilies(metricsSource(), { schema })) {
      if (family.type !== "histogram") continue;
      for (const { native } of family.samples) found.add(native.schema);
    }
    return found;
  };
  expect(schemas(8)).toEqual(new Set([8]));
  expect(schemas(-4)).toEqual(new Set([-4]));
  expect(pageOf({}, { schema: 0 })).toEqual(PAGE);
});
