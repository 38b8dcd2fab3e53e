import { DDSketch } from "@datadog/sketches-js";
import { figure } from "../../lib/format.ts";
import type { PercentileSystem } from "../percentile-system.ts";

/** Datadog's sketch, with stores that never collapse, as it is by default. */
export function ddsketch(relativeAccuracy: number): PercentileSystem<DDSketch, DDSketch> {
  const percent = `${figure(relativeAccuracy * 100)} %`;
  return {
    name: `DDSketch (${percent})`,
    bound: `≤ ${percent}`,
    isRule: false,
    open: () => {
      const sketch = new DDSketch({ relativeAccuracy });
      return {
        record: (valuesUs) => {
          for (const value of valuesUs) sketch.accept(value);
        },
        finish: () => sketch,
      };
    },
    only: (sketch) => sketch,
    merger: (sketches) => () => {
      const sum = new DDSketch({ relativeAccuracy });
      for (const sketch of sketches) sum.merge(sketch);
      return sum;
    },
    percentilesUs: (sketch, percentiles) =>
      percentiles.map((percentile) => sketch.getValueAtQuantile(percentile / 100)),
    contents: ({ store: { bins, offset }, zeroCount }) => [
      zeroCount,
      ...bins.flatMap((count, i) => (count === 0 ? [] : [offset + i, count])),
    ],
    bytes: (sketch) => sketch.toProto().length,
  };
}
