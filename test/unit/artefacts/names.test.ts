import { describe, expect, test } from "vitest";
import { OUTCOMES } from "../../../src/outcome.ts";
import { SEVERITIES } from "../../../src/alerts/rule.ts";
import { everyExpression, prometheusRules } from "../../support/artefacts/committed.ts";
import { exposedSeries } from "../../support/artefacts/exposed.ts";

/*
 * Nothing that a rule or a dashboard asks for is missing from what is exposed: a name or a label that
 * is wrong answers nothing, and an alert that asks for it never fires.
 */

const EXPOSED = exposedSeries();
const RECORDED = new Set(
  prometheusRules("prometheus/recording-rules.yml").map(({ record }) => record ?? ""),
);

/** What Prometheus itself adds, and what its own series are called. */
const OWN_LABELS = new Set(["job", "instance", "tenant"]);
const OWN_SERIES = new Map([
  ["up", OWN_LABELS],
  ["scrape_duration_seconds", OWN_LABELS],
  ["ALERTS", new Set([...OWN_LABELS, "alertname", "alertstate", "severity", "rule", "target"])],
]);

const MEASURED = /\b(?:tachograph_|target:tachograph_|up\b|ALERTS\b|scrape_)[\w:]*/g;

/** Values that a label can have, of those that have few. */
const VALUES = new Map<string, readonly string[]>([
  ["outcome", OUTCOMES],
  ["severity", SEVERITIES],
  ["state", ["pending", "firing", "nodata"]],
  ["window", ["1m", "5m", "1h"]],
  ["percentile", ["p50", "p90", "p95", "p99", "p999"]],
  ["kind", ["platform", "worker", "d1", "cache", "queue", "probe"]],
]);

interface Vector {
  readonly name: string;
  /** Whether it is of a range, and not of one moment. */
  readonly isRange: boolean;
  readonly matchers: readonly { readonly label: string; readonly value: string }[];
}

function vectorsOf(expr: string): Vector[] {
  return [...expr.matchAll(MEASURED)].map((match) => {
    const [name] = match;
    const after = expr.slice(match.index + name.length);
    const [, inside = "", range] = /^(?:\{([^}]*)\})?(\[)?/.exec(after) ?? [];
    const matchers = [...inside.matchAll(/(\w+)(?:=~|!~|!=|=)"((?:[^"\\]|\\.)*)"/g)].map(
      ([, label = "", value = ""]) => ({ label, value }),
    );
    return { name, isRange: range !== undefined, matchers };
  });
}

function labelsOf(name: string): ReadonlySet<string> | undefined {
  if (RECORDED.has(name)) return new Set([...OWN_LABELS, "target", "kind"]);
  const exposed = EXPOSED.get(name);
  return exposed === undefined ? OWN_SERIES.get(name) : new Set([...exposed.labels, ...OWN_LABELS]);
}

function groupingsOf(expr: string): string[] {
  const lists = expr.matchAll(/\b(?:by|without|on|ignoring|group_left|group_right) \(([^)]*)\)/g);
  return [...lists].flatMap(([, list = ""]) => list.split(",").map((label) => label.trim()));
}

function templated(template: string): string[] {
  const legends = [...template.matchAll(/\{\{(\w+)\}\}/g)];
  const labels = [...template.matchAll(/\$labels\.(\w+)/g)];
  return [...legends, ...labels].map(([, label = ""]) => label);
}

/** What fills a variable asks for labels, and not for values. */
function isOfVariable(by: string): boolean {
  return /: \$\w+$/.test(by);
}

test("there is something to look at", () => {
  expect(EXPOSED.size).toBeGreaterThan(40);
  expect(everyExpression().length).toBeGreaterThan(100);
  expect(RECORDED.size).toBeGreaterThan(10);
});

describe.each(everyExpression())("$by", ({ by, expr, templates }) => {
  const vectors = vectorsOf(expr);

  test("asks for what there is", () => {
    expect(vectors.length).toBeGreaterThan(0);
    for (const { name, matchers } of vectors) {
      const labels = labelsOf(name);
      if (labels === undefined) throw new Error(`${name} is not exposed`);
      for (const { label, value } of matchers) {
        expect([...labels], `${name}{${label}=…}`).toContain(label);
        const known = VALUES.get(label);
        if (known === undefined || value === ".*") continue;
        for (const one of value.split("|")) expect(known, `${name}{${label}=…}`).toContain(one);
      }
    }
  });

  test("asks what counters gained, which bridges scrapes that lack them", () => {
    if (isOfVariable(by)) return;
    for (const { name, isRange } of vectors) {
      const type = EXPOSED.get(name)?.type;
      if (type === "counter" || type === "histogram") expect(isRange, name).toBe(true);
    }
  });

  test("groups and shows by labels that there are", () => {
    const there = new Set(vectors.flatMap(({ name }) => [...(labelsOf(name) ?? [])]));
    for (const label of groupingsOf(expr)) if (label !== "") expect([...there]).toContain(label);
    for (const template of templates) {
      for (const label of templated(template)) expect([...there]).toContain(label);
    }
  });
});
