import { build, encodeIntoCompressedBase64, type Histogram } from "hdr-histogram-js";
import { HIGHEST_TRACKABLE_US } from "../../../src/histogram/bucket-layout.ts";
import type { PercentileSystem } from "../percentile-system.ts";

const makeHistogram = (): Histogram =>
  build({
    highestTrackableValue: HIGHEST_TRACKABLE_US,
    numberOfSignificantValueDigits: 3,
    useWebAssembly: false,
  });

/** HdrHistogram's own JavaScript, with our range and precision. */
export const HDR_HISTOGRAM: PercentileSystem<Histogram, Histogram> = {
  name: "hdr-histogram-js (3 digits)",
  bound: "≤ 0.1 %",
  isRule: false,
  open: () => {
    const histogram = makeHistogram();
    return {
      record: (valuesUs) => {
        for (const value of valuesUs) histogram.recordValue(value);
      },
      finish: () => histogram,
    };
  },
  only: (histogram) => histogram,
  merger: (histograms) => () => {
    const sum = makeHistogram();
    for (const histogram of histograms) sum.add(histogram);
    return sum;
  },
  percentilesUs: (histogram, percentiles) =>
    percentiles.map((percentile) => histogram.getValueAtPercentile(percentile)),
  // What it encodes is its counts and its layout, and nothing else.
  contents: (histogram) => [...Buffer.from(encodeIntoCompressedBase64(histogram))],
  bytes: (histogram) => encodeIntoCompressedBase64(histogram).length,
};
