import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DEFAULT_RULES } from "../../src/alerts/default-rules.ts";
import {
  ConfigError,
  limitedTargets,
  limitRule,
  parseConfig,
  tenantConfig,
  shardCount,
  targetKind,
} from "../../src/config.ts";
import { DEFAULT_HOSTS, DEFAULT_METRICS } from "../../src/otlp/otlp-defaults.ts";
import shipped from "../../tachograph.config.ts";
import { seedOf } from "../support/seeded.ts";

const HEADING = "The configuration (tachograph.config.ts) cannot be used:\n";

function messageOf(input: unknown): string {
  try {
    parseConfig(input);
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  return "accepted";
}

describe("parseConfig", () => {
  it("fills in every default", () => {
    expect(parseConfig({})).toEqual({
      targets: {},
      maxTargets: 64,
      maxOperationsPerTarget: 64,
      cadence: { watchedMs: 500, pendingMs: 1000, idleMs: 10_000, sleepAfterMs: 30_000 },
      flush: { watchedMs: 250, unwatchedMs: 2000 },
      linger: { watchedMs: 250, unwatchedMs: 250 },
      collect: { deadlineMs: 1000, concurrency: 16 },
      retention: { minutesDays: 7, hoursDays: 90, daysDays: 730 },
      leases: { leaseMs: 10_000, marginMs: 5000 },
      stream: { maxSubscribers: 5000, replayTicks: 120 },
      alerts: {
        rules: DEFAULT_RULES,
        repeatCriticalMs: 300_000,
        repeatMs: 14_400_000,
        cooldownMs: 300_000,
        noDataHoldMs: 3_600_000,
      },
      channels: {},
      messages: {
        language: "en",
        timeZone: "America/Sao_Paulo",
        dashboardUrl: null,
        traceUrl: null,
      },
      reports: { daily: true, weekly: true, hour: 9 },
      delivery: {
        allowPrivateUrls: false,
        concurrency: 6,
        timeoutMs: 15_000,
        maxAttempts: 200,
        keepDays: 7,
        heartbeatSecret: null,
        heartbeatMs: 60_000,
        watchdogMs: 120_000,
      },
      otlp: { metrics: DEFAULT_METRICS, hosts: DEFAULT_HOSTS, others: "reject" },
      otlpExport: {
        enabled: null,
        tenants: null,
        endpointSecret: "OTLP_ENDPOINT",
        headersSecret: "OTLP_HEADERS",
        timeoutMs: 10_000,
        maxBuckets: 160,
      },
    });
  });

  it("keeps what is set and fills in the rest of the group", () => {
    const config = parseConfig({ cadence: { watchedMs: 250 }, targets: { meta: { shards: 4 } } });
    expect(config.cadence).toEqual({
      watchedMs: 250,
      pendingMs: 1000,
      idleMs: 10_000,
      sleepAfterMs: 30_000,
    });
    const limit = { capacity: 200, refillPerMinute: 10 };
    expect(config.targets).toEqual({ meta: { kind: "platform", shards: 4, limit } });
  });

  it("lingers no longer watched than unwatched where only the latter is set", () => {
    expect(parseConfig({ linger: { unwatchedMs: 100 } }).linger).toEqual({
      watchedMs: 100,
      unwatchedMs: 100,
    });
    expect(parseConfig({ linger: { unwatchedMs: 0 } }).linger.watchedMs).toBe(0);
    expect(parseConfig({ linger: { unwatchedMs: 2_000 } }).linger.watchedMs).toBe(250);
  });

  it("accepts the configuration that is shipped: five platforms, the example's workload, and a channel", () => {
    const { targets, channels, alerts } = parseConfig(shipped);
    const platforms = ["meta", "google", "tiktok", "pinterest", "reddit"];
    expect(Object.keys(targets)).toEqual([...platforms, "attribution"]);
    expect(Object.keys(channels)).toEqual(["local"]);
    expect(channels["local"]).toMatchObject({
      type: "webhook",
      urlSecret: "WEBHOOK_URL",
      keySecret: "WEBHOOK_SECRET",
    });
    expect(alerts.rules.slice(0, DEFAULT_RULES.length)).toEqual(DEFAULT_RULES);
    expect(alerts.rules.slice(DEFAULT_RULES.length)).toMatchObject([
      {
        name: "attribution-slow",
        severity: "MEDIUM",
        scope: { targets: ["attribution"], operations: "whole" },
        measure: { metric: "latency", percentile: 95, window: "5m" },
        threshold: 1000,
        forMs: 600_000,
        minCount: 3,
      },
    ]);
  });

  it("changes rules, and says what is wrong with one by its name", () => {
    const { alerts } = parseConfig({
      alerts: { rules: { "cache-low": false, mine: { metric: "latency", thresholdMs: 50 } } },
    });
    expect(alerts.rules).toHaveLength(DEFAULT_RULES.length);
    expect(alerts.rules.at(-1)).toMatchObject({ name: "mine", threshold: 50 });
    const faulty = {
      alerts: { rules: { "error-rate-high": { thresholdRate: 5 }, mine: { metric: "latncy" } } },
    };
    expect(messageOf(faulty)).toBe(
      HEADING +
        "  alerts.rules.error-rate-high.thresholdRate: must be a fraction from 0 to 1 (10 % is " +
        "0.1), got 5\n" +
        "  alerts.rules.mine.metric: must be one of latency, meanLatency, errorRate, " +
        "rateLimitedRate, consecutiveErrors, throughput, hitRate, denialRate, noData, budgetBurn, " +
        "meanMeasure, lastMeasure, got " +
        '"latncy"; did you mean latency?',
    );
  });

  it.each([
    ["https://status.example.com", "https://status.example.com"],
    ["https://status.example.com/tachograph/", "https://status.example.com/tachograph"],
    ["http://127.0.0.1:8787//", "http://127.0.0.1:8787"],
    [null, null],
  ])("holds the dashboard's URL %j as %j", (dashboardUrl, held) => {
    expect(parseConfig({ messages: { dashboardUrl } }).messages.dashboardUrl).toBe(held);
  });

  it("names the heartbeat's binding, not its URL", () => {
    const named = parseConfig({ delivery: { heartbeatSecret: "HEARTBEAT_URL" } });
    expect(named.delivery.heartbeatSecret).toBe("HEARTBEAT_URL");
    const message = messageOf({ delivery: { heartbeatSecret: "https://hc-ping.com/5f-secret" } });
    expect(message).toContain("delivery.heartbeatSecret: must be the name of a binding");
    expect(message).not.toContain("hc-ping");
  });

  it("takes a field that every object has for an unknown one", () => {
    expect(messageOf({ constructor: 1 })).toContain("constructor: unknown field");
  });

  it.each([
    [
      { targets: { meta: { shards: 0 } } },
      "targets.meta.shards: must be an integer from 1 to 256, got 0",
    ],
    [
      { targets: { meta: { shards: 257 } } },
      "targets.meta.shards: must be an integer from 1 to 256, got 257",
    ],
    [
      { targets: { meta: { shards: "2" } } },
      'targets.meta.shards: must be an integer from 1 to 256, got "2"',
    ],
    [
      { targets: { meta: { shards: null } } },
      "targets.meta.shards: must be an integer from 1 to 256, got null",
    ],
    [
      { targets: { meta: { shards: [1] } } },
      "targets.meta.shards: must be an integer from 1 to 256, got an array",
    ],
    [
      { targets: { meta: { kind: "api" } } },
      'targets.meta.kind: must be one of platform, worker, d1, cache, queue, probe, got "api"',
    ],
    [
      { targets: { meta: { shard: 2 } } },
      "targets.meta.shard: unknown field; did you mean shards?",
    ],
    [
      { targets: { meta: { colour: 2 } } },
      "targets.meta.colour: unknown field; the fields here are kind, shards, limit",
    ],
    [
      { targets: { Meta: {} } },
      "targets.Meta: is no name for a target; use 1 to 64 of a-z 0-9 _ . : - and begin with a letter or digit",
    ],
    [{ targets: { meta: 3 } }, "targets.meta: must be an object, got 3"],
    [{ targets: [] }, "targets: must be an object, got an array"],
    [{ maxTargets: 0.5 }, "maxTargets: must be an integer from 1 to 1000, got 0.5"],
    [{ maxTargets: NaN }, "maxTargets: must be an integer from 1 to 1000, got NaN"],
    [
      { maxTargets: 1, targets: { a: {}, b: {} } },
      "maxTargets: must be at least 2, the number of targets listed, got 1",
    ],
    [
      { maxOperationsPerTarget: 256 },
      "maxOperationsPerTarget: must be an integer from 1 to 255, got 256",
    ],
    [{ cadance: {} }, "cadance: unknown field; did you mean cadence?"],
    [
      { cadence: { watchedMs: 99 } },
      "cadence.watchedMs: must be an integer from 100 to 60000, got 99",
    ],
    [
      { cadence: { watchedMs: 20_000 } },
      "cadence.watchedMs: must be at most idleMs (10000), got 20000",
    ],
    [
      { cadence: { sleepAfterMs: 5000 } },
      "cadence.idleMs: must be at most sleepAfterMs (5000), got 10000",
    ],
    [
      { flush: { watchedMs: 3000 } },
      "flush.watchedMs: must be at most unwatchedMs (2000), got 3000",
    ],
    [
      { linger: { watchedMs: 300 } },
      "linger.watchedMs: must be at most unwatchedMs (250), got 300",
    ],
    [
      { linger: { unwatchedMs: 5001 } },
      "linger.unwatchedMs: must be an integer from 0 to 5000, got 5001",
    ],
    [
      { collect: { deadlineMs: 49 } },
      "collect.deadlineMs: must be an integer from 50 to 30000, got 49",
    ],
    [
      { collect: { concurrency: 65 } },
      "collect.concurrency: must be an integer from 1 to 64, got 65",
    ],
    [
      { retention: { minutesDays: 91 } },
      "retention.minutesDays: must be an integer from 1 to 90, got 91",
    ],
    [
      { retention: { hoursDays: 6 } },
      "retention.minutesDays: must be at most hoursDays (6), got 7",
    ],
    [{ retention: { daysDays: 89 } }, "retention.hoursDays: must be at most daysDays (89), got 90"],
    [
      { stream: { maxSubscribers: 32_001 } },
      "stream.maxSubscribers: must be an integer from 1 to 32000, got 32001",
    ],
    [
      { stream: { replayTicks: -1 } },
      "stream.replayTicks: must be an integer from 0 to 1000, got -1",
    ],
    [
      { targets: { meta: { limit: { capacity: -1, refillPerMinute: 10 } } } },
      "targets.meta.limit.capacity: must be an integer from 0 (closed) to 100000000, got -1",
    ],
    [
      { targets: { meta: { limit: { capacity: 1, refillPerMinute: 0.0001 } } } },
      "targets.meta.limit.refillPerMinute: must be a number from 0 to 100000000 with at most three decimals, got 0.0001",
    ],
    [
      { targets: { meta: { limit: { capacity: 1, refillPerMinute: 1e308 } } } },
      "targets.meta.limit.refillPerMinute: must be a number from 0 to 100000000 with at most three decimals, got 1e+308",
    ],
    [
      { targets: { meta: { limit: { capacity: 1, refilPerMinute: 1, refillPerMinute: 1 } } } },
      "targets.meta.limit.refilPerMinute: unknown field; did you mean refillPerMinute?",
    ],
    ...["api.free", "api.pro", "api.enterprise"].map((name): [object, string] => [
      { targets: { [name]: { limit: { capacity: 1, refillPerMinute: 1 } } } },
      `targets.${name}: is what the bucket is called that guards this API for a plan, whose limit ` +
        "cannot be configured; give the target another name",
    ]),
    [{ targets: { meta: { limit: "none" } } }, 'targets.meta.limit: must be an object, got "none"'],
    [
      { leases: { leaseMs: 100 } },
      "leases.leaseMs: must be an integer from 1000 to 60000, got 100",
    ],
    [
      { cadence: { pendingMs: 249 } },
      "cadence.pendingMs: must be an integer from 250 to 60000, got 249",
    ],
    [
      { cadence: { pendingMs: 12_000 } },
      "cadence.pendingMs: must be at most idleMs (10000), got 12000",
    ],
    [
      { alerts: { repeatMs: 999 } },
      "alerts.repeatMs: must be an integer from 1000 to 604800000, got 999",
    ],
    [
      { alerts: { noDataHoldMs: -1 } },
      "alerts.noDataHoldMs: must be an integer from 0 to 604800000, got -1",
    ],
    [{ alerts: { rules: [] } }, "alerts.rules: must be an object, got an array"],
    [{ alerts: { rules: null } }, "alerts.rules: must be an object, got null"],
    [{ messages: { language: "pt" } }, 'messages.language: must be one of en, pt-BR, got "pt"'],
    [
      { messages: { timeZone: "America/Sao Paulo" } },
      "messages.timeZone: must be the name of a time zone, as America/Sao_Paulo or UTC, got " +
        '"America/Sao Paulo"',
    ],
    [
      { messages: { timeZone: -3 } },
      "messages.timeZone: must be the name of a time zone, as America/Sao_Paulo or UTC, got -3",
    ],
    ...[
      "status.example.com",
      "ftp://example.com",
      "https://",
      "https://me:pw@example.com",
      "https://example.com/?a=1",
      "https://example.com/#a",
      "https://a b",
      7,
    ].map((dashboardUrl): [object, string] => [
      { messages: { dashboardUrl } },
      "messages.dashboardUrl: must be a URL of at most 500 characters that begins with https:// " +
        "or http://, without a user, ? and #",
    ]),
    ...[
      "https://traces.example.com/trace",
      "http://traces.example.com/{traceId}",
      "javascript:alert(1)//{traceId}",
      "https://{traceId}.example.com/",
      "https://example.com{traceId}/",
      "https://me:{traceId}@example.com/",
      "https://example.com/{traceId} ",
      "https://example.com\\{traceId}",
      `https://example.com/${"a".repeat(500)}/{traceId}`,
      7,
    ].map((traceUrl): [object, string] => [
      { messages: { traceUrl } },
      "messages.traceUrl: must be a URL of at most 500 characters that begins with https:// and " +
        "has {traceId} behind its host, as https://traces.example.com/trace/{traceId}, without a user",
    ]),
    [{ reports: { hour: 24 } }, "reports.hour: must be an integer from 0 to 23, got 24"],
    [{ reports: { daily: "yes" } }, 'reports.daily: must be true or false, got "yes"'],
    [
      { delivery: { concurrency: 7 } },
      "delivery.concurrency: must be an integer from 1 to 6, got 7",
    ],
    [
      { delivery: { maxAttempts: 0 } },
      "delivery.maxAttempts: must be an integer from 1 to 500, got 0",
    ],
    [
      { delivery: { watchdogMs: 19_999 } },
      "delivery.watchdogMs: must be at least twice cadence.idleMs (10000), got 19999",
    ],
    [
      { otlpExport: { enabled: "yes" } },
      'otlpExport.enabled: must be true, false or null, got "yes"',
    ],
    [
      { otlpExport: { tenants: [] } },
      "otlpExport.tenants: must be a list of 1 to 1000 tenants, got 0",
    ],
    [
      { otlpExport: { maxBuckets: 8 } },
      "otlpExport.maxBuckets: must be an integer from 16 to 1024, got 8",
    ],
    [{ flush: null }, "flush: must be an object, got null"],
    [null, "must be an object, got null"],
    [[], "must be an object, got an array"],
  ])("refuses %j", (input, message) => {
    expect(messageOf(input)).toBe(`${HEADING}  ${message}`);
  });

  it("names every fault at once, in the order of their paths", () => {
    const input = { targets: { meta: { shards: 0, kinds: 1 } }, zzz: 1, flush: { watchedMs: "x" } };
    expect(messageOf(input)).toBe(
      HEADING +
        '  flush.watchedMs: must be an integer from 10 to 60000, got "x"\n' +
        "  targets.meta.kinds: unknown field; did you mean kind?\n" +
        "  targets.meta.shards: must be an integer from 1 to 256, got 0\n" +
        "  zzz: unknown field; the fields here are targets, maxTargets, maxOperationsPerTarget, " +
        "cadence, flush, linger, collect, retention, leases, stream, alerts, channels, messages, reports, " +
        "delivery, otlp, otlpExport",
    );
  });

  it("never throws anything but a ConfigError, whatever it is given", () => {
    const anyField = fc.constantFrom(
      "alerts",
      "channels",
      "messages",
      "reports",
      "delivery",
      "targets",
      "cadence",
      "rules",
      "no-data",
      "timeZone",
      "dashboardUrl",
      "traceUrl",
      "heartbeatSecret",
      "meta",
      "limit",
      "x",
    );
    const { tree } = fc.letrec<{ tree: unknown; leaf: unknown }>((tie) => ({
      leaf: fc.jsonValue({ maxDepth: 1 }),
      tree: fc.oneof({ maxDepth: 3 }, tie("leaf"), fc.dictionary(anyField, tie("tree"))),
    }));
    fc.assert(
      fc.property(tree, (input) => {
        const message = messageOf(input);
        expect(message === "accepted" || message.startsWith(HEADING)).toBe(true);
      }),
      { seed: seedOf("config", process.env["SEED"]), numRuns: 500 },
    );
  });

  it("repeats no more than the beginning of a long value", () => {
    expect(messageOf({ maxTargets: "x".repeat(1000) }).length).toBeLessThan(200);
  });
});

describe("limitRule and limitedTargets", () => {
  const config = parseConfig({
    targets: {
      meta: {},
      google: { limit: false },
      mine: { limit: { capacity: 5, refillPerMinute: 1.666 } },
      plain: {},
    },
  });

  it.each([
    ["meta", { capacity: 200, refillPerMinute: 10 }],
    ["tiktok", { capacity: 10, refillPerMinute: 1 }],
    ["google", undefined],
    ["mine", { capacity: 5, refillPerMinute: 1.666 }],
    ["plain", undefined],
    ["constructor", undefined],
    ["api.free", { capacity: 100, refillPerMinute: 100 }],
    ["api.nothing", undefined],
  ])("%s has the limit %j", (target, rule) => {
    expect(limitRule(config, target)).toEqual(rule);
  });

  it("lists what has a limit, listed or not, and not our own plans", () => {
    expect(limitedTargets(config)).toEqual(["meta", "mine", "pinterest", "reddit", "tiktok"]);
  });
});

describe("targetKind and shardCount", () => {
  const config = parseConfig({
    targets: {
      meta: { shards: 3 },
      d1: {},
      "edge-cache": { kind: "cache" },
      cache: { kind: "platform" },
    },
  });

  it.each([
    ["meta", "platform", 3],
    ["d1", "d1", 1],
    ["edge-cache", "cache", 1],
    ["cache", "platform", 1],
    ["worker", "worker", 1],
    ["queue", "queue", 1],
    ["unlisted", "platform", 1],
    ["constructor", "platform", 1],
  ])("%s is a %s with %i shards", (target, kind, shards) => {
    expect(targetKind(config, target)).toBe(kind);
    expect(shardCount(config, target)).toBe(shards);
  });

  it("takes a target that is named like a member of every object", () => {
    const odd = parseConfig({ targets: { constructor: { shards: 2 } } });
    expect(shardCount(odd, "constructor")).toBe(2);
  });
});

describe("the configuration as a tenant has it", () => {
  const config = parseConfig({
    channels: {
      everybody: { type: "slack" },
      ours: { type: "slack", urlSecret: "OUR_SLACK_URL", tenants: ["acme", "globex"] },
    },
  });

  it("has the channels of all, and those that are its own", () => {
    expect(Object.keys(tenantConfig(config, "acme").channels)).toEqual(["everybody", "ours"]);
    expect(Object.keys(tenantConfig(config, "initech").channels)).toEqual(["everybody"]);
    expect(tenantConfig(config, "initech").alerts).toBe(config.alerts);
  });
});
