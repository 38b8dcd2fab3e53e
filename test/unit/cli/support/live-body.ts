const GOOD = { grade: "GOOD", color: "blue", score: 8 };

const LATENCIES = {
  count: 60,
  minMs: 10,
  meanMs: 110,
  maxMs: 400,
  p50Ms: 100,
  p90Ms: 150,
  p95Ms: 200,
  p99Ms: 300,
};

/** A bucket of permits, with room. */
export function limitBody(
  target: string,
  over: Readonly<Record<string, unknown>> = {},
): Record<string, unknown> {
  return {
    target,
    capacity: 200,
    refillPerMinute: 10,
    refillRate: 1,
    available: 50,
    outstanding: 7,
    waiting: 0,
    granted: 12,
    denied: 3,
    returned: 0,
    expired: 0,
    allowedUnreached: 0,
    deniedUnreached: 0,
    blockedUntil: null,
    blockedReason: null,
    isOverridden: false,
    ...over,
  };
}

/** Of `GET /v1/live`, as little as a system with one target answers. */
export function liveBody(over: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return {
    tenant: "default",
    epoch: "e1",
    seq: 1,
    at: Date.UTC(2026, 10, 21, 12),
    staleMs: 400,
    status: "HEALTHY",
    score: 8.5,
    coverage: { shards: 2, answered: 2, missing: [] },
    pillars: {
      latency: {
        grade: "GOOD",
        color: "blue",
        score: 8,
        window: "1m",
        targetCount: 1,
        targets: [{ target: "meta", kind: "platform", ...LATENCIES, grade: GOOD }],
        trend: null,
      },
      errors: null,
      throughput: null,
      d1: null,
      cache: null,
    },
    series: [seriesBody("meta")],
    limits: [],
    alerts: [],
    ledger: {
      offered: 1_200,
      accepted: 1_200,
      duplicates: 0,
      rejected: {},
      givenUp: 0,
      capped: 0,
      permits: { denied: 0, allowedUnreached: 0, deniedUnreached: 0 },
      merged: 1_200,
      pending: 0,
      isBalanced: true,
    },
    ...over,
  };
}

/** A series; what is given is of each of its windows. */
export function seriesBody(
  target: string,
  stats: Readonly<Record<string, unknown>> = {},
  operation = "*",
): Record<string, unknown> {
  const window = {
    perSecond: 1,
    ok: 60,
    error: 0,
    timeout: 0,
    rateLimited: 0,
    hit: 0,
    miss: 0,
    errorRate: 0,
    ...LATENCIES,
    p999Ms: 400,
    measures: {},
    ...stats,
  };
  return {
    target,
    operation,
    kind: "platform",
    windows: { "1m": window, "5m": window, "1h": window },
    grades: {
      latency: GOOD,
      errors: { grade: "EXCELLENT", color: "green", score: 10 },
    },
  };
}

/** An alert that fires. */
export function alertBody(over: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return {
    id: "a1",
    rule: "slow",
    target: "meta",
    operation: "*",
    severity: "HIGH",
    state: "firing",
    metric: "percentile",
    value: 812,
    comparison: ">=",
    threshold: 800,
    unit: "Ms",
    since: Date.UTC(2026, 10, 21, 11),
    firedAt: Date.UTC(2026, 10, 21, 11, 5),
    resolvedAt: null,
    resolvedReason: null,
    acknowledgedBy: null,
    acknowledgedAt: null,
    inhibitedBy: null,
    silencedBy: null,
    summary: "meta is slow",
    action: "look at meta",
    ...over,
  };
}
