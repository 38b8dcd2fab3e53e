import { AggregatorRegistry, Histogram, type MetricObjectWithValues, Registry } from "prom-client";
import type { MetricValueWithName } from "prom-client";
import { bucketPercentile, type CountedBucket, linear } from "../bucket-percentile.ts";
import type { PercentileSystem } from "../percentile-system.ts";

const NAME = "call_duration_seconds";

/** All metrics of one process, as its cluster mode hands them on. */
type ProcessMetrics = readonly MetricObjectWithValues<MetricValueWithName<string>>[];

/**
 * The buckets of prom-client, added up as its cluster mode does, percentiles by `histogram_quantile`.
 * @param boundsSeconds its default if absent.
 */
export function prometheusHistogram(
  name: string,
  boundsSeconds?: readonly number[],
): PercentileSystem<ProcessMetrics, Registry> {
  return {
    name,
    bound: "none",
    isRule: false,
    open: () => {
      const registry = new Registry();
      const options = { name: NAME, help: "Time that calls took.", registers: [registry] };
      const buckets = boundsSeconds === undefined ? {} : { buckets: [...boundsSeconds] };
      const histogram = new Histogram({ ...options, ...buckets });
      return {
        record: (valuesUs) => {
          for (const value of valuesUs) histogram.observe(value / 1_000_000);
        },
        finish: () => registry.getMetricsAsJSON(),
      };
    },
    only: (part) => AggregatorRegistry.aggregate([part]),
    merger: (parts) => () => AggregatorRegistry.aggregate([...parts]),
    percentilesUs: async (registry, percentiles) => {
      const buckets = await bucketsOf(registry);
      return percentiles.map(
        (percentile) => bucketPercentile(buckets, percentile, linear) * 1_000_000,
      );
    },
    contents: async (registry) => {
      const buckets = await bucketsOf(registry);
      return buckets.flatMap(({ upper, count }) => [upper, count]);
    },
    bytes: async (registry) => {
      const text = await registry.metrics();
      const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
      return lines.reduce((sum, line) => sum + line.length + 1, 0);
    },
  };
}

async function bucketsOf(registry: Registry): Promise<CountedBucket[]> {
  const metrics: ProcessMetrics = await registry.getMetricsAsJSON();
  const values = metrics.flatMap((metric) => metric.values);
  const buckets: CountedBucket[] = [];
  let lower = 0;
  let before = 0;
  for (const { metricName, labels, value } of values) {
    if (metricName !== `${NAME}_bucket`) continue;
    const upper = labels["le"] === "+Inf" ? Infinity : Number(labels["le"]);
    buckets.push({ lower, upper, count: value - before });
    [lower, before] = [upper, value];
  }
  return buckets;
}
