import {
  AggregationType,
  DataPointType,
  type ExponentialHistogram,
  MeterProvider,
  MetricReader,
} from "@opentelemetry/sdk-metrics";
import definitions from "otlp-definitions/build/src/generated/root.js";
import { bucketPercentile, exponential } from "../bucket-percentile.ts";
import {
  bucketsOfExponential,
  type ExponentialCounts,
  mergeExponential,
} from "../exponential-buckets.ts";
import type { PercentileSystem, Recorder } from "../percentile-system.ts";

/** Most buckets: what the specification and the SDK have by default. */
const MAX_SIZE = 160;

/**
 * OpenTelemetry's SDK with a view that asks for exponential buckets. Its histograms are merged and
 * read by backends: added up at the coarsest scale, percentiles as Prometheus makes them.
 */
export const EXPONENTIAL_HISTOGRAM: PercentileSystem<ExponentialCounts, ExponentialCounts> = {
  name: "OpenTelemetry exponential (160 buckets)",
  bound: "none: by its range",
  isRule: false,
  open: () => new MeterRecorder(),
  only: (counts) => counts,
  merger: (parts) => () => mergeExponential(parts),
  percentilesUs: (counts, percentiles) => {
    const buckets = bucketsOfExponential(counts);
    return percentiles.map(
      (percentile) => bucketPercentile(buckets, percentile, exponential) * 1_000_000,
    );
  },
  contents: ({ scale, offset, counts }) => [
    scale,
    ...counts.flatMap((count, i) => (count === 0 ? [] : [offset + i, count])),
  ],
  bytes: otlpBytes,
};

/** Collects when it is told to. */
class ReaderOnDemand extends MetricReader {
  protected override onForceFlush(): Promise<void> {
    return Promise.resolve();
  }

  protected override onShutdown(): Promise<void> {
    return Promise.resolve();
  }
}

class MeterRecorder implements Recorder<ExponentialCounts> {
  readonly #reader = new ReaderOnDemand();
  readonly #provider = new MeterProvider({
    readers: [this.#reader],
    views: [
      {
        instrumentName: "*",
        aggregation: {
          type: AggregationType.EXPONENTIAL_HISTOGRAM,
          options: { maxSize: MAX_SIZE, recordMinMax: true },
        },
      },
    ],
  });
  readonly #histogram = this.#provider.getMeter("bench").createHistogram("call", { unit: "s" });

  record(valuesUs: Int32Array): void {
    for (const value of valuesUs) this.#histogram.record(value / 1_000_000);
  }

  async finish(): Promise<ExponentialCounts> {
    const { resourceMetrics, errors } = await this.#reader.collect();
    if (errors.length > 0) throw new AggregateError(errors, "the SDK could not collect");
    const metrics = resourceMetrics.scopeMetrics.flatMap((scope) => scope.metrics);
    const metric = metrics.find(({ descriptor }) => descriptor.name === "call");
    if (metric?.dataPointType !== DataPointType.EXPONENTIAL_HISTOGRAM) {
      throw new Error("the SDK made no exponential histogram");
    }
    const [point] = metric.dataPoints;
    await this.#provider.shutdown();
    return countsOf(point?.value);
  }
}

function countsOf(histogram: ExponentialHistogram | undefined): ExponentialCounts {
  if (histogram === undefined || histogram.zeroCount > 0) {
    throw new Error("the SDK lost values, or took some for zero");
  }
  const { scale, positive } = histogram;
  return { scale, offset: positive.offset, counts: positive.bucketCounts };
}

/** The message of one point by the official definitions of OTLP. */
interface PointCodec {
  encode(point: object): { finish(): Uint8Array };
  fromObject(plain: object): object;
}

const { ExponentialHistogramDataPoint } = (
  definitions as unknown as {
    readonly opentelemetry: {
      readonly proto: {
        readonly metrics: { readonly v1: { readonly ExponentialHistogramDataPoint: PointCodec } };
      };
    };
  }
).opentelemetry.proto.metrics.v1;

function otlpBytes({ scale, offset, counts }: ExponentialCounts): number {
  const point = {
    startTimeUnixNano: 1,
    timeUnixNano: 1,
    count: counts.reduce((sum, count) => sum + count, 0),
    sum: 1,
    scale,
    zeroCount: 0,
    positive: { offset, bucketCounts: counts },
    min: 1,
    max: 1,
  };
  const message = ExponentialHistogramDataPoint.fromObject(point);
  return ExponentialHistogramDataPoint.encode(message).finish().length;
}
