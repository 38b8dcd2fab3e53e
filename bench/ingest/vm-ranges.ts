import { vmrangeBound, vmrangeIndex } from "../accuracy/vmrange-buckets.ts";
import type { BatchTiming } from "./batch.ts";
import type { RemoteSeries } from "./remote-write-body.ts";

/**
 * What a sender with VictoriaMetrics' histograms says of timings once a second: a counter for each
 * bucket of each series.
 */
export function vmRangeSeries(timings: readonly BatchTiming[], sender: string): RemoteSeries[] {
  const counts = new Map<string, { count: number; labels: Readonly<Record<string, string>> }>();
  for (const { target, operation, outcome, durationUs } of timings) {
    const vmrange = vmRangeOf(durationUs / 1_000);
    const name = `${target}/${operation}/${outcome}/${vmrange}`;
    const labels = { __name__: "timing_bucket", operation, outcome, sender, target, vmrange };
    const bucket = counts.get(name) ?? { count: 0, labels };
    bucket.count += 1;
    counts.set(name, bucket);
  }
  return [...counts.values()].map(({ count, labels }) => ({
    labels,
    values: [count],
    offsetsMs: [0],
  }));
}

/** The bucket of a value, as VictoriaMetrics' own histograms call it: above the lower bound, up to the upper. */
export function vmRangeOf(value: number): string {
  const index = vmrangeIndex(value);
  return `${boundText(vmrangeBound(index - 1))}...${boundText(vmrangeBound(index))}`;
}

/** Four digits and an exponent of two, as Go writes it. */
function boundText(bound: number): string {
  const [digits = "", exponent = ""] = bound.toExponential(3).split("e");
  return `${digits}e${exponent.slice(0, 1)}${exponent.slice(1).padStart(2, "0")}`;
}
