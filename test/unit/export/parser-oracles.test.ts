import { spawnSync } from "node:child_process";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { MetricFamily } from "../../../src/export/metric-family.ts";
import { tenantFamilies } from "../../../src/export/tenant-families.ts";
import { openMetricsText, prometheusText } from "../../../src/export/text-exposition.ts";
import { promtoolProblem } from "../../support/alerts/promtool.ts";
import { metricsSource, NASTY } from "../../support/export/metrics-source.ts";
import {
  type ParsedFamily,
  parsePages,
  pythonParsersProblem,
} from "../../support/export/python-parsers.ts";
import { families } from "../../support/export/random-families.ts";
import { keyOf } from "../../support/export/text-samples.ts";
import { seedOf } from "../../support/seeded.ts";

const PROMTOOL_PROBLEM = promtoolProblem();
if (PROMTOOL_PROBLEM !== undefined) console.warn(`promtool: skipped, since ${PROMTOOL_PROBLEM}`);
const PYTHON_PROBLEM = pythonParsersProblem();
if (PYTHON_PROBLEM !== undefined) console.warn(`python parsers: skipped, since ${PYTHON_PROBLEM}`);

/** For a machine that is busy. */
const TIMEOUT_MS = 60_000;

const WRITERS = { text: prometheusText, openmetrics: openMetricsText } as const;

function fullPage(format: keyof typeof WRITERS): string {
  return [...WRITERS[format](tenantFamilies(metricsSource(), { schema: 8 }))].join("");
}

function checkMetrics(page: string): { status: number | null; said: string } {
  const { status, stdout, stderr } = spawnSync("promtool", ["check", "metrics"], {
    input: page,
    encoding: "utf8",
  });
  return { status, said: stdout + stderr };
}

describe.skipIf(PROMTOOL_PROBLEM !== undefined)("promtool check metrics", () => {
  test("has nothing to say of a full page", () => {
    expect(checkMetrics(fullPage("text"))).toEqual({ status: 0, said: "" });
  });

  test("says something of a page that is wrong", () => {
    const spoiled = fullPage("text").replaceAll("tachograph_calls_total", "tachograph_calls_ms");
    expect(checkMetrics(spoiled).said).not.toBe("");
  });
});

/** Python's way to write a number, as a number. */
function numberOf(text: string): number {
  if (text === "inf") return Infinity;
  return text === "-inf" ? -Infinity : Number(text);
}

function expectParsed(
  parsed: readonly ParsedFamily[],
  all: readonly MetricFamily[],
  format: keyof typeof WRITERS,
): void {
  // The text format has no sample of which a family could be told apart from a counter's `_total`.
  const byName = new Map(parsed.map((family) => [family.name, family]));
  expect([...byName.keys()]).toEqual(all.map(({ name }) => name));
  for (const family of all) {
    const read = byName.get(family.name);
    expect(read?.help).toBe(family.help);
    expect(read?.type).toBe(family.type);
    if (format === "openmetrics") expect(read?.unit).toBe(family.unit ?? "");
    for (const sample of family.samples) {
      const suffix =
        family.type === "histogram" ? "_count" : family.type === "counter" ? "_total" : "";
      const labels = Object.fromEntries(sample.labels);
      const found = read?.samples.filter(
        (one) => one.name === family.name + suffix && keyOf(one.labels) === keyOf(labels),
      );
      const value = "value" in sample ? sample.value : sample.count;
      expect(found?.map((one) => numberOf(one.value) + 0)).toEqual([value + 0]);
    }
  }
}

describe.skipIf(PYTHON_PROBLEM !== undefined)("Prometheus' Python library", () => {
  test.each(["text", "openmetrics"] as const)(
    "reads any %s page as it was meant",
    (format) => {
      const seed = seedOf(`python ${format}`, process.env["SEED"]);
      const samples = fc.sample(families, { seed, numRuns: 60 });
      const pages = samples.map((all) => [...WRITERS[format](all)].join(""));
      for (const [i, parsed] of parsePages(format, pages).entries()) {
        expectParsed(parsed, samples[i] ?? [], format);
      }
    },
    TIMEOUT_MS,
  );

  test.each(["text", "openmetrics"] as const)(
    "reads a full page as %s, with what rules are called",
    (format) => {
      const [parsed = []] = parsePages(format, [fullPage(format)]);
      const alerts = parsed.find(({ name }) => name === "tachograph_alert_active");
      expect(alerts?.samples.map(({ labels }) => labels["rule"])).toEqual([NASTY, NASTY]);
      const durations = parsed.find(({ name }) => name === "tachograph_call_duration_seconds");
      expect(durations?.type).toBe("histogram");
      const exemplars = durations?.samples.flatMap(({ exemplar }) => exemplar ?? []) ?? [];
      if (format === "text") return expect(exemplars).toEqual([]);
      expect(exemplars).toEqual([
        {
          labels: { trace_id: "4bf92f3577b34da6a3ce929d0e0e4736", span_id: "00f067aa0ba902b7" },
          value: "0.18",
          timestamp: "1795176028.5",
        },
      ]);
    },
    TIMEOUT_MS,
  );

  test("does not take an OpenMetrics page that is cut off", () => {
    expect(() => parsePages("openmetrics", [fullPage("openmetrics").slice(0, -8)])).toThrow(
      /the parser does not take it/,
    );
  });
});
