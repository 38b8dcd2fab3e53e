import { bucketPercentile, linear } from "../bucket-percentile.ts";
import type { PercentileSystem } from "../percentile-system.ts";
import { bucketsOfVmranges, vmrangeBound, vmrangeIndex } from "../vmrange-buckets.ts";

type Counts = ReadonlyMap<number, number>;

/** The histogram of VictoriaMetrics' client for Go, by its rule, and what MetricsQL reads from it. */
export const VMRANGE: PercentileSystem<Counts, Counts> = {
  name: "VictoriaMetrics vmrange",
  bound: "≤ 13.6 %",
  isRule: true,
  open: () => {
    const counts = new Map<number, number>();
    return {
      record: (valuesUs) => {
        for (const value of valuesUs) add(counts, vmrangeIndex(value / 1_000_000), 1);
      },
      finish: () => counts,
    };
  },
  only: (counts) => counts,
  merger: (parts) => () => {
    const sum = new Map<number, number>();
    for (const part of parts) for (const [index, count] of part) add(sum, index, count);
    return sum;
  },
  percentilesUs: (counts, percentiles) => {
    const buckets = bucketsOfVmranges(counts);
    return percentiles.map(
      (percentile) => bucketPercentile(buckets, percentile, linear) * 1_000_000,
    );
  },
  contents: (counts) => bucketsOfVmranges(counts).flatMap(({ upper, count }) => [upper, count]),
  bytes: (counts) => {
    const lines = [...counts].map(([index, count]) => {
      const range = `${vmrangeBound(index - 1).toExponential(3)}...${vmrangeBound(index).toExponential(3)}`;
      return `call_duration_seconds_bucket{vmrange="${range}"} ${count}\n`;
    });
    return lines.join("").length;
  },
};

function add(counts: Map<number, number>, index: number, count: number): void {
  counts.set(index, (counts.get(index) ?? 0) + count);
}
