import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { MetricFamily } from "../../../src/export/metric-family.ts";
import { openMetricsText, prometheusText } from "../../../src/export/text-exposition.ts";
import { families } from "../../support/export/random-families.ts";
import { keyOf, textSamples } from "../../support/export/text-samples.ts";
import { seedOf } from "../../support/seeded.ts";

const TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
const SPAN = "00f067aa0ba902b7";
const CREATED = Date.UTC(2026, 10, 20, 12, 0, 0, 250);

const FAMILIES: readonly MetricFamily[] = [
  {
    name: "things_seconds",
    help: 'A "help"\nwith a \\ in it.',
    type: "counter",
    unit: "seconds",
    samples: [
      { labels: [["rule", 'a "b"\\\nc']], value: 0.5, createdAt: CREATED },
      { labels: [], value: 3 },
    ],
  },
  { name: "nothing", help: "Nothing is known.", type: "gauge", samples: [] },
  {
    name: "levels",
    help: "Levels.",
    type: "gauge",
    samples: [Infinity, -Infinity, NaN, 1e21, -0, 5e-324].map((value, i) => ({
      labels: [["i", String(i)]],
      value,
    })),
  },
  {
    name: "call_seconds",
    help: "Calls.",
    type: "histogram",
    unit: "seconds",
    samples: [
      {
        labels: [["target", "meta"]],
        count: 7,
        sum: 12.25,
        createdAt: CREATED,
        classic: [
          { le: 0.05, cumulative: 1 },
          { le: 1, cumulative: 4 },
        ],
        native: { schema: 8, zeroCount: 0, offset: 0, counts: new Float64Array(0) },
        exemplars: [
          { traceId: TRACE, spanId: SPAN, durationUs: 1_000_000, at: CREATED },
          { traceId: TRACE, durationUs: 70_000_000, at: CREATED },
        ],
      },
    ],
  },
];

test("the text format 0.0.4, to the letter", () => {
  expect([...prometheusText(FAMILIES)].join("")).toBe(
    `# HELP things_seconds_total A "help"\\nwith a \\\\ in it.
# TYPE things_seconds_total counter
things_seconds_total{rule="a \\"b\\"\\\\\\nc"} 0.5
things_seconds_total 3
# HELP levels Levels.
# TYPE levels gauge
levels{i="0"} +Inf
levels{i="1"} -Inf
levels{i="2"} NaN
levels{i="3"} 1e+21
levels{i="4"} 0
levels{i="5"} 5e-324
# HELP call_seconds Calls.
# TYPE call_seconds histogram
call_seconds_bucket{target="meta",le="0.05"} 1
call_seconds_bucket{target="meta",le="1"} 4
call_seconds_bucket{target="meta",le="+Inf"} 7
call_seconds_count{target="meta"} 7
call_seconds_sum{target="meta"} 12.25
`,
  );
});

test("OpenMetrics 1.0.0, to the letter", () => {
  expect([...openMetricsText(FAMILIES)].join("")).toBe(
    `# TYPE things_seconds counter
# UNIT things_seconds seconds
# HELP things_seconds A \\"help\\"\\nwith a \\\\ in it.
things_seconds_total{rule="a \\"b\\"\\\\\\nc"} 0.5
things_seconds_created{rule="a \\"b\\"\\\\\\nc"} 1795176000.25
things_seconds_total 3
# TYPE levels gauge
# HELP levels Levels.
levels{i="0"} +Inf
levels{i="1"} -Inf
levels{i="2"} NaN
levels{i="3"} 1e+21
levels{i="4"} 0
levels{i="5"} 5e-324
# TYPE call_seconds histogram
# UNIT call_seconds seconds
# HELP call_seconds Calls.
call_seconds_bucket{target="meta",le="0.05"} 1
call_seconds_bucket{target="meta",le="1.0"} 4 # {trace_id="${TRACE}",span_id="${SPAN}"} 1 1795176000.25
call_seconds_bucket{target="meta",le="+Inf"} 7 # {trace_id="${TRACE}"} 70 1795176000.25
call_seconds_count{target="meta"} 7
call_seconds_sum{target="meta"} 12.25
call_seconds_created{target="meta"} 1795176000.25
# EOF
`,
  );
});

describe("whatever the labels, the help and the numbers are", () => {
  test.each([
    ["0.0.4", prometheusText],
    ["OpenMetrics", openMetricsText],
  ])("%s reads back, and has one line for each sample", (format, write) => {
    const property = fc.property(families, (all) => {
      const page = [...write(all)].join("");
      const read = textSamples(page);
      const heads = page.split("\n").filter((line) => /^# (?:HELP|TYPE|UNIT) /.test(line));
      const perFamily = format === "0.0.4" ? 2 : undefined;
      if (perFamily !== undefined) expect(heads).toHaveLength(all.length * perFamily);
      let expected = 0;
      for (const family of all) {
        for (const sample of family.samples) {
          const labels = Object.fromEntries(sample.labels);
          const name =
            family.type === "histogram"
              ? `${family.name}_count`
              : family.name + (family.type === "counter" ? "_total" : "");
          const found = read.filter(
            (one) => one.name === name && keyOf(one.labels) === keyOf(labels),
          );
          const value = "value" in sample ? sample.value : sample.count;
          // There is one zero.
          expect(found.map((one) => one.value + 0)).toEqual([value + 0]);
          const created = format === "OpenMetrics" && sample.createdAt !== undefined ? 1 : 0;
          expected += created + ("classic" in sample ? sample.classic.length + 3 : 1);
        }
      }
      expect(read).toHaveLength(expected);
      expect(page.endsWith("# EOF\n")).toBe(format === "OpenMetrics");
    });
    fc.assert(property, { numRuns: 200, seed: seedOf(`text ${format}`, process.env["SEED"]) });
  });
});
