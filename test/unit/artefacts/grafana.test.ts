import * as units from "@grafana/grafana-foundation-sdk/units";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import {
  ERROR_GRADES,
  HIT_GRADES,
  P95_GRADES,
  SCORE_GRADES,
  type Steps,
  THROUGHPUT_GRADES,
} from "../../../scripts/grafana/thresholds.ts";
import { DEFAULT_RULES } from "../../../src/alerts/default-rules.ts";
import { METRICS } from "../../../src/alerts/metrics.ts";
import { cacheGrade, errorGrade, latencyGrade, statusOf } from "../../../src/grades/grade.ts";
import { throughputGrade } from "../../../src/grades/throughput-grade.ts";
import {
  committed,
  dashboards,
  grafanaRules,
  type Panel,
} from "../../support/artefacts/committed.ts";

const DASHBOARDS = dashboards();
const COLUMNS = 24;
const UNITS = new Set<unknown>(Object.values(units));

/** Sources whose newest value, and not whose course, is shown. */
const NATIVE = "sum(rate(tachograph_call_duration_seconds{";

function placesOf({ gridPos: { x, y, w, h } }: Panel): string[] {
  return Array.from({ length: w * h }, (_, at) => `${x + (at % w)},${y + Math.floor(at / w)}`);
}

test("there is a dashboard for each thing that one looks for", () => {
  expect(DASHBOARDS.map(({ uid }) => uid).toSorted()).toEqual(
    [
      "alerts",
      "cache",
      "d1",
      "errors",
      "itself",
      "latency",
      "limits",
      "overview",
      "throughput",
    ].map((name) => `tachograph-${name}`),
  );
  expect(new Set(DASHBOARDS.map(({ title }) => title)).size).toBe(DASHBOARDS.length);
});

describe.each(DASHBOARDS)("$uid", (dashboard) => {
  const { panels, templating } = dashboard;
  const shown = panels.filter(({ type }) => type !== "row");
  const text = JSON.stringify(panels);

  test("is of the classic model, and of no dashboard that there is already", () => {
    expect(dashboard).toMatchObject({ id: null, tags: ["tachograph"] });
    expect(dashboard.schemaVersion).toBeGreaterThanOrEqual(36);
  });

  test("has panels that are told apart", () => {
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    const titles = panels.map(({ title }) => title);
    expect(new Set(titles).size).toBe(titles.length);
    for (const title of titles) expect(title).not.toBe("");
    for (const { targets = [] } of shown) {
      expect(targets.length).toBeGreaterThan(0);
      expect(new Set(targets.map(({ refId }) => refId)).size).toBe(targets.length);
    }
  });

  test("lies on the grid, nothing above anything else, no row with a hole at its end", () => {
    const taken = new Set<string>();
    const widths = new Map<number, number>();
    for (const panel of panels) {
      const { x, y, w, h } = panel.gridPos;
      expect(x).toBeGreaterThanOrEqual(0);
      expect(w).toBeGreaterThan(0);
      expect(h).toBeGreaterThan(0);
      expect(x + w).toBeLessThanOrEqual(COLUMNS);
      widths.set(y, (widths.get(y) ?? 0) + w);
      for (const place of placesOf(panel)) {
        expect(taken.has(place), `${panel.title} at ${place}`).toBe(false);
        taken.add(place);
      }
    }
    expect([...widths.values()]).toEqual([...widths].map(() => COLUMNS));
  });

  test("asks the data source that is chosen", () => {
    const chosen = { type: "prometheus", uid: "${ds}" };
    for (const { datasource, targets = [] } of shown) {
      expect(datasource).toEqual(chosen);
      for (const target of targets) expect(target.datasource).toEqual(chosen);
    }
    for (const variable of templating.list) {
      if (variable.type === "query") expect(variable.datasource).toMatchObject({ uid: "${ds}" });
    }
  });

  test("uses each of its variables, and no other", () => {
    const defined = templating.list.map(({ name }) => name);
    expect(defined.slice(0, 2)).toEqual(["ds", "tenant"]);
    for (const name of defined) expect(text).toMatch(new RegExp(`\\$\\{?${name}\\b`));
    const used = [...text.matchAll(/\$\{?([a-z]\w*)/g)].map(([, name]) => name);
    for (const name of used) expect(defined).toContain(name);
  });

  test("counts in units that Grafana knows", () => {
    for (const { fieldConfig, title } of shown) {
      const unit = fieldConfig?.defaults.unit;
      if (unit !== undefined) expect([...UNITS], title).toContain(unit);
    }
  });
});

describe("tenants are never added up", () => {
  /** The one that looks at all of them, side by side. */
  const OF_ALL = "Tenants";

  test.each(DASHBOARDS)("$uid shows one at a time", ({ panels, templating }) => {
    const [tenant] = templating.list.filter(({ name }) => name === "tenant");
    expect(tenant).toMatchObject({ type: "query", multi: false, includeAll: false });
    // The first one is chosen where the dashboard says nothing.
    expect(tenant?.current).toBeUndefined();
    for (const { title, targets = [] } of panels) {
      if (title === OF_ALL) continue;
      for (const { expr } of targets) {
        const vectors = expr.match(/\b(?:tachograph|scrape)_\w+/g) ?? [];
        expect(expr.match(/\{tenant="\$tenant"/g), expr).toHaveLength(vectors.length);
      }
    }
  });

  test("all of them are in one table", () => {
    const [panel, ...others] = DASHBOARDS.flatMap(({ panels }) => panels).filter(
      ({ title }) => title === OF_ALL,
    );
    expect(others).toEqual([]);
    for (const { expr } of panel?.targets ?? []) expect(expr).toMatch(/^\w+ by \(tenant\) \(/);
  });
});

test("every panel of latencies shows single calls, by their exemplars", () => {
  const [latency] = DASHBOARDS.filter(({ uid }) => uid === "tachograph-latency");
  const targets = (latency?.panels ?? []).flatMap((panel) => panel.targets ?? []);
  const durations = targets.filter(({ expr }) => /call_duration|percentile/.test(expr));
  const shares = durations.filter(({ legendFormat }) => legendFormat.startsWith("≤"));
  expect(durations.length - shares.length).toBeGreaterThan(5);
  for (const target of durations) expect(target.exemplar).toBe(!shares.includes(target));
});

test("the heat map is of native histograms, and of classic buckets where there are none", () => {
  const maps = DASHBOARDS.flatMap(({ panels }) => panels).filter(({ type }) => type === "heatmap");
  expect(maps).toHaveLength(1);
  const [native, classic] = maps[0]?.targets ?? [];
  expect(native?.expr.startsWith(NATIVE)).toBe(true);
  expect(classic?.expr).toContain("_bucket{");
  expect(classic?.expr.endsWith(`unless on () ${native?.expr}`)).toBe(true);
  for (const target of maps[0]?.targets ?? []) expect(target.format).toBe("heatmap");
});

describe("colours begin where grades do", () => {
  const GRADED: readonly (readonly [string, Steps, (value: number) => string])[] = [
    // Grafana's steps begin with a value and our grades end with it: just above it both agree.
    ["p95", P95_GRADES, (seconds) => latencyGrade(0, seconds * 1_000 + 1e-6).color],
    ["error rate", ERROR_GRADES, (rate) => errorGrade(rate).color],
    ["hit rate", HIT_GRADES, (rate) => cacheGrade(rate).color],
    ["throughput", THROUGHPUT_GRADES, (ratio) => throughputGrade(ratio + 1e-9).color],
    ["score", SCORE_GRADES, (score) => STATUS_COLORS[statusOf(score)] ?? ""],
  ];
  const STATUS_COLORS: Readonly<Record<string, string>> = {
    HEALTHY: "green",
    WARNING: "orange",
    CRITICAL: "red",
  };

  test.each(GRADED)("%s", (_, [first, ...rest], colorOf) => {
    const bounds = rest.map(({ from }) => from);
    expect(bounds).toEqual(bounds.toSorted((one, other) => one - other));
    expect(colorOf(0)).toBe(first.color);
    rest.forEach(({ from, color }, at) => {
      expect(colorOf(from)).toBe(color);
      const before = at === 0 ? first.color : rest[at - 1]?.color;
      expect(colorOf(from - 2e-6)).toBe(before);
    });
  });
});

describe("Grafana's own alerting", () => {
  const rules = grafanaRules();

  test("has each default rule once", () => {
    expect(rules.map(({ labels }) => labels["rule"])).toEqual(
      DEFAULT_RULES.map(({ name }) => name),
    );
    expect(new Set(rules.map(({ uid }) => uid)).size).toBe(rules.length);
    for (const { uid } of rules) expect(uid.length).toBeLessThanOrEqual(40);
  });

  test.each(DEFAULT_RULES.map((rule, at) => ({ rule, made: rules[at] })))(
    "$rule.name has its threshold, and ends where it is recovered",
    ({ rule, made }) => {
      if (made === undefined) throw new Error(`there is no rule ${rule.name}`);
      expect(made.condition).toBe("B");
      expect(made.noDataState).toBe("OK");
      const [value, threshold] = made.data;
      expect(value?.datasourceUid).toBe("tachograph-prometheus");
      expect(value?.model.expr).not.toContain("ALERTS{");
      expect(threshold).toMatchObject({
        refId: "B",
        datasourceUid: "__expr__",
        model: { type: "threshold", expression: "A" },
      });
      const condition = threshold?.model.conditions?.[0];
      // What PromQL cannot count is a gauge of 0 and 1 here, or a count of calls.
      if (["consecutiveErrors", "noData"].includes(rule.measure.metric)) return;
      const isTime =
        METRICS[rule.measure.metric].unit === "Ms" || rule.measure.metric === "meanMeasure";
      const scale = isTime ? 1_000 : 1;
      const types = { ">=": "gte", ">": "gt", "<=": "lte", "<": "lt" };
      expect(condition?.evaluator).toEqual({
        type: types[rule.comparison],
        params: [rule.threshold / scale],
      });
      expect(condition?.unloadEvaluator?.params).toEqual(
        rule.threshold === rule.recoveryThreshold ? undefined : [rule.recoveryThreshold / scale],
      );
    },
  );

  test("no text of it is taken for a variable of the environment where Grafana looks for one", () => {
    // Annotations are left alone; everything else would lose what follows a dollar sign.
    for (const { annotations: _, ...rule } of rules)
      expect(JSON.stringify(rule)).not.toContain("$");
  });

  test("the data source that is provisioned is the one that is asked", () => {
    const sources = parse(committed("grafana/provisioning/datasources/tachograph.yaml")) as object;
    expect(sources).toMatchObject({
      apiVersion: 1,
      datasources: [{ uid: "tachograph-prometheus", type: "prometheus" }],
    });
    expect(parse(committed("grafana/provisioning/dashboards/tachograph.yaml"))).toMatchObject({
      apiVersion: 1,
      providers: [{ type: "file", options: { path: expect.any(String) } }],
    });
  });
});
